import type {
  Instruction,
  IrBlock,
  IrFunction,
  IrProgram,
  Late,
  Leaf,
  Operand,
  PlainOp,
} from '../../src/ir/ir.ts'
import type { Format } from '../../src/text/format.ts'

// Runs IR the slow and obvious way, so that passes can be held to what they must not change.
// Covers what random programs use; memory below 1000 is readable, the rest faults.

export type Value = bigint | string

export interface Outcome {
  readonly output: readonly string[]
  readonly globals: Readonly<Record<string, Value>>
  /** How it ended when nobody caught it. */
  readonly error?: string
}

const MOST = 511
const MAX_STEPS = 200_000

class Failure extends Error {}

export function interpret(program: IrProgram, fn: IrFunction): Outcome {
  const output: string[] = []
  const globals: Record<string, Value> = {}
  let steps = 0
  try {
    call(fn, [])
    return { output, globals }
  } catch (error) {
    if (error instanceof Failure) return { output, globals, error: error.message }
    throw error
  }

  function call(called: IrFunction, args: readonly Value[]): Value | undefined {
    const registers: Value[] = called.registers.map(r => (r.type === 'long' ? 0n : ''))
    called.parameters.forEach((reg, n) => {
      registers[reg] = args[n] ?? 0n
    })
    let caught = ''
    for (let id = 0; ; ) {
      const block = called.blocks[id]
      if (block === undefined) throw new Error(`no block ${id}`)
      const next = runBlock(block)
      if (typeof next !== 'number') return next.value
      id = next
    }

    function runBlock(block: IrBlock): number | { value: Value | undefined } {
      try {
        for (const i of block.instructions) step(i)
      } catch (error) {
        if (!(error instanceof Failure) || block.handler === undefined) throw error
        caught = error.message
        return block.handler
      }
      const { end } = block
      if (end.op === 'jump') return end.to
      if (end.op === 'branch') return read(end.test) === 0n ? end.otherwise : end.then
      return { value: end.value && read(end.value) }
    }

    function read(operand: Operand): Value {
      if (operand.kind !== 'reg') return operand.value
      const value = registers[operand.reg]
      if (value === undefined) throw new Error(`no register ${operand.reg}`)
      return value
    }

    function long(operand: Operand): bigint {
      const value = read(operand)
      if (typeof value !== 'bigint') throw new Error('a string where a long is due')
      return value
    }

    function text(operand: Operand): string {
      const value = read(operand)
      if (typeof value !== 'string') throw new Error('a long where a string is due')
      return value
    }

    function write(to: number, value: Value): void {
      registers[to] = typeof value === 'bigint' ? BigInt.asIntN(64, value) : value.slice(0, MOST)
    }

    function step(i: Instruction): void {
      if (++steps > MAX_STEPS) throw new Error('the program does not end')
      switch (i.op) {
        case 'copy':
          write(i.to, read(i.from))
          break
        case 'unary':
          write(i.to, i.what === 'neg' ? -long(i.a) : ~long(i.a))
          break
        case 'binary':
          write(i.to, plain(i.what, long(i.a), long(i.b)))
          break
        case 'divide': {
          const by = long(i.b)
          if (by === 0n) throw new Failure('division by 0')
          write(i.to, i.what === 'div' ? long(i.a) / by : long(i.a) % by)
          break
        }
        case 'compare':
        case 'compare-text': {
          const [a, b] = [read(i.a), read(i.b)]
          const holds = { eq: a === b, ne: a !== b, lt: a < b, le: a <= b, gt: a > b, ge: a >= b }
          write(i.to, holds[i.what] ? 1n : 0n)
          break
        }
        case 'concat':
          write(i.to, text(i.a) + text(i.b))
          break
        case 'format':
          write(i.to, format(i.format, i.args.map(read)))
          break
        case 'print':
          output.push(format(i.format, i.args.map(read)))
          break
        case 'emit': {
          const leaves = i.leaves.map(readLeaf)
          const args = i.args.map(arg => late(arg, leaves))
          output.push(format(i.format, args))
          break
        }
        case 'context':
          write(i.to, i.what === 'comm' ? 'bash' : 42n)
          break
        case 'load':
          write(i.to, BigInt(memory(long(i.address)).length))
          break
        case 'load-text':
          write(i.to, loadText(i))
          break
        case 'pure':
          write(i.to, pure(i.name, i.args.map(read)))
          break
        case 'global-get':
          write(i.to, globals[i.global.name] ?? (i.global.type === 'long' ? 0n : ''))
          break
        case 'global-set':
          globals[i.global.name] = read(i.value)
          break
        case 'global-add': {
          const old = globals[i.global.name] ?? 0n
          if (typeof old !== 'bigint') throw new Error('addition to a string')
          const sum = BigInt.asIntN(64, old + long(i.by))
          globals[i.global.name] = sum
          write(i.to, i.gives === 'old' ? old : sum)
          break
        }
        case 'call': {
          const target = program.functions.get(i.function)
          if (target === undefined) throw new Error(`no function ${i.function}`)
          const value = call(target, i.args.map(read))
          if (i.to !== undefined && value !== undefined) write(i.to, value)
          break
        }
        case 'error':
          throw new Failure(text(i.message))
        case 'caught':
          write(i.to, caught)
          break
        default:
          throw new Error(`${i.op} is not interpreted`)
      }
    }

    function loadText(i: Extract<Instruction, { op: 'load-text' }>): string {
      try {
        return memory(long(i.address)).slice(0, i.limit)
      } catch (error) {
        if (!(error instanceof Failure) || i.otherwise === undefined) throw error
        return text(i.otherwise)
      }
    }

    function readLeaf(leaf: Leaf): Value {
      switch (leaf.kind) {
        case 'long':
        case 'text':
          return read(leaf.value)
        case 'comm':
          return 'bash'
        case 'memory':
          return loadText({ ...leaf, op: 'load-text', to: 0 })
        case 'bytes':
        case 'buckets':
        case 'stack':
          throw new Error(`${leaf.kind} is not interpreted`)
      }
    }
  }
}

function memory(address: bigint): string {
  if (address < 0n || address >= 1000n) throw new Failure('read fault')
  return `m${address}`
}

function plain(what: PlainOp, a: bigint, b: bigint): bigint {
  const count = BigInt.asUintN(6, b)
  switch (what) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return a * b
    case 'and':
      return a & b
    case 'or':
      return a | b
    case 'xor':
      return a ^ b
    case 'shl':
      return a << count
    case 'shr':
      return a >> count
    case 'ushr':
      return BigInt.asUintN(64, a) >> count
    case 'udiv':
      return BigInt.asUintN(64, a) / b
  }
}

function pure(name: string, args: readonly Value[]): Value {
  const [first = ''] = args
  if (name === 'strlen') return BigInt(String(first).length)
  if (name === 'symname') return `<${first}>`
  throw new Error(`${name} is not interpreted`)
}

function late(l: Late, leaves: readonly Value[]): Value {
  switch (l.kind) {
    case 'leaf':
      return leaves[l.index] ?? `no leaf ${l.index}`
    case 'number':
    case 'text':
      return l.value
    case 'concat':
      return `${late(l.a, leaves)}${late(l.b, leaves)}`.slice(0, MOST)
    case 'format':
      return format(
        l.format,
        l.args.map(arg => late(arg, leaves)),
      ).slice(0, MOST)
    case 'histogram':
      throw new Error('a histogram is not interpreted')
    case 'pure':
      return pure(
        l.name,
        l.args.map(arg => late(arg, leaves)),
      )
  }
}

/** Only widths: enough to see which argument went where. */
function format(pieces: Format, args: readonly Value[]): string {
  const rest = [...args]
  return pieces
    .map(piece => {
      if (piece.kind === 'literal') return piece.text
      const width =
        piece.width === '*'
          ? Number(BigInt.asIntN(4, BigInt(rest.shift() ?? 0)))
          : (piece.width ?? 0)
      return String(rest.shift()).padStart(width)
    })
    .join('')
}

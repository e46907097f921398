import type { Global, ValueType } from '../sema/checked.ts'
import type { Format } from '../text/format.ts'
import {
  dominates,
  dominators,
  Order,
  type Place,
  predecessors,
  successors,
  targets,
} from './graph.ts'
import { definitionCounts, definitions, endOperand, TEXT_CONTEXTS, uses } from './instruction.ts'
import {
  type Instruction,
  type IrBlock,
  type IrFunction,
  type IrHandler,
  type IrProgram,
  MAXSTRINGLEN,
  type Operand,
  type PureName,
  type Reg,
} from './ir.ts'

/** What of the IR's rules does not hold, one sentence each: after each pass there must be none. */
export function verifyProgram(program: IrProgram, { deferred }: { deferred: boolean }): string[] {
  const found: string[] = []
  program.handlers.forEach((handler, index) => {
    if (handler.id !== index) found.push(`handler ${index} has id ${handler.id}`)
    found.push(...verifyHandler(handler, program, deferred))
  })
  for (const fn of program.functions.values()) {
    found.push(...verify(fn, { program }), ...printsAs(fn, 'print'))
  }
  return found
}

function verifyHandler(handler: IrHandler, program: IrProgram, deferred: boolean): string[] {
  const { entry, entryTypes, side } = handler
  const prints = side === 'kernel' && deferred ? 'emit' : 'print'
  return [
    ...verify(handler.function, { program, entryTypes }),
    ...printsAs(handler.function, prints),
    ...(entry === undefined ? [] : verify(entry, { program, savedTypes: entryTypes })),
  ]
}

function printsAs(fn: IrFunction, op: 'print' | 'emit'): string[] {
  const others: readonly string[] = op === 'print' ? ['emit'] : ['print', 'print-histogram']
  const all = fn.blocks.flatMap(block => block.instructions)
  const other = all.find(i => others.includes(i.op))
  return other === undefined ? [] : [`${fn.name}: has ${other.op} where ${op} is due`]
}

export interface VerifyContext {
  readonly program: IrProgram
  /** Types of saved entry values that `entry` may read. */
  readonly entryTypes?: readonly ValueType[]
  /** Set for an entry function: the types that it must save. */
  readonly savedTypes?: readonly ValueType[]
}

export function verify(fn: IrFunction, context: VerifyContext): string[] {
  const found: string[] = []
  verifyGraph(fn, text => found.push(`${fn.name}: ${text}`))
  fn.blocks.forEach((block, id) => {
    verifyBlock(fn, block, context, text => found.push(`${fn.name}: b${id}: ${text}`))
  })
  if (found.length === 0) verifyTemporaries(fn, text => found.push(`${fn.name}: ${text}`))
  verifySaves(fn, context, text => found.push(`${fn.name}: ${text}`))
  return found
}

type Report = (text: string) => void

function verifyGraph(fn: IrFunction, report: Report): void {
  const { blocks } = fn
  if (blocks.length === 0) report('has no blocks')
  blocks.forEach((block, id) => {
    for (const to of [
      ...targets(block.end),
      ...(block.handler === undefined ? [] : [block.handler]),
    ]) {
      if (blocks[to] === undefined) report(`b${id} goes to b${to}, which is not there`)
    }
  })
  const before = predecessors(blocks)
  const above = dominators(blocks)
  // Calls that became jumps go into the middle of loops, and come back where no statement loops.
  const jumps = blocks.some(block => block.instructions.some(i => i.op === 'frame-save'))
  blocks.forEach((block, id) => {
    const from = before[id] ?? []
    if (id > 0 && !from.some(b => b < id)) report(`b${id} is not reached, or not in order`)
    if (jumps) return
    for (const to of successors(block)) {
      if (to <= id && !dominates(to, id, above)) report(`b${id} goes back to b${to}: not in order`)
    }
    const back = from.some(b => b >= id)
    if (back !== (block.loop !== undefined)) report(`b${id}: loop mark and back edge differ`)
    if (block.handler !== undefined && !successors(block).includes(block.handler)) {
      report(`b${id} has a handler and nothing that fails`)
    }
  })
}

function verifyBlock(fn: IrFunction, block: IrBlock, context: VerifyContext, report: Report): void {
  const check = (text: string, operand: Operand | undefined, type: ValueType | undefined): void => {
    if (operand === undefined || type === undefined) return
    const actual = operandType(fn, operand)
    if (actual !== type) report(`${text}: operand is ${actual}, not ${type}`)
  }
  for (const [at, i] of block.instructions.entries()) {
    const types = shape(fn, i, context)
    if (types === undefined) {
      report(`${i.op}: what it names is not there`)
      continue
    }
    const operands = uses(i)
    if (operands.length !== types.uses.length) {
      report(`${i.op}: ${operands.length} operands, not ${types.uses.length}`)
    }
    for (const [n, operand] of operands.entries()) check(i.op, operand, types.uses[n])
    for (const [reg, type] of types.writes) {
      const actual = fn.registers[reg]?.type
      if (actual !== type) report(`${i.op}: writes ${type} to r${reg}, which is ${actual}`)
    }
    if (i.op === 'error' && (at !== block.instructions.length - 1 || block.end.op !== 'return')) {
      report('error is not the last of its block')
    }
  }
  if (block.end.op === 'branch') check('branch', block.end.test, 'long')
  if (block.end.op === 'return' && block.instructions.at(-1)?.op !== 'error') {
    const value = endOperand(block.end)
    if ((value === undefined) !== (fn.result === 'void')) report('return differs from the result')
    if (fn.result !== 'void') check('return', value, fn.result)
  }
}

function operandType(fn: IrFunction, operand: Operand): string {
  if (operand.kind === 'reg') return fn.registers[operand.reg]?.type ?? 'not there'
  return operand.kind === 'number' ? 'long' : 'string'
}

/** Registers without a name are written once, and that before they are read. */
function verifyTemporaries(fn: IrFunction, report: Report): void {
  const order = new Order(fn.blocks)
  const counts = definitionCounts(fn)
  fn.registers.forEach((register, reg) => {
    if (register.name === undefined && (counts[reg] ?? 0) > 1) report(`r${reg} is written twice`)
    if (register.bound !== undefined && register.bound >= MAXSTRINGLEN) report(`r${reg}: bound`)
  })
  const written = new Map<Reg, Place>()
  fn.blocks.forEach((block, id) => {
    block.instructions.forEach((i, at) => {
      for (const reg of definitions(i)) written.set(reg, { block: id, at })
    })
  })
  fn.blocks.forEach((block, id) => {
    const read = (operand: Operand | undefined, at: number): void => {
      if (operand?.kind !== 'reg' || fn.registers[operand.reg]?.name !== undefined) return
      const place = written.get(operand.reg)
      if (place === undefined || !order.isBefore(place, { block: id, at })) {
        report(`b${id}: r${operand.reg} is read before it is written`)
      }
    }
    block.instructions.forEach((i, at) => {
      for (const operand of uses(i)) read(operand, at)
    })
    read(endOperand(block.end), block.instructions.length)
  })
}

function verifySaves(fn: IrFunction, context: VerifyContext, report: Report): void {
  const saves = fn.blocks.flatMap(block => block.instructions.filter(i => i.op === 'save-entries'))
  if (context.savedTypes === undefined && saves.length > 0) report('save-entries in a handler')
  if (context.savedTypes !== undefined && saves.length === 0) report('saves no entries')
}

interface Shape {
  /** Undefined: any type. */
  readonly uses: readonly (ValueType | undefined)[]
  readonly writes: readonly (readonly [Reg, ValueType])[]
}

/** Types of what an instruction reads and writes. Undefined: it names what does not exist. */
function shape(fn: IrFunction, i: Instruction, context: VerifyContext): Shape | undefined {
  switch (i.op) {
    case 'copy': {
      const type = fn.registers[i.to]?.type
      return type && { uses: [type], writes: [[i.to, type]] }
    }
    case 'unary':
      return { uses: ['long'], writes: [[i.to, 'long']] }
    case 'binary':
    case 'divide':
    case 'compare':
      return { uses: ['long', 'long'], writes: [[i.to, 'long']] }
    case 'compare-text':
      return { uses: ['string', 'string'], writes: [[i.to, 'long']] }
    case 'concat':
    case 'tokenize':
      return { uses: ['string', 'string'], writes: [[i.to, 'string']] }
    case 'match':
      return { uses: ['string'], writes: [[i.to, 'long']] }
    case 'groups':
      return { uses: [], writes: [[i.to, 'long']] }
    case 'matched':
      return { uses: ['long'], writes: [[i.to, 'string']] }
    case 'format':
      return { uses: argumentTypes(i.format), writes: [[i.to, 'string']] }
    case 'print':
      return { uses: argumentTypes(i.format), writes: [] }
    case 'emit':
      return { uses: uses(i).map(() => undefined), writes: [] }
    case 'context':
      return { uses: [], writes: [[i.to, TEXT_CONTEXTS.has(i.what) ? 'string' : 'long']] }
    case 'argument':
    case 'result':
    case 'register':
      return { uses: [], writes: [[i.to, 'long']] }
    case 'entry': {
      const type = context.entryTypes?.[i.index]
      return type && { uses: [], writes: [[i.to, type]] }
    }
    case 'save-entries':
      return { uses: context.savedTypes ?? [], writes: [] }
    case 'frame-save':
      return { uses: ['long', ...i.values.map(() => undefined)], writes: [] }
    case 'frame-site':
      return { uses: ['long'], writes: [[i.to, 'long']] }
    case 'frame-load':
      return {
        uses: ['long'],
        writes: i.registers.map(reg => [reg, fn.registers[reg]?.type ?? 'long']),
      }
    case 'load':
      return { uses: ['long'], writes: [[i.to, 'long']] }
    case 'load-text':
      return {
        uses: i.otherwise === undefined ? ['long'] : ['long', 'string'],
        writes: [[i.to, 'string']],
      }
    case 'pure': {
      const [result, ...args] = pureTypes[i.name]
      if (i.name === 'enum-name')
        i.args.slice(1).forEach((_, n) => {
          args.push(n % 2 ? 'string' : 'long')
        })
      return { uses: args, writes: [[i.to, result]] }
    }
    case 'call':
      return callShape(fn, i, context)
    case 'exit':
      return { uses: [], writes: [] }
    case 'verdict':
      return { uses: ['long'], writes: [] }
    case 'error':
    case 'warn':
    case 'reply':
      return { uses: ['string'], writes: [] }
    case 'caught':
      return { uses: [], writes: [[i.to, 'string']] }
    default:
      return globalShape(i)
  }
}

type GlobalInstruction = Extract<
  Instruction,
  { global: Global } | { array: Global } | { op: 'iterate-next' }
>

function globalShape(i: GlobalInstruction): Shape {
  switch (i.op) {
    case 'global-get':
      return { uses: [], writes: [[i.to, valueType(i.global)]] }
    case 'global-set':
      return { uses: [valueType(i.global)], writes: [] }
    case 'global-add':
      return { uses: ['long'], writes: [[i.to, 'long']] }
    case 'element-get':
      return { uses: i.array.keys, writes: [[i.to, valueType(i.array)]] }
    case 'element-set':
      return { uses: [...i.array.keys, valueType(i.array)], writes: [] }
    case 'element-add':
      return { uses: [...i.array.keys, 'long'], writes: [[i.to, 'long']] }
    case 'element-has':
      return { uses: present(i.array, i.keys), writes: [[i.to, 'long']] }
    case 'element-delete':
      return { uses: present(i.array, i.keys), writes: [] }
    case 'array-clear':
      return { uses: [], writes: [] }
    case 'stat-add':
      return { uses: [...i.global.keys, 'long'], writes: [] }
    case 'stat-get':
      return { uses: i.global.keys, writes: [[i.to, 'long']] }
    case 'stat-bucket':
      return { uses: [...i.global.keys, 'long'], writes: [[i.to, 'long']] }
    case 'print-histogram':
      return { uses: i.global.keys, writes: [] }
    case 'iterate': {
      const limit: ValueType[] = i.limit === undefined ? [] : ['long']
      return { uses: [...present(i.array, i.slice ?? []), ...limit], writes: [] }
    }
    case 'iterate-next':
      return { uses: [], writes: [[i.to, 'long']] }
  }
}

function present(array: Global, keys: readonly (Operand | undefined)[]): ValueType[] {
  return array.keys.filter((_, n) => keys[n] !== undefined)
}

function valueType(global: Global): ValueType {
  return global.type === 'string' ? 'string' : 'long'
}

function callShape(
  fn: IrFunction,
  i: Extract<Instruction, { op: 'call' }>,
  context: VerifyContext,
): Shape | undefined {
  const to = i.to
  const type = to === undefined ? undefined : fn.registers[to]?.type
  const writes: [Reg, ValueType][] = to === undefined || type === undefined ? [] : [[to, type]]
  const called = context.program.functions.get(i.function)
  if (called === undefined) return undefined
  if (to !== undefined && called.result !== type) return undefined
  return { uses: called.parameters.map(reg => called.registers[reg]?.type), writes }
}

/** Types of the arguments that a format takes, `*` included. */
export function argumentTypes(format: Format): ValueType[] {
  return format.flatMap((piece): ValueType[] => {
    if (piece.kind === 'literal') return []
    const stars = [piece.width, piece.precision].filter(part => part === '*')
    return [...stars.map((): ValueType => 'long'), piece.conversion === 's' ? 'string' : 'long']
  })
}

/** Result, then operands. */
const pureTypes: Record<PureName, readonly [ValueType, ...ValueType[]]> = {
  strlen: ['long', 'string'],
  substr: ['string', 'string', 'long', 'long'],
  ctime: ['string', 'long'],
  'tz-ctime': ['string', 'long'],
  symname: ['string', 'long'],
  symdata: ['string', 'long'],
  'backtrace-lines': ['string', 'string', 'long', 'long'],
  'point-text': ['string', 'long'],
  'point-function': ['string', 'long'],
  pad: ['string', 'long'],
  strpos: ['long', 'string', 'string'],
  stringat: ['long', 'string', 'long'],
  strtol: ['long', 'string', 'long'],
  escape: ['string', 'string', 'long', 'long'],
  quoted: ['string', 'string', 'long'],
  choose: ['string', 'long', 'string', 'string'],
  'enum-name': ['string', 'long'],
}

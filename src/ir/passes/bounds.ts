import type { Global } from '../../sema/checked.ts'
import { definitions } from '../instruction.ts'
import {
  type Instruction,
  type IrFunction,
  type IrProgram,
  MAXSTRINGLEN,
  type Operand,
} from '../ir.ts'
import { madeLength } from './length.ts'

/** Most bytes of the strings in globals, NUL not counted; by id of the global. */
export interface Bounds {
  readonly globals: ReadonlyMap<number, GlobalBounds>
}

export interface GlobalBounds {
  /** For a string scalar or an array of strings. */
  readonly value?: number
  /** One for each key component; 0 for longs. */
  readonly keys: readonly number[]
}

const MOST = MAXSTRINGLEN - 1
/** Rounds after which what still grows is taken to grow without end. */
const PATIENCE = 8

/**
 * Finds how long each string can get, over the whole program: registers get their `bound`. Grows
 * from nothing to a fixpoint; a string that a loop makes longer each time reaches the maximum.
 */
export function bounds(program: IrProgram): { program: IrProgram; bounds: Bounds } {
  const lengths = new Lengths()
  for (const { id, initial } of program.globals) {
    if (typeof initial === 'string') lengths.grow(valueCell(id), initial.length)
  }
  while (lengths.nextRound()) visitProgram(program, lengths)
  const annotated = (fn: IrFunction, owner: string): IrFunction => ({
    ...fn,
    registers: fn.registers.map((register, reg) =>
      register.type === 'string'
        ? { ...register, bound: lengths.get(registerCell(owner, reg)) }
        : register,
    ),
  })
  return { program: mapFunctions(program, annotated), bounds: globalBounds(program, lengths) }
}

/** Lengths found so far, by the name of what holds the string. */
class Lengths {
  readonly #lengths: Map<string, number> = new Map()
  #round = 0
  #changed = true

  get(cell: string): number {
    return this.#lengths.get(cell) ?? 0
  }

  grow(cell: string, length: number): void {
    if (length <= this.get(cell)) return
    this.#changed = true
    this.#lengths.set(cell, this.#round > PATIENCE ? MOST : Math.min(length, MOST))
  }

  /** Whether the last round changed anything, so that another is due. */
  nextRound(): boolean {
    const due = this.#changed
    this.#changed = false
    this.#round++
    return due
  }
}

// Names of cells. The owner of a register is a handler, an entry function or a function.

function registerCell(owner: string, reg: number): string {
  return `${owner} r${reg}`
}

function valueCell(global: number): string {
  return `global ${global}`
}

function keyCell(global: number, index: number): string {
  return `global ${global} key ${index}`
}

function resultCell(owner: string): string {
  return `${owner} result`
}

function entryCell(handler: number, index: number): string {
  return `handler ${handler} saved ${index}`
}

function functionOwner(id: number): string {
  return `function ${id}`
}

function mapFunctions(
  program: IrProgram,
  map: (fn: IrFunction, owner: string, handler?: number) => IrFunction,
): IrProgram {
  return {
    ...program,
    functions: new Map([...program.functions].map(([id, fn]) => [id, map(fn, functionOwner(id))])),
    handlers: program.handlers.map(handler => {
      const { id, entry } = handler
      return {
        ...handler,
        ...(entry && { entry: map(entry, `entry ${id}`, id) }),
        function: map(handler.function, `handler ${id}`, id),
      }
    }),
  }
}

function visitProgram(program: IrProgram, lengths: Lengths): void {
  mapFunctions(program, (fn, owner, handler = -1) => {
    visit({ program, fn, owner, handler, lengths })
    return fn
  })
}

interface Visit {
  readonly program: IrProgram
  readonly fn: IrFunction
  readonly owner: string
  readonly handler: number
  readonly lengths: Lengths
}

function visit(v: Visit): void {
  const { fn, owner, lengths } = v
  const arrays = iteratedArrays(fn)
  for (const block of fn.blocks) {
    for (const i of block.instructions) {
      visitStores(v, i)
      for (const reg of definitions(i)) {
        if (fn.registers[reg]?.type !== 'string') continue
        lengths.grow(registerCell(owner, reg), readLength(v, i, reg, arrays))
      }
    }
    const { end } = block
    if (end.op === 'return' && end.value !== undefined) {
      lengths.grow(resultCell(owner), lengthOf(v, end.value))
    }
  }
}

function lengthOf({ owner, lengths }: Visit, operand: Operand): number {
  if (operand.kind === 'reg') return lengths.get(registerCell(owner, operand.reg))
  return operand.kind === 'text' ? Math.min(operand.value.length, MOST) : 0
}

function iteratedArrays(fn: IrFunction): Map<number, Global> {
  const found = new Map<number, Global>()
  for (const i of fn.blocks.flatMap(block => block.instructions)) {
    if (i.op === 'iterate') found.set(i.iteration, i.array)
  }
  return found
}

/** What an instruction puts elsewhere than into a register. */
function visitStores(v: Visit, i: Instruction): void {
  const { lengths, program, handler } = v
  const grow = (cell: string, operand: Operand): void => lengths.grow(cell, lengthOf(v, operand))
  // A key that is only looked up counts too: cut short it could match another.
  const growKeys = (array: Global, keys: readonly (Operand | undefined)[]): void => {
    for (const [n, key] of keys.entries()) {
      if (key !== undefined) grow(keyCell(array.id, n), key)
    }
  }
  switch (i.op) {
    case 'global-set':
      grow(valueCell(i.global.id), i.value)
      break
    case 'element-set':
      growKeys(i.array, i.keys)
      grow(valueCell(i.array.id), i.value)
      break
    case 'element-get':
    case 'element-add':
    case 'element-has':
    case 'element-delete':
      growKeys(i.array, i.keys)
      break
    case 'stat-add':
    case 'stat-get':
    case 'stat-bucket':
    case 'print-histogram':
      growKeys(i.global, i.keys)
      break
    case 'emit':
      for (const leaf of i.leaves) if (leaf.kind === 'buckets') growKeys(leaf.global, leaf.keys)
      break
    case 'iterate':
      growKeys(i.array, i.slice ?? [])
      break
    case 'save-entries':
      for (const [n, value] of i.values.entries()) grow(entryCell(handler, n), value)
      break
    case 'call': {
      const called = program.functions.get(i.function)
      for (const [n, arg] of i.args.entries()) {
        const parameter = called?.parameters[n]
        if (parameter !== undefined) {
          grow(registerCell(functionOwner(i.function), parameter), arg)
        }
      }
      break
    }
    default:
  }
}

/** The most bytes that an instruction can write to a string register. */
function readLength(
  v: Visit,
  i: Instruction,
  reg: number,
  arrays: ReadonlyMap<number, Global>,
): number {
  const { lengths, handler } = v
  switch (i.op) {
    case 'global-get':
      return lengths.get(valueCell(i.global.id))
    case 'element-get':
      return lengths.get(valueCell(i.array.id))
    case 'entry':
      return lengths.get(entryCell(handler, i.index))
    case 'call':
      return lengths.get(resultCell(functionOwner(i.function)))
    case 'iterate-next': {
      const array = arrays.get(i.iteration)
      if (array === undefined) return MOST
      const key = i.keys.indexOf(reg)
      return lengths.get(key < 0 ? valueCell(array.id) : keyCell(array.id, key))
    }
    default:
      return madeLength(i, operand => lengthOf(v, operand))
  }
}

function globalBounds(program: IrProgram, lengths: Lengths): Bounds {
  const globals = program.globals.map(({ id, type, keys }): [number, GlobalBounds] => {
    const keyLengths = keys.map((_, n) => lengths.get(keyCell(id, n)))
    const value = type === 'string' ? { value: lengths.get(valueCell(id)) } : {}
    return [id, { ...value, keys: keyLengths }]
  })
  return { globals: new Map(globals) }
}

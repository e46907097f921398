import { R0, R1, R2, R3, R4, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { BPF_ANY } from '../bpf/map.ts'
import { renumber } from '../ir/graph.ts'
import type {
  Instruction,
  IrBlock,
  IrFunction,
  IrHandler,
  Operand,
  Reg,
  Register,
} from '../ir/ir.ts'
import type { Code, Entries, SavedValue } from './code.ts'
import { EXIT } from './fail.ts'
import { textBytes } from './layout.ts'
import { activationCandidates } from './probe.ts'
import { copyFrom, copyText } from './strings.ts'

// Values of function entry that a return handler uses. Where the arguments are still there at
// return (fexit) they are worked out then; else a program of its own at entry saves them in a map,
// by thread and by the place of the activation on its stack.

export function layOutEntries(handler: IrHandler, entry: IrFunction): Omit<Entries, 'map'> {
  const saved = entry.blocks.flatMap(b => b.instructions).find(i => i.op === 'save-entries')
  let offset = 0
  const values = handler.entryTypes.map((type, n): SavedValue => {
    const bytes = type === 'long' ? 8 : textBytes(boundOf(entry, saved?.values[n]))
    offset += bytes
    return { type, offset: offset - bytes, bytes }
  })
  return { values, bytes: offset }
}

function boundOf(fn: IrFunction, operand: Operand | undefined): number | undefined {
  if (operand?.kind === 'text') return operand.value.length
  return operand?.kind === 'reg' ? fn.registers[operand.reg]?.bound : undefined
}

/** The handler with its entry values worked out at return; undefined where that is not the same. */
export function withEntryInline({ function: fn, entry }: IrHandler): IrFunction | undefined {
  const [first, ...others] = entry?.blocks ?? []
  if (entry === undefined || first === undefined || others.length > 0) return undefined
  if (!first.instructions.every(isTimeless)) return undefined
  const base = fn.registers.length
  const save = first.instructions.at(-1)
  const values = save?.op === 'save-entries' ? save.values : []
  const savedBase = base + entry.registers.length
  const moved = first.instructions.flatMap(i => moveInstruction(i, base, savedBase))
  const saved = values.map((): Register => ({ type: 'long' }))
  const start: IrBlock = { instructions: moved, end: { op: 'jump', to: 1 } }
  const rest = fn.blocks.map(block => {
    const shifted = renumber(block, id => id + 1)
    return { ...shifted, instructions: shifted.instructions.map(i => readSaved(i, savedBase)) }
  })
  const registers = [...fn.registers, ...entry.registers, ...saved]
  return { ...fn, registers, blocks: [start, ...rest] }
}

/** Gives the same at entry and at return. */
function isTimeless(i: Instruction): boolean {
  switch (i.op) {
    case 'copy':
      return i.from.kind !== 'text'
    case 'unary':
    case 'binary':
    case 'compare':
    case 'argument':
      return true
    case 'save-entries':
      return i.values.every(value => value.kind !== 'text')
    default:
      return false
  }
}

function moveInstruction(i: Instruction, base: number, saved: number): Instruction[] {
  const move = (operand: Operand): Operand =>
    operand.kind === 'reg' ? { kind: 'reg', reg: operand.reg + base } : operand
  switch (i.op) {
    case 'copy':
      return [{ ...i, to: i.to + base, from: move(i.from) }]
    case 'unary':
      return [{ ...i, to: i.to + base, a: move(i.a) }]
    case 'binary':
    case 'compare':
      return [{ ...i, to: i.to + base, a: move(i.a), b: move(i.b) }]
    case 'argument':
      return [{ ...i, to: i.to + base }]
    case 'save-entries':
      return i.values.map((value, n) => ({ op: 'copy', to: saved + n, from: move(value) }))
    default:
      return []
  }
}

function readSaved(i: Instruction, saved: number): Instruction {
  if (i.op !== 'entry') return i
  return { op: 'copy', to: i.to, from: { kind: 'reg', reg: saved + i.index } }
}

/** The value's place while it is built or read: on the stack if it is small and has longs only. */
function valuesPlace(code: Code, { values, bytes }: Entries): { base: number; offset: number } {
  const small = bytes <= STACK_VALUE_BYTES && values.every(value => value.type === 'long')
  return small
    ? { base: R10, offset: code.frame.area('entries', STACK_VALUE_BYTES) }
    : { base: R9, offset: code.scratch.area('entries', bytes) }
}

const STACK_VALUE_BYTES = 64

/** The end of an entry program. */
export function saveEntries(code: Code, operands: readonly Operand[]): void {
  const { entries } = code
  if (entries === undefined) throw new Error('save-entries without a map')
  const { a } = code
  const { base, offset } = valuesPlace(code, entries)
  entries.values.forEach(({ type, offset: at, bytes }, n) => {
    const operand = operands[n] ?? { kind: 'number', value: 0n }
    if (type === 'long') a.store(8, base, offset + at, code.use(operand, R1))
    else copyText(code, { kind: 'scratch', offset: offset + at, bytes }, code.text(operand))
  })
  const key = writeActivation(code)
  a.loadMap(R1, entries.map).mov(R2, R10).aluImmediate('add', R2, key)
  a.mov(R3, base).aluImmediate('add', R3, offset)
  a.movImmediate(R4, BPF_ANY).call(Helper.map_update_elem)
}

const KEY_BYTES = 16

/** Writes the key of this activation; its place on the stack. */
function writeActivation(code: Code): number {
  const key = code.frame.area('activation', KEY_BYTES)
  code.a.call(Helper.get_current_pid_tgid).store(8, R10, key, R0)
  code.access.activation()
  code.a.store(8, R10, key + 8, R0)
  return key
}

/**
 * At the start of a return program: takes what its entry program saved. An activation that began
 * before there were probes has nothing saved, and is left out.
 */
export function restoreEntries(code: Code, entries: Entries): void {
  const { a } = code
  const key = writeActivation(code)
  const found = a.fresh('saved')
  let before = 0
  for (const delta of activationCandidates(code.access.method, code.tables.facts.arch)) {
    if (delta !== before) {
      a.load(8, R0, R10, key + 8).aluImmediate('add', R0, delta - before)
      a.store(8, R10, key + 8, R0)
    }
    before = delta
    a.loadMap(R1, entries.map).mov(R2, R10).aluImmediate('add', R2, key)
    a.call(Helper.map_lookup_elem).branchImmediate('ne', R0, 0, found)
  }
  code.skip()
  a.jump(EXIT).label(found)
  const { base, offset } = valuesPlace(code, entries)
  for (const { type, offset: at } of entries.values) {
    if (type === 'long') a.load(8, R1, R0, at).store(8, base, offset + at, R1)
  }
  const pointer = code.frame.area('saved', 8)
  a.store(8, R10, pointer, R0)
  for (const { type, offset: at, bytes } of entries.values) {
    if (type !== 'string') continue
    a.load(8, R0, R10, pointer)
    copyFrom(code, { kind: 'scratch', offset: offset + at, bytes }, R0, at, bytes)
  }
  a.loadMap(R1, entries.map).mov(R2, R10).aluImmediate('add', R2, key)
  a.call(Helper.map_delete_elem)
}

export function readEntry(code: Code, to: Reg, index: number): void {
  const { entries } = code
  const value = entries?.values[index]
  if (entries === undefined || value === undefined) throw new Error('an entry value without a map')
  const { base, offset } = valuesPlace(code, entries)
  if (value.type === 'long') {
    code.a.load(8, R0, base, offset + value.offset)
    code.put(to, R0)
    return
  }
  const slot = code.textTarget(to)
  const from = { kind: 'scratch', offset: offset + value.offset, bytes: value.bytes } as const
  if (slot !== undefined) copyText(code, slot, from)
}

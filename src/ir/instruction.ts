import type { ValueType } from '../sema/checked.ts'
import type { Conversion, Format } from '../text/format.ts'
import type { ContextValue, Instruction, IrFunction, Leaf, Operand, Reg, Terminator } from './ir.ts'
import { failsWhenEmpty } from './statistic.ts'

// What every pass must know of an instruction: what it reads, what it writes, whether it can fail,
// and whether it may go when nobody reads its result.

export const ZERO: Operand = { kind: 'number', value: 0n }
export const ONE: Operand = { kind: 'number', value: 1n }
export const EMPTY: Operand = { kind: 'text', value: '' }

/** What a register of this type holds before it is written. */
export function emptyValue(type: ValueType): Operand {
  return type === 'long' ? ZERO : EMPTY
}

export function register(reg: Reg): Operand {
  return { kind: 'reg', reg }
}

export function number(value: bigint): Operand {
  return { kind: 'number', value: BigInt.asIntN(64, value) }
}

export function sameOperand(a: Operand, b: Operand): boolean {
  if (a.kind === 'reg') return b.kind === 'reg' && a.reg === b.reg
  if (a.kind === 'number') return b.kind === 'number' && a.value === b.value
  return b.kind === 'text' && a.value === b.value
}

/** Registers that it writes. */
export function definitions(i: Instruction): readonly Reg[] {
  switch (i.op) {
    case 'global-set':
    case 'element-set':
    case 'element-delete':
    case 'array-clear':
    case 'iterate':
    case 'stat-add':
    case 'save-entries':
    case 'frame-save':
    case 'print':
    case 'print-histogram':
    case 'emit':
    case 'exit':
    case 'error':
    case 'warn':
    case 'reply':
    case 'verdict':
      return []
    case 'frame-load':
      return i.registers
    case 'iterate-next':
      return [i.to, ...i.keys, ...(i.value === undefined ? [] : [i.value])]
    case 'call':
      return i.to === undefined ? [] : [i.to]
    default:
      return [i.to]
  }
}

/** What of the context is text. */
export const TEXT_CONTEXTS: ReadonlySet<ContextValue> = new Set(['comm', 'stack', 'value'])

/** Operands that it reads, in order. */
export function uses(i: Instruction): readonly Operand[] {
  const found: Operand[] = []
  mapOperands(i, operand => {
    found.push(operand)
    return operand
  })
  return found
}

/** Registers that it reads. */
export function usedRegisters(i: Instruction): readonly Reg[] {
  return uses(i).flatMap(o => (o.kind === 'reg' ? [o.reg] : []))
}

export function endOperand(end: Terminator): Operand | undefined {
  if (end.op === 'branch') return end.test
  return end.op === 'return' ? end.value : undefined
}

/** The same instruction with each operand that it reads replaced. */
export function mapOperands(i: Instruction, f: (operand: Operand) => Operand): Instruction {
  switch (i.op) {
    case 'copy':
      return { ...i, from: f(i.from) }
    case 'unary':
      return { ...i, a: f(i.a) }
    case 'binary':
    case 'divide':
    case 'compare':
    case 'compare-text':
    case 'concat':
      return { ...i, a: f(i.a), b: f(i.b) }
    case 'match':
      return { ...i, text: f(i.text) }
    case 'matched':
      return { ...i, index: f(i.index) }
    case 'tokenize':
      return { ...i, text: f(i.text), delimiters: f(i.delimiters) }
    case 'format':
    case 'pure':
    case 'call':
    case 'print':
      return { ...i, args: i.args.map(f) }
    case 'save-entries':
      return { ...i, values: i.values.map(f) }
    case 'frame-save':
      return { ...i, depth: f(i.depth), values: i.values.map(f) }
    case 'frame-site':
    case 'frame-load':
      return { ...i, depth: f(i.depth) }
    case 'load':
      return { ...i, address: f(i.address) }
    case 'load-text':
      return { ...i, address: f(i.address), ...(i.otherwise && { otherwise: f(i.otherwise) }) }
    case 'global-set':
    case 'reply':
    case 'verdict':
      return { ...i, value: f(i.value) }
    case 'global-add':
      return { ...i, by: f(i.by) }
    case 'element-get':
    case 'stat-get':
    case 'print-histogram':
      return { ...i, keys: i.keys.map(f) }
    case 'stat-add':
      return { ...i, keys: i.keys.map(f), value: f(i.value) }
    case 'stat-bucket':
      return { ...i, keys: i.keys.map(f), index: f(i.index) }
    case 'element-set':
      return { ...i, keys: i.keys.map(f), value: f(i.value) }
    case 'element-add':
      return { ...i, keys: i.keys.map(f), by: f(i.by) }
    case 'element-has':
    case 'element-delete':
      return { ...i, keys: i.keys.map(key => key && f(key)) }
    case 'iterate':
      return {
        ...i,
        ...(i.slice && { slice: i.slice.map(key => key && f(key)) }),
        ...(i.limit && { limit: f(i.limit) }),
      }
    case 'emit':
      return { ...i, leaves: i.leaves.map(leaf => mapLeaf(leaf, f)) }
    case 'error':
    case 'warn':
      return { ...i, message: f(i.message) }
    case 'context':
    case 'argument':
    case 'result':
    case 'register':
    case 'entry':
    case 'global-get':
    case 'array-clear':
    case 'iterate-next':
    case 'groups':
    case 'exit':
    case 'caught':
      return i
  }
}

function mapLeaf(leaf: Leaf, f: (operand: Operand) => Operand): Leaf {
  switch (leaf.kind) {
    case 'long':
    case 'text':
      return { ...leaf, value: f(leaf.value) }
    case 'memory':
      return {
        ...leaf,
        address: f(leaf.address),
        ...(leaf.otherwise && { otherwise: f(leaf.otherwise) }),
      }
    case 'bytes':
      return { ...leaf, address: f(leaf.address), count: f(leaf.count) }
    case 'buckets':
      return { ...leaf, keys: leaf.keys.map(f) }
    case 'comm':
    case 'stack':
      return leaf
  }
}

export function mapEnd(end: Terminator, f: (operand: Operand) => Operand): Terminator {
  if (end.op === 'branch') return { ...end, test: f(end.test) }
  if (end.op === 'return' && end.value !== undefined) return { ...end, value: f(end.value) }
  return end
}

/** The same instruction with each register that it writes replaced. */
export function mapDefinitions(i: Instruction, f: (reg: Reg) => Reg): Instruction {
  if (i.op === 'iterate-next') {
    const value = i.value === undefined ? {} : { value: f(i.value) }
    return { ...i, to: f(i.to), keys: i.keys.map(f), ...value }
  }
  if (i.op === 'frame-load') return { ...i, registers: i.registers.map(f) }
  if (!('to' in i) || i.to === undefined) return i
  return { ...i, to: f(i.to) }
}

/** Whether control may leave its block for the handler here. */
export function mayFail(i: Instruction): boolean {
  switch (i.op) {
    case 'divide':
      return i.b.kind !== 'number' || i.b.value === 0n
    case 'format':
    case 'print':
      return readsMemory(i.format)
    case 'load-text':
      return i.otherwise === undefined
    case 'pure':
      return i.name === 'ctime' || i.name === 'tz-ctime'
    case 'emit':
      return i.leaves.some(
        leaf =>
          leaf.kind === 'bytes' ||
          leaf.kind === 'buckets' ||
          (leaf.kind === 'memory' && leaf.otherwise === undefined),
      )
    case 'stat-get':
      return failsWhenEmpty(i.extractor)
    case 'load':
    case 'register':
    case 'element-set':
    case 'element-add':
    case 'stat-add':
    case 'stat-bucket':
    case 'print-histogram':
    case 'call':
    case 'error':
      return true
    default:
      return false
  }
}

/** Whether it may go when what it writes is never read. */
export function isRemovable(i: Instruction): boolean {
  switch (i.op) {
    case 'copy':
    case 'unary':
    case 'binary':
    case 'divide':
    case 'compare':
    case 'compare-text':
    case 'concat':
    case 'format':
    case 'context':
    case 'argument':
    case 'result':
    case 'entry':
    case 'load-text':
    case 'pure':
    case 'global-get':
    case 'element-get':
    case 'element-has':
    case 'stat-get':
    case 'groups':
    case 'matched':
    case 'caught':
      return !mayFail(i)
    case 'match':
      return !i.captures
    default:
      return false
  }
}

/** Whether something other than its registers can tell that it ran. */
export function hasEffect(i: Instruction): boolean {
  switch (i.op) {
    case 'match':
      return i.captures
    case 'tokenize':
    case 'reply':
    case 'verdict':
    case 'global-set':
    case 'global-add':
    case 'element-set':
    case 'element-add':
    case 'element-delete':
    case 'array-clear':
    case 'iterate':
    case 'iterate-next':
    case 'stat-add':
    case 'frame-save':
    case 'save-entries':
    case 'call':
    case 'print':
    case 'print-histogram':
    case 'emit':
    case 'exit':
    case 'error':
    case 'warn':
      return true
    default:
      return false
  }
}

export function conversions(format: Format): Conversion[] {
  return format.filter(piece => piece.kind === 'conversion')
}

/** Whether it has `%m` or `%M`, whose argument is an address. */
export function readsMemory(format: Format): boolean {
  return conversions(format).some(c => c.conversion === 'm' || c.conversion === 'M')
}

/** How many times each register is written. Parameters count once more. */
export function definitionCounts(fn: IrFunction): number[] {
  const counts: number[] = fn.registers.map(() => 0)
  for (const reg of fn.parameters) counts[reg] = (counts[reg] ?? 0) + 1
  for (const block of fn.blocks) {
    for (const i of block.instructions) {
      for (const reg of definitions(i)) counts[reg] = (counts[reg] ?? 0) + 1
    }
  }
  return counts
}

/** How many times each register is read. */
export function useCounts(fn: IrFunction): number[] {
  const counts: number[] = fn.registers.map(() => 0)
  const count = (operand: Operand | undefined): void => {
    if (operand?.kind === 'reg') counts[operand.reg] = (counts[operand.reg] ?? 0) + 1
  }
  for (const block of fn.blocks) {
    for (const i of block.instructions) uses(i).forEach(count)
    count(endOperand(block.end))
  }
  return counts
}

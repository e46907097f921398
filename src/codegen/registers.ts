import { R4, R5 } from '../bpf/assembler.ts'
import type { Register } from '../bpf/instruction.ts'
import { liveAtEnd, liveAtStart, successors } from '../ir/graph.ts'
import { definitions, endOperand, mayFail, usedRegisters } from '../ir/instruction.ts'
import type { BlockId, Instruction, IrBlock, IrFunction, Reg } from '../ir/ir.ts'
import { type Frame, roundUp8 } from './stack.ts'

/**
 * Where a register of the IR lives. `scratch` is an offset in the per-CPU scratch value: strings,
 * and the longs that find no room on the stack.
 */
export type Home =
  | { readonly kind: 'register'; readonly register: Register }
  | { readonly kind: 'stack'; readonly offset: number }
  | { readonly kind: 'scratch'; readonly offset: number; readonly bytes: number }

export interface HomeOptions {
  /** Registers that survive helper calls and are free. */
  readonly saved: readonly Register[]
  readonly frame: Frame
  /** Longs that must not be in registers or on the stack. */
  readonly inMemory: ReadonlySet<Reg>
  /** How much of the stack may be taken. */
  readonly stackBytes: number
  /** Gives so many bytes of the scratch value; used for strings and longs without room. */
  readonly scratch: (bytes: number) => number
  /** Bytes of a string register, NUL counted, a multiple of 8. */
  readonly textBytes: (reg: Reg) => number
}

/** Gives every register that is used a home: longs by weight, strings by interval. */
export function assignHomes(fn: IrFunction, options: HomeOptions): ReadonlyMap<Reg, Home> {
  const homes = new Map<Reg, Home>()
  const all = intervals(fn)
  const longs = all.filter(i => fn.registers[i.reg]?.type === 'long')
  for (const { reg } of longs.filter(i => options.inMemory.has(i.reg))) {
    homes.set(reg, { kind: 'scratch', offset: options.scratch(8), bytes: 8 })
  }
  const free = longs.filter(i => !options.inMemory.has(i.reg))
  const left = takeRegisters(free, options.saved, homes)
  takeStack(left, options, homes)
  takeText(
    all.filter(i => fn.registers[i.reg]?.type === 'string'),
    options,
    homes,
  )
  return homes
}

export interface Interval {
  readonly reg: Reg
  /** Positions: an instruction reads at 2n and writes at 2n + 1. */
  start: number
  end: number
  /** Reads and writes, those in loops counted tenfold a level. */
  weight: number
  /** Nothing in it overwrites r4 and r5. */
  short: boolean
}

/** From the first to the last place where a register's value may still be read. */
export function intervals(fn: IrFunction): Interval[] {
  const found = new Map<Reg, Interval>()
  const live = liveAtStart(fn.blocks)
  const clobbers: number[] = []
  const depth = loopDepths(fn.blocks)
  let at = 0
  fn.blocks.forEach((block, id) => {
    const weight = 10 ** Math.min(depth[id] ?? 0, 3)
    for (const reg of live[id] ?? []) touch(reg, at * 2, 0)
    at++
    for (const i of block.instructions) {
      for (const reg of usedRegisters(i)) touch(reg, at * 2, weight)
      for (const reg of definitions(i)) touch(reg, at * 2 + 1, weight)
      if (block.handler !== undefined && mayFail(i)) {
        for (const reg of live[block.handler] ?? []) touch(reg, at * 2 + 1, 0)
      }
      if (clobbersTemporaries(fn, i)) clobbers.push(at)
      at++
    }
    const test = endOperand(block.end)
    if (test?.kind === 'reg') touch(test.reg, at * 2, weight)
    for (const reg of liveAtEnd(block, live)) touch(reg, at * 2, 0)
    at++
  })
  // Parameters and what is read before it is written have their value from the start.
  for (const reg of [...(live[0] ?? []), ...fn.parameters]) touch(reg, 0, 0)
  for (const interval of found.values()) {
    interval.short = !clobbers.some(p => interval.start <= p * 2 && interval.end >= p * 2)
  }
  return [...found.values()]

  function touch(reg: Reg, position: number, weight: number): void {
    const known = found.get(reg)
    if (known === undefined) {
      found.set(reg, { reg, start: position, end: position, weight, short: false })
      return
    }
    known.start = Math.min(known.start, position)
    known.end = Math.max(known.end, position)
    known.weight += weight
  }
}

/** How many loops each block is in. */
export function loopDepths(blocks: readonly IrBlock[]): number[] {
  const depth = blocks.map(() => 0)
  for (const [header, last] of loops(blocks)) {
    for (let id = header; id <= last; id++) depth[id] = (depth[id] ?? 0) + 1
  }
  return depth
}

/** Headers of loops, each with the last block that jumps back to it. */
export function loops(blocks: readonly IrBlock[]): Map<BlockId, BlockId> {
  const found = new Map<BlockId, BlockId>()
  blocks.forEach((block, id) => {
    for (const to of successors(block)) if (to <= id) found.set(to, id)
  })
  return found
}

/** All but plain arithmetic may call a helper, and helpers overwrite r0 to r5. */
function clobbersTemporaries(fn: IrFunction, i: Instruction): boolean {
  switch (i.op) {
    case 'copy':
      return fn.registers[i.to]?.type === 'string'
    case 'unary':
    case 'binary':
    case 'divide':
    case 'compare':
      return false
    default:
      return true
  }
}

/** The heaviest first; gives back those for which no register was free. */
function takeRegisters(
  longs: readonly Interval[],
  saved: readonly Register[],
  homes: Map<Reg, Home>,
): Interval[] {
  const taken = new Map<Register, Interval[]>()
  const byWeight = [...longs].sort((a, b) => b.weight - a.weight || a.start - b.start)
  return byWeight.filter(interval => {
    const candidates = interval.short ? [R4, R5, ...saved] : saved
    const free = candidates.find(r => !taken.get(r)?.some(other => overlap(other, interval)))
    if (free === undefined) return true
    taken.set(free, [...(taken.get(free) ?? []), interval])
    homes.set(interval.reg, { kind: 'register', register: free })
    return false
  })
}

function takeStack(
  longs: readonly Interval[],
  { frame, stackBytes, scratch }: HomeOptions,
  homes: Map<Reg, Home>,
): void {
  const slots: { home: Home; held: Interval[] }[] = []
  let bytes = 0
  for (const interval of [...longs].sort((a, b) => b.weight - a.weight)) {
    let slot = slots.find(s => !s.held.some(other => overlap(other, interval)))
    if (slot === undefined) {
      bytes += 8
      const home: Home =
        bytes <= stackBytes
          ? { kind: 'stack', offset: frame.take(8) }
          : { kind: 'scratch', offset: scratch(8), bytes: 8 }
      slot = { home, held: [] }
      slots.push(slot)
    }
    slot.held.push(interval)
    homes.set(interval.reg, slot.home)
  }
}

/** Slots of the same size are shared by strings that are never there together. */
function takeText(
  strings: readonly Interval[],
  { scratch, textBytes }: HomeOptions,
  homes: Map<Reg, Home>,
): void {
  const slots: { offset: number; bytes: number; held: Interval[] }[] = []
  for (const { reg, start, end } of [...strings].sort((a, b) => a.start - b.start)) {
    const bytes = roundUp8(textBytes(reg))
    // What makes a string writes it while it still reads others: they may not share.
    const interval: Interval = { reg, start: start - 1, end: end + 1, weight: 0, short: false }
    let slot = slots.find(s => s.bytes === bytes && !s.held.some(other => overlap(other, interval)))
    if (slot === undefined) {
      slot = { offset: scratch(bytes), bytes, held: [] }
      slots.push(slot)
    }
    slot.held.push(interval)
    homes.set(reg, { kind: 'scratch', offset: slot.offset, bytes })
  }
}

function overlap(a: Interval, b: Interval): boolean {
  return a.start <= b.end && b.start <= a.end
}

import { definitions, endOperand, mayFail, usedRegisters } from './instruction.ts'
import type { BlockId, IrBlock, Reg, Terminator } from './ir.ts'

// The control flow graph. A block whose instructions may fail has its error handler as one more
// successor.

export function targets(end: Terminator): readonly BlockId[] {
  if (end.op === 'jump') return [end.to]
  if (end.op === 'return') return []
  return end.then === end.otherwise ? [end.then] : [end.then, end.otherwise]
}

export function successors(block: IrBlock): readonly BlockId[] {
  const next = targets(block.end)
  const { handler } = block
  if (handler === undefined || next.includes(handler)) return next
  return block.instructions.some(mayFail) ? [...next, handler] : next
}

export function predecessors(blocks: readonly IrBlock[]): BlockId[][] {
  const found: BlockId[][] = blocks.map(() => [])
  blocks.forEach((block, id) => {
    for (const next of successors(block)) found[next]?.push(id)
  })
  return found
}

/**
 * Puts blocks into reverse postorder and drops those that are not reached. A handler that nothing
 * can fail into and a loop mark without a back edge go too.
 */
export function arrange(blocks: readonly IrBlock[]): IrBlock[] {
  const order = reversePostorder(blocks)
  const place = new Map(order.map((old, id) => [old, id]))
  const arranged = order.flatMap(old => {
    const block = blocks[old]
    return block === undefined ? [] : [renumber(block, id => place.get(id) ?? id)]
  })
  const before = predecessors(arranged)
  return arranged.map((block, id) => {
    if (block.loop === undefined || before[id]?.some(from => from >= id)) return block
    const { loop: _, ...rest } = block
    return rest
  })
}

/** The last successor is visited first, so that the `then` side of a branch comes first. */
function reversePostorder(blocks: readonly IrBlock[]): BlockId[] {
  const order: BlockId[] = []
  const seen = new Set<BlockId>([0])
  // An explicit stack: inlined handlers can be deeper than the call stack of JavaScript.
  const stack: { id: BlockId; next: BlockId[] }[] = []
  const enter = (id: BlockId): void => {
    const block = blocks[id]
    if (block !== undefined) stack.push({ id, next: [...successors(block)] })
  }
  enter(0)
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next.pop()
    if (next === undefined) {
      order.push(top.id)
      stack.pop()
    } else if (!seen.has(next)) {
      seen.add(next)
      enter(next)
    }
  }
  return order.reverse()
}

/** The block with other numbers for its successors; its handler only if something can fail. */
export function renumber(block: IrBlock, to: (id: BlockId) => BlockId): IrBlock {
  const { handler, ...rest } = block
  const end = renumberEnd(block.end, to)
  if (handler === undefined || !block.instructions.some(mayFail)) return { ...rest, end }
  return { ...rest, end, handler: to(handler) }
}

export function renumberEnd(end: Terminator, to: (id: BlockId) => BlockId): Terminator {
  if (end.op === 'jump') return { op: 'jump', to: to(end.to) }
  if (end.op === 'return') return end
  const then = to(end.then)
  return { ...end, then, otherwise: to(end.otherwise) }
}

/**
 * For each block its immediate dominator (itself for the entry). Blocks are in reverse postorder.
 * The algorithm of Cooper, Harvey and Kennedy.
 */
export function dominators(blocks: readonly IrBlock[]): BlockId[] {
  const before = predecessors(blocks)
  const above: (BlockId | undefined)[] = blocks.map(() => undefined)
  above[0] = 0
  for (let changed = true; changed; ) {
    changed = false
    for (let id = 1; id < blocks.length; id++) {
      const known = (before[id] ?? []).filter(from => above[from] !== undefined)
      const [first, ...others] = known
      if (first === undefined) continue
      const nearest = others.reduce((a, b) => meet(a, b, above), first)
      if (above[id] !== nearest) {
        above[id] = nearest
        changed = true
      }
    }
  }
  return above.map((id, own) => id ?? own)
}

function meet(a: BlockId, b: BlockId, above: readonly (BlockId | undefined)[]): BlockId {
  while (a !== b) {
    if (a > b) a = above[a] ?? 0
    else b = above[b] ?? 0
  }
  return a
}

/** Whether every path to `b` goes through `a`. */
export function dominates(a: BlockId, b: BlockId, above: readonly BlockId[]): boolean {
  while (b > a) b = above[b] ?? 0
  return a === b
}

/** An instruction by its block and its index there. */
export interface Place {
  readonly block: BlockId
  readonly at: number
}

/** Which instructions are done when others are reached. */
export class Order {
  readonly #blocks: readonly IrBlock[]
  readonly #above: readonly BlockId[]
  readonly #afterFailure: Map<BlockId, ReadonlySet<BlockId>> = new Map()

  constructor(blocks: readonly IrBlock[]) {
    this.#blocks = blocks
    this.#above = dominators(blocks)
  }

  /** Whether the first is done on every path to the second. */
  isBefore(a: Place, b: Place): boolean {
    if (a.block === b.block) return a.at < b.at
    if (!dominates(a.block, b.block, this.#above)) return false
    const block = this.#blocks[a.block]
    const mayBeSkipped = block?.instructions.slice(0, a.at + 1).some(mayFail)
    if (block?.handler === undefined || !mayBeSkipped) return true
    return !this.#reachedAfterFailure(a.block, block.handler).has(b.block)
  }

  /** Blocks reached when this one fails, without going through it again. */
  #reachedAfterFailure(failed: BlockId, handler: BlockId): ReadonlySet<BlockId> {
    const known = this.#afterFailure.get(failed)
    if (known !== undefined) return known
    const reached = new Set<BlockId>()
    const work = [handler]
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (id === failed || reached.has(id)) continue
      reached.add(id)
      const block = this.#blocks[id]
      if (block !== undefined) work.push(...successors(block))
    }
    this.#afterFailure.set(failed, reached)
    return reached
  }
}

/** Registers that may be read before they are written, at the start of each block. */
export function liveAtStart(blocks: readonly IrBlock[]): ReadonlySet<Reg>[] {
  const live: Set<Reg>[] = blocks.map(() => new Set())
  for (let changed = true; changed; ) {
    changed = false
    for (let id = blocks.length - 1; id >= 0; id--) {
      const block = blocks[id]
      if (block === undefined) continue
      const now = liveInto(block, live)
      const old = live[id]
      if (old === undefined || now.size !== old.size) {
        live[id] = now
        changed = true
      }
    }
  }
  return live
}

function liveInto(block: IrBlock, live: readonly ReadonlySet<Reg>[]): Set<Reg> {
  const now = liveAtEnd(block, live)
  const caught = block.handler === undefined ? undefined : live[block.handler]
  for (const i of block.instructions.toReversed()) {
    // At the end of an iteration the registers of keys and value stay as they were.
    const written = i.op === 'iterate-next' ? [i.to] : definitions(i)
    for (const reg of written) now.delete(reg)
    for (const reg of usedRegisters(i)) now.add(reg)
    if (caught !== undefined && mayFail(i)) for (const reg of caught) now.add(reg)
  }
  return now
}

/** Registers that are still read after the last instruction of a block. */
export function liveAtEnd(block: IrBlock, live: readonly ReadonlySet<Reg>[]): Set<Reg> {
  const now = new Set<Reg>()
  for (const next of targets(block.end)) for (const reg of live[next] ?? []) now.add(reg)
  const last = endOperand(block.end)
  if (last?.kind === 'reg') now.add(last.reg)
  return now
}

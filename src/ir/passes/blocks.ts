import { arrange, predecessors, renumber } from '../graph.ts'
import { mayFail } from '../instruction.ts'
import type { BlockId, IrBlock, IrFunction } from '../ir.ts'

/** Jumps past blocks that do nothing, and joins blocks that only follow each other. */
export function joinBlocks(fn: IrFunction): IrFunction {
  const threaded = fn.blocks.map(block => renumber(block, id => destination(fn.blocks, id)))
  return { ...fn, blocks: merge(arrange(threaded)) }
}

/** Where a jump to this block ends up. */
function destination(blocks: readonly IrBlock[], id: BlockId): BlockId {
  const seen = new Set<BlockId>()
  for (let at = id; ; ) {
    const block = blocks[at]
    const isIdle = block?.instructions.length === 0 && block.loop === undefined
    if (!isIdle || block?.end.op !== 'jump' || seen.has(at)) return at
    seen.add(at)
    at = block.end.to
  }
}

function merge(blocks: readonly IrBlock[]): IrBlock[] {
  const before = predecessors(blocks)
  const merged = [...blocks]
  // From the last: what a block is joined with has been joined with its own follower already.
  for (let id = blocks.length - 1; id >= 0; id--) {
    const block = merged[id]
    if (block?.end.op !== 'jump') continue
    const { to } = block.end
    const next = merged[to]
    // A block can be its predecessor's next one and its handler as well.
    const isAlone = before[to]?.length === 1 && to !== 0 && to !== id && to !== block.handler
    if (next === undefined || !isAlone || next.loop !== undefined) continue
    if (!sameHandler(block, next)) continue
    const handler = block.handler ?? next.handler
    merged[id] = {
      ...block,
      instructions: [...block.instructions, ...next.instructions],
      end: next.end,
      ...(handler !== undefined && { handler }),
    }
  }
  return arrange(merged)
}

function sameHandler(a: IrBlock, b: IrBlock): boolean {
  return a.handler === b.handler || !a.instructions.some(mayFail) || !b.instructions.some(mayFail)
}

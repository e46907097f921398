import { formatText } from '../host/format.ts'
import type { LateContext } from '../host/late.ts'
import { lateValue } from '../host/late.ts'
import type { Value } from '../host/store.ts'
import type { LeafLayout, PrintSite, RecordLayout } from '../image.ts'
import type { RingMemory } from './ring.ts'

/** Frames of a stack leaf stand this far behind its length. */
export const STACK_DATA = 8

/** The leaves of the record at `offset`, as values. */
export function readLeaves(layout: RecordLayout, memory: RingMemory, offset: number): Value[] {
  let packedAt = offset + layout.fixedBytes
  const leaves: Value[] = []
  for (const leaf of layout.leaves) leaves.push(readLeaf(leaf))
  return leaves

  function readLeaf(leaf: LeafLayout): Value {
    const at = offset + leaf.offset
    switch (leaf.kind) {
      case 'long':
        return memory.i64[at >> 3] ?? 0n
      case 'text':
        return textBefore(memory, at, leaf.bytes)
      case 'buckets':
        return bytesText(memory, at, at + leaf.bytes)
      case 'packed': {
        const start = packedAt
        packedAt += memory.u32[at >> 2] ?? 0
        return bytesText(memory, start, packedAt)
      }
      case 'stack': {
        const start = at + STACK_DATA
        return bytesText(memory, start, start + stackBytes(memory, leaf, at))
      }
    }
  }
}

/** A stack that could not be taken has a negated errno for its length. */
function stackBytes(
  memory: RingMemory,
  leaf: Extract<LeafLayout, { kind: 'stack' }>,
  at: number,
): number {
  return Math.min(Math.max(memory.i32[at >> 2] ?? 0, 0), leaf.bytes)
}

function textBefore(memory: RingMemory, at: number, bytes: number): string {
  const end = memory.u8.subarray(at, at + bytes).indexOf(0)
  return bytesText(memory, at, end < 0 ? at + bytes : at + end)
}

function bytesText({ u8 }: RingMemory, start: number, end: number): string {
  return Buffer.from(u8.buffer, u8.byteOffset + start, end - start).toString('latin1')
}

/** What the record prints: slow, for what the writer of its site cannot take. */
export function recordText(
  site: PrintSite,
  memory: RingMemory,
  offset: number,
  context: LateContext,
): string {
  const leaves = readLeaves(site.record, memory, offset)
  const args = site.args.map(late => lateValue(late, leaves, context))
  return formatText(site.format, args)
}

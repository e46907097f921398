import type { Member } from '../kernel/types.ts'

export type LoadSize = 1 | 2 | 4 | 8

/**
 * How a scalar is read from memory. `unit`: bytes between where the member starts (its offset in
 * whole bytes) and where the read starts; a bitfield may need bytes in front of it.
 */
export interface Access {
  readonly unit: number
  readonly size: LoadSize
  readonly bitfield?: { readonly shift: number; readonly width: number }
}

/** Undefined for a bitfield that no read of 8 aligned bytes holds, as packed structs may have. */
export function access(size: number, member: Member | undefined): Access | undefined {
  const width = member?.widthBits
  if (member === undefined || width === undefined) return { unit: 0, size: loadSize(size) }
  // The smallest aligned unit that holds all bits; both supported machines are little-endian.
  for (const unitSize of [1, 2, 4, 8] as const) {
    const start = Math.floor(member.offsetBits / 8 / unitSize) * unitSize
    const shift = member.offsetBits - start * 8
    if (shift + width > unitSize * 8) continue
    return {
      unit: start - Math.floor(member.offsetBits / 8),
      size: unitSize,
      bitfield: { shift, width },
    }
  }
  return undefined
}

function loadSize(size: number): LoadSize {
  return size === 1 || size === 2 || size === 4 ? size : 8
}

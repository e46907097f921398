import type { GlobalInfo, Value } from '../host/store.ts'

// Keys and values of arrays as the maps of the kernel hold them.

export const ORDER_BYTES = 8
export const LONG_BYTES = 8
export const E2BIG = 7

/** `keyBytes`: of each component, in order. */
export function encodeKey(keyBytes: readonly number[], keys: readonly Value[]): Uint8Array {
  const sizes = keys.map((key, i) => (typeof key === 'string' ? (keyBytes[i] ?? 0) : LONG_BYTES))
  const bytes = Buffer.alloc(sizes.reduce((sum, n) => sum + n, 0))
  let at = 0
  keys.forEach((key, i) => {
    const size = sizes[i] ?? 0
    if (typeof key === 'bigint') bytes.writeBigInt64LE(key, at)
    else writeText(bytes.subarray(at, at + size), key)
    at += size
  })
  return bytes
}

export function decodeKey(
  g: GlobalInfo,
  keyBytes: readonly number[],
  key: Uint8Array,
): readonly Value[] {
  let at = 0
  return g.keys.map((type, i) => {
    const size = type === 'string' ? (keyBytes[i] ?? 0) : LONG_BYTES
    const part = key.subarray(at, at + size)
    at += size
    return type === 'string' ? readText(part) : buffer(part).readBigInt64LE()
  })
}

/** The order of insertion stands in front of a value. */
export function readOrder(value: Uint8Array): bigint {
  return buffer(value).readBigUInt64LE()
}

export function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return buffer(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1')
}

/** Zero padded, and with at least one NUL. */
export function writeText(bytes: Uint8Array, text: string): void {
  bytes.fill(0)
  buffer(bytes).write(text.slice(0, bytes.length - 1), 'latin1')
}

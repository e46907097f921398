import { MAXSTRINGLEN } from '../ir/ir.ts'
import { spelled } from '../text/escapes.ts'

// The string functions of the library that are more than a line. The kernel's are in
// src/codegen/text-functions.ts, and give the same.

/** 0 outside the string. */
export function byteAt(text: string, index: bigint): number {
  return index >= 0n && index < BigInt(text.length) ? text.charCodeAt(Number(index)) : 0
}

/**
 * The number at the start of a string, as the kernel's simple_strtol() reads it: an optional `-`,
 * no white space, digits up to f. Base 0 takes it from the prefix, `0x` or `0`.
 */
export function strtol(text: string, base: bigint): bigint {
  const negative = text.startsWith('-')
  let at = negative ? 1 : 0
  const isHex = /^0[xX][0-9a-fA-F]/.test(text.slice(at))
  const radix = base !== 0n ? base : isHex ? 16n : text[at] === '0' ? 8n : 10n
  if (radix < 2n || radix > MAX_RADIX) return 0n
  if (radix === 16n && isHex) at += 2
  let value = 0n
  for (; at < text.length; at++) {
    const digit = BigInt(DIGITS.indexOf((text[at] ?? '').toLowerCase()))
    if (digit < 0n || digit >= radix) break
    value = BigInt.asIntN(64, value * radix + digit)
  }
  return BigInt.asIntN(64, negative ? -value : value)
}

export const MAX_RADIX = 36n
const DIGITS = '0123456789abcdef'

/**
 * At most `length` bytes of a string, 0 for all of it, as they would stand in a C string. With
 * `quoted` it gets its quotes, and `...` behind them where it goes on.
 */
export function escaped(text: string, length: bigint, quoted: boolean): string {
  const room = MAXSTRINGLEN - 1 - (quoted ? '""...'.length : 0)
  const limit = length <= 0n || length > room ? room : Number(length)
  let body = ''
  let taken = 0
  for (; taken < Math.min(text.length, limit); taken++) {
    const next = spelled(text.charCodeAt(taken), '"')
    if (body.length + next.length > room) break
    body += next
  }
  if (!quoted) return body
  return `"${body}"${taken < text.length ? '...' : ''}`
}

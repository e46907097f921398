import { spelled } from '../text/escapes.ts'
import type { Conversion, Format } from '../text/format.ts'

// What a conversion prints follows SystemTap's runtime/vsprintf.c: where it differs from C, so
// does this (a '0' flag works beside a precision; '#' prefixes zero too).

/** Memory as %m and %M of an address see it: bytes, or undefined where it cannot be read. */
export type MemoryReader = (address: bigint, count: number, user: boolean) => string | undefined

/** Thrown by %m and %M of an address that cannot be read. */
export class MemoryFault extends Error {
  readonly address: bigint
  constructor(address: bigint) {
    super('read fault')
    this.name = 'MemoryFault'
    this.address = address
  }
}

/** Widths and precisions above this are cut to it (STP_BUFFER_SIZE of SystemTap). */
export const MAX_FIELD = 8192

/**
 * The bytes that a format gives for these values. There is one value for each `*` and each
 * conversion, in order. For %m and %M a string stands for the bytes themselves, already read.
 */
export function formatText(
  format: Format,
  args: readonly (bigint | string)[],
  memory?: MemoryReader,
): string {
  let text = ''
  let next = 0
  for (const piece of format) {
    if (piece.kind === 'literal') {
      text += piece.text
      continue
    }
    const width = piece.width === '*' ? long(args[next++]) : piece.width
    const precision = piece.precision === '*' ? long(args[next++]) : piece.precision
    text += formatConversion(piece, args[next++] ?? 0n, width, precision, memory)
  }
  return text
}

/** One conversion. `width` and `precision` are the values, where the conversion says `*`. */
export function formatConversion(
  conversion: Conversion,
  value: bigint | string,
  width: bigint | number | undefined,
  precision: bigint | number | undefined,
  memory?: MemoryReader,
): string {
  const negative = width !== undefined && width < 0
  const field: Field = {
    left: conversion.flag === '-' || negative,
    // A negative width says left, as `-` does (vsnprintf).
    width: width === undefined ? 0 : clamp(negative ? -width : width),
    precision: precision === undefined ? undefined : clamp(precision),
    hasWidth: width !== undefined,
  }
  switch (conversion.conversion) {
    case 's':
      return padded(cut(String(value), field.precision), field)
    case 'c':
      return padded(character(Number(BigInt.asUintN(8, long(value))), conversion.flag), field)
    case 'b':
      return binary(long(value), field)
    case 'm':
      return padded(memoryBytes(conversion, value, field, memory), field)
    case 'M':
      return padded(hexBytes(memoryBytes(conversion, value, field, memory)), field)
    case 'd':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
    case 'p':
      return integer(conversion, long(value), field)
  }
}

interface Field {
  readonly left: boolean
  readonly width: number
  readonly hasWidth: boolean
  readonly precision: number | undefined
}

function clamp(value: bigint | number): number {
  const n = Number(value)
  return n < 0 ? 0 : n > MAX_FIELD ? MAX_FIELD : n
}

function long(value: bigint | string | undefined): bigint {
  return typeof value === 'bigint' ? value : 0n
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : text.slice(0, precision)
}

function padded(text: string, field: Field): string {
  return field.left ? text.padEnd(field.width) : text.padStart(field.width)
}

function integer(conversion: Conversion, value: bigint, field: Field): string {
  const { flag } = conversion
  const sign = signOf(conversion, value)
  const prefix = prefixOf(conversion)
  const digits = digitsOf(conversion, value).padStart(field.precision ?? 0, '0')
  if (flag === '0' && !field.left) {
    return sign + prefix + digits.padStart(field.width - sign.length - prefix.length, '0')
  }
  return padded(sign + prefix + digits, field)
}

function signOf({ conversion, flag }: Conversion, value: bigint): string {
  if (conversion !== 'd') return ''
  if (value < 0n) return '-'
  return flag === '+' || flag === ' ' ? flag : ''
}

function prefixOf({ conversion, flag }: Conversion): string {
  if (conversion === 'p') return '0x'
  if (flag !== '#') return ''
  return conversion === 'x' ? '0x' : conversion === 'X' ? '0X' : conversion === 'o' ? '0' : ''
}

function digitsOf({ conversion }: Conversion, value: bigint): string {
  if (conversion === 'd') return (value < 0n ? -value : value).toString()
  const bits = BigInt.asUintN(64, value)
  if (conversion === 'u') return bits.toString()
  if (conversion === 'o') return bits.toString(8)
  const hex = bits.toString(16)
  return conversion === 'X' ? hex.toUpperCase() : hex
}

function character(code: number, flag: Conversion['flag']): string {
  return flag === '#' ? spelled(code, "'") : String.fromCharCode(code)
}

/** The low bytes, little-endian as on both machines klew knows; padded with NULs. */
function binary(value: bigint, field: Field): string {
  const sizes = [1, 2, 4, 8]
  const { precision, width, hasWidth } = field
  const size =
    precision !== undefined && sizes.includes(precision)
      ? precision
      : hasWidth && sizes.includes(width)
        ? width
        : 8
  let text = ''
  for (let i = 0; i < size; i++) {
    text += String.fromCharCode(Number((value >> BigInt(8 * i)) & 0xffn))
  }
  return field.left ? text.padEnd(width, '\0') : text.padStart(width, '\0')
}

function memoryBytes(
  conversion: Conversion,
  value: bigint | string,
  field: Field,
  memory: MemoryReader | undefined,
): string {
  if (typeof value === 'string') return value
  const count = field.precision || 1
  const bytes = memory?.(value, count, conversion.flag === '#')
  if (bytes === undefined) throw new MemoryFault(value)
  return bytes
}

function hexBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

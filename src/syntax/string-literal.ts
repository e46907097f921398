import { toBytes } from '../text/bytes.ts'
import { type Language, languageOf } from './version.ts'

const simple: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
])

const ESCAPE = /\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|[\s\S])/uy

/**
 * The bytes that stand between the quotes of a literal. Octal escapes have up to three digits and
 * `\x` up to two; any other escaped character stands for itself.
 */
export function decodeString(inside: string, language: Language = languageOf(undefined)): string {
  let backslash = inside.indexOf('\\')
  if (backslash < 0) return toBytes(inside)
  let result = ''
  let at = 0
  for (; backslash >= 0; backslash = inside.indexOf('\\', at)) {
    ESCAPE.lastIndex = backslash
    const written = ESCAPE.exec(inside)?.[0]
    // A backslash at the very end of an unterminated literal escapes nothing.
    if (written === undefined) break
    result += toBytes(inside.slice(at, backslash)) + decodeEscape(written, language)
    at = backslash + written.length
  }
  return result + toBytes(inside.slice(at))
}

/** Where, in the text between the quotes, the byte with this index of the decoded string begins. */
export function offsetInLiteral(inside: string, index: number): number {
  const piece = new RegExp(`${ESCAPE.source}|[\\s\\S]`, 'gu')
  let bytes = 0
  for (const match of inside.matchAll(piece)) {
    if (bytes >= index) return match.index
    bytes += decodeString(match[0]).length
  }
  return inside.length
}

/** The literal, with its quotes, that reads as these bytes. */
export function encodeString(bytes: string): string {
  let result = '"'
  for (let i = 0; i < bytes.length; i++) result += encodeByte(bytes.charCodeAt(i))
  return `${result}"`
}

function decodeEscape(written: string, language: Language): string {
  const rest = written.slice(1)
  const named = simple.get(rest)
  if (named !== undefined) return named
  if (/^[0-7]/.test(rest)) return String.fromCharCode(Number.parseInt(rest, 8) & 0xff)
  if (/^x[0-9a-fA-F]/.test(rest)) {
    if (!language.hexEscapes) return rest
    return String.fromCharCode(Number.parseInt(rest.slice(1), 16))
  }
  return toBytes(rest)
}

function encodeByte(code: number): string {
  if (code === 0x22) return '\\"'
  if (code === 0x5c) return '\\\\'
  if (code === 0x0a) return '\\n'
  if (code === 0x09) return '\\t'
  // Three digits always, so that a digit that follows is not read as part of the escape.
  if (code < 0x20 || code > 0x7e) return `\\${code.toString(8).padStart(3, '0')}`
  return String.fromCharCode(code)
}

import type { NumberLiteral, StringLiteral } from './ast.ts'
import { expectedLiteral, numberOutOfRange } from './errors.ts'
import type { Parser } from './parser-state.ts'
import type { Token } from './token.ts'

const UNSIGNED_LIMIT = 1n << 64n
const SIGNED_LIMIT = 1n << 63n

/** The value as written, 0 to 2^64-1; anything else is reported and reads as 0. */
function readNumber(p: Parser, token: Token): bigint {
  const { text } = token
  let value: bigint | undefined
  if (/^(?:0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)$/.test(text)) value = BigInt(text)
  else if (/^0[0-7]+$/.test(text)) value = BigInt(`0o${text}`)
  if (value !== undefined && value < UNSIGNED_LIMIT) return value
  p.add(numberOutOfRange(p.spanOf(token), text))
  return 0n
}

export function parseNumber(p: Parser): NumberLiteral {
  const token = p.advance()
  const value = BigInt.asIntN(64, readNumber(p, token))
  return { kind: 'number', value, span: p.spanOf(token) }
}

/** One or more literals side by side, which are one string. */
export function parseString(p: Parser): StringLiteral {
  const start = p.token.start
  let value = p.advance().text
  while (p.token.kind === 'string') value += p.advance().text
  return { kind: 'string', value, span: p.spanFrom(start) }
}

/** A string, or a number that may be negative: what must be known before the script runs. */
export function parseLiteral(p: Parser, where: string): NumberLiteral | StringLiteral {
  if (p.token.kind === 'string') return parseString(p)
  if (p.token.kind === 'number') return parseNumber(p)
  const next = p.peek(1)
  if (p.is('-') && next.kind === 'number') return parseNegative(p)
  return p.fail(expectedLiteral(p.gap(), where, p.token))
}

/** A number as such, or with a minus. */
export function parseSignedNumber(p: Parser, where: string): NumberLiteral {
  const next = p.peek(1)
  if (p.token.kind === 'number') return parseNumber(p)
  if (p.is('-') && next.kind === 'number') return parseNegative(p)
  return p.failExpected('a literal number', where)
}

function parseNegative(p: Parser): NumberLiteral {
  const sign = p.advance()
  const token = p.advance()
  const span = p.spanFrom(sign.start)
  const size = readNumber(p, token)
  if (size > SIGNED_LIMIT) p.add(numberOutOfRange(span, `-${token.text}`))
  return { kind: 'number', value: BigInt.asIntN(64, -size), span }
}

import { parseFormat } from '../text/format.ts'
import type { Span } from '../text/source.ts'
import type { Expression, PrintExpression, PrintName, StringLiteral } from './ast.ts'
import {
  badFormat,
  callWithoutParentheses,
  delimiterNotLiteral,
  formatNotLiteral,
  tooFewPrinted,
  tooManyPrinted,
} from './errors.ts'
import { parseString } from './literal.ts'
import type { Parser } from './parser-state.ts'
import { offsetInLiteral } from './string-literal.ts'

interface Kind {
  readonly literal: 'none' | 'format' | 'delimiter'
  /** Fewest values behind the literal. */
  readonly least: number
}

const kinds: Readonly<Record<PrintName, Kind>> = {
  print: { literal: 'none', least: 1 },
  println: { literal: 'none', least: 0 },
  printf: { literal: 'format', least: 0 },
  printd: { literal: 'delimiter', least: 2 },
  printdln: { literal: 'delimiter', least: 2 },
  sprint: { literal: 'none', least: 1 },
  sprintln: { literal: 'none', least: 0 },
  sprintf: { literal: 'format', least: 0 },
  sprintd: { literal: 'delimiter', least: 2 },
  sprintdln: { literal: 'delimiter', least: 2 },
}

export const printNames: readonly string[] = Object.keys(kinds)

const MAX_VALUES = 32

export function isPrintName(text: string): text is PrintName {
  return Object.hasOwn(kinds, text)
}

/** A call of the print family; `name` is the current token. */
export function parsePrint(
  p: Parser,
  name: PrintName,
  parseExpression: (p: Parser) => Expression,
): PrintExpression {
  const start = p.token.start
  const nameSpan = p.spanOf(p.advance())
  if (!p.is('(')) p.fail(callWithoutParentheses(nameSpan, name))
  p.advance()
  const kind = kinds[name]
  const literal = kind.literal === 'none' ? undefined : parseLeading(p, name, kind.literal)
  const values: Expression[] = []
  const more = literal === undefined ? !p.is(')') : p.eat(',')
  // A whole histogram prints alone: `print(@hist_log(s))`.
  if (literal === undefined) p.loneHistogram = p.position
  if (more) {
    do values.push(parseExpression(p))
    while (p.eat(','))
  }
  p.expect(')', `after the arguments of '${name}'`)
  const span = p.spanFrom(start)
  if (values.length < kind.least) p.add(tooFewPrinted(span, name, kind.least))
  if (values.length > MAX_VALUES) p.add(tooManyPrinted(span, values.length, MAX_VALUES))
  const rest = { arguments: values, span }
  return { kind: 'print', name, nameSpan, ...(literal === undefined ? {} : { literal }), ...rest }
}

/** The format or delimiter: one literal, and nothing that continues it to an expression. */
function parseLeading(p: Parser, name: string, literal: 'format' | 'delimiter'): StringLiteral {
  const notLiteral = literal === 'format' ? formatNotLiteral : delimiterNotLiteral
  if (p.token.kind !== 'string') p.fail(notLiteral(p.gap(), name))
  const read = parseString(p)
  if (literal === 'format') checkFormat(p, read)
  return read
}

function checkFormat(p: Parser, literal: StringLiteral): void {
  const result = parseFormat(literal.value)
  if ('error' in result) p.add(badFormat(placeInLiteral(literal, result), result.error))
}

/** Where in the script bytes of the literal stand, if it is one that is written out there. */
function placeInLiteral(
  literal: StringLiteral,
  bytes: { readonly start: number; readonly end: number },
): Span {
  const { source, start, end } = literal.span
  const written = source.text.slice(start, end)
  if (!/^"(?:[^"\\]|\\[\s\S])*"$/u.test(written)) return literal.span
  const inside = written.slice(1, -1)
  const from = start + 1 + offsetInLiteral(inside, bytes.start)
  return source.span(from, start + 1 + offsetInLiteral(inside, bytes.end))
}

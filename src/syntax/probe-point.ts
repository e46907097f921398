import type { Expression, PointComponent, ProbePoint } from './ast.ts'
import {
  badName,
  expectedProbePoint,
  markInside,
  markTwice,
  tooManyParts,
  tooManyPoints,
} from './errors.ts'
import { parseExpression } from './expression.ts'
import { parseLiteral } from './literal.ts'
import type { Parser } from './parser-state.ts'

/** More than any script means to write; braces multiply. */
const MAX_POINTS = 4096

/** Parts between dots; each costs time in every later stage. */
const MAX_PARTS = 256

/** Components between dots, with the marks that stand behind them. */
interface Sequence {
  readonly components: readonly PointComponent[]
  readonly mark?: '?' | '!'
  readonly condition?: Expression
}

/**
 * One probe point as written, which braces may make several:
 * `kernel.{function("a"),trace("b")}` is two. The marks `?`, `!` and `if (…)` apply to each.
 */
export function parseProbePoint(p: Parser): ProbePoint[] {
  const { start } = p.token
  const sequences = parseMarked(p)
  const span = p.spanFrom(start)
  return sequences.map(({ components, mark, condition }) => ({
    components,
    optional: mark !== undefined,
    sufficient: mark === '!',
    ...(condition === undefined ? {} : { condition }),
    span,
  }))
}

/** Sequences with `?` or `!`, then `if (…)`, behind them. */
function parseMarked(p: Parser): Sequence[] {
  const sequences = parseSequences(p)
  const at = p.token
  const mark = p.eat('?') ? '?' : p.eat('!') ? '!' : undefined
  if (mark !== undefined && sequences.some(s => s.mark !== undefined)) {
    p.fail(markTwice(p.spanOf(at), mark))
  }
  const word = p.token
  const condition = p.isKeyword('if') ? parseCondition(p) : undefined
  if (condition !== undefined && sequences.some(s => s.condition !== undefined)) {
    p.fail(markTwice(p.spanOf(word), 'if'))
  }
  if (mark === undefined && condition === undefined) return sequences
  return sequences.map(s => ({
    ...s,
    ...(mark === undefined ? {} : { mark }),
    ...(condition === undefined ? {} : { condition }),
  }))
}

function parseCondition(p: Parser): Expression {
  p.advance()
  p.expect('(', "after 'if'")
  const condition = parseExpression(p)
  p.expect(')', 'after the condition of the probe point')
  return condition
}

/** Components between dots. A `{` list stands for each of what it holds. */
function parseSequences(p: Parser): Sequence[] {
  p.enter()
  let sequences: Sequence[] = [{ components: [] }]
  do {
    const place = p.spanOf(p.token)
    const marked = sequences.some(s => s.mark !== undefined || s.condition !== undefined)
    if (marked) p.fail(markInside(place))
    const next = p.is('{') ? parseBraces(p) : [{ components: [parseComponent(p)] }]
    if (sequences.length * next.length > MAX_POINTS) p.fail(tooManyPoints(place, MAX_POINTS))
    sequences = sequences.flatMap(head => next.map(tail => joined(head, tail)))
    if ((sequences[0]?.components.length ?? 0) > MAX_PARTS) p.fail(tooManyParts(place, MAX_PARTS))
  } while (p.eat('.'))
  p.leave()
  return sequences
}

function joined(head: Sequence, tail: Sequence): Sequence {
  const components = [...head.components, ...tail.components]
  const { mark, condition } = tail
  if (mark === undefined && condition === undefined) return { components }
  return { ...tail, components }
}

function parseBraces(p: Parser): Sequence[] {
  p.advance()
  const alternatives: Sequence[] = []
  do alternatives.push(...parseMarked(p))
  while (p.eat(','))
  p.expect('}', 'after the alternatives')
  return alternatives
}

function parseComponent(p: Parser): PointComponent {
  const { start } = p.token
  const name = parseComponentName(p)
  if (!p.eat('(')) return { name, span: p.spanFrom(start) }
  const argument = parseLiteral(p, `as the argument of '${name}'`)
  p.expect(')', `after the argument of '${name}'`)
  return { name, argument, span: p.spanFrom(start) }
}

/** A name made of words and `*`, which the lexer took apart. Keywords are names here. */
function parseComponentName(p: Parser): string {
  let name = ''
  while (isNamePart(p) && (name === '' || p.touches())) {
    if (/[$@]/.test(p.token.text)) p.fail(badName(p.spanOf(p.token), p.token.text))
    name += p.advance().text
  }
  if (name === '') p.fail(expectedProbePoint(p.gap(), p.token))
  return name
}

function isNamePart(p: Parser): boolean {
  const { kind } = p.token
  return kind === 'name' || kind === 'keyword' || p.is('*')
}

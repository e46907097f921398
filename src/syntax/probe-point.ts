import type { Expression, PointComponent, ProbePoint } from './ast.ts'
import { badName, expectedProbePoint, tooManyPoints } from './errors.ts'
import { parseExpression } from './expression.ts'
import { parseLiteral } from './literal.ts'
import type { Parser } from './parser-state.ts'

/** More than any script means to write; braces multiply. */
const MAX_POINTS = 4096

/**
 * One probe point as written, which braces may make several:
 * `kernel.{function("a"),trace("b")}` is two. The marks `?`, `!` and `if (…)` apply to each.
 */
export function parseProbePoint(p: Parser): ProbePoint[] {
  const { start } = p.token
  const sequences = parseSequences(p)
  let optional = false
  let sufficient = false
  let condition: Expression | undefined
  for (;;) {
    if (p.eat('?')) optional = true
    else if (p.eat('!')) sufficient = true
    else if (condition === undefined && p.isKeyword('if')) condition = parseCondition(p)
    else break
  }
  const flags = { optional: optional || sufficient, sufficient }
  const only = condition === undefined ? {} : { condition }
  const span = p.spanFrom(start)
  return sequences.map(components => ({ components, ...flags, ...only, span }))
}

function parseCondition(p: Parser): Expression {
  p.advance()
  p.expect('(', "after 'if'")
  const condition = parseExpression(p)
  p.expect(')', 'after the condition of the probe point')
  return condition
}

/** Components between dots. A `{` list stands for each of what it holds. */
function parseSequences(p: Parser): PointComponent[][] {
  p.enter()
  let sequences: PointComponent[][] = [[]]
  do {
    const alternatives = p.is('{') ? parseBraces(p) : [[parseComponent(p)]]
    if (sequences.length * alternatives.length > MAX_POINTS) {
      p.fail(tooManyPoints(p.spanOf(p.token), MAX_POINTS))
    }
    sequences = sequences.flatMap(head => alternatives.map(tail => [...head, ...tail]))
  } while (p.eat('.'))
  p.leave()
  return sequences
}

function parseBraces(p: Parser): PointComponent[][] {
  p.advance()
  const alternatives: PointComponent[][] = []
  do alternatives.push(...parseSequences(p))
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
  return kind === 'name' || kind === 'keyword' || kind === 'number' || p.is('*')
}

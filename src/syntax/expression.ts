import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import type {
  AnyKey,
  AssignOperator,
  BinaryOperator,
  CallExpression,
  ConditionalExpression,
  ElementExpression,
  EmbeddedCode,
  Expression,
  HistogramExpression,
  IncrementExpression,
  Name,
  SliceKey,
} from './ast.ts'
import {
  addressOfNothing,
  addressTwice,
  badName,
  expectedArray,
  expectedExpression,
  histogramAlone,
  inIsNotChained,
  keyListWithoutIn,
  keywordAsName,
  matchIsNotChained,
  misspeltKeyword,
  needsGuru,
  notAssignable,
  notIncrementable,
  patternNotLiteral,
  wildcardKey,
} from './errors.ts'
import { parseNumber, parseString } from './literal.ts'
import { isHistogramName, parseHistogram, parseWord } from './operator-word.ts'
import type { Parser } from './parser-state.ts'
import { isPrintName, parsePrint } from './print-call.ts'
import { parsePath, splitPretty } from './target.ts'
import type { Token } from './token.ts'

const assignOperators: ReadonlyMap<string, AssignOperator> = new Map(
  (['=', '<<<', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|=', '.='] as const).map(
    o => [o, o],
  ),
)

interface Level {
  readonly level: number
  readonly operator: BinaryOperator
}

/** The level of `in`, and of comparison, on the scale of `levels`. */
const IN = 6
const COMPARISON = 7

// Loosest first; all group to the left.
const levels: ReadonlyMap<string, Level> = new Map(
  (
    [
      [1, ['||']],
      [2, ['&&']],
      [3, ['|']],
      [4, ['^']],
      [5, ['&']],
      [COMPARISON, ['<', '>', '<=', '>=', '==', '!=']],
      [8, ['<<', '>>', '>>>']],
      [9, ['.']],
      [10, ['+', '-']],
      [11, ['*', '/', '%']],
    ] as const
  ).flatMap(([level, operators]) =>
    operators.map((operator): [string, Level] => [operator, { level, operator }]),
  ),
)

const LOOSEST = 1

export function parseExpression(p: Parser): Expression {
  p.enter()
  const outer = p.startHeight()
  const start = p.token.start
  const left = parseConditional(p)
  const operator = p.token.kind === 'operator' ? assignOperators.get(p.token.text) : undefined
  const result = operator === undefined ? left : parseAssignment(p, operator, { left, start })
  p.endHeight(outer)
  p.leave()
  return result
}

function parseAssignment(
  p: Parser,
  operator: AssignOperator,
  { left, start }: { readonly left: Expression; readonly start: number },
): Expression {
  if (!isAssignable(left)) p.fail(notAssignable(left.span, operator))
  const operatorSpan = p.spanOf(p.advance())
  const value = parseExpression(p)
  return { kind: 'assign', operator, operatorSpan, target: left, value, span: p.spanFrom(start) }
}

function isAssignable(e: Expression): boolean {
  switch (e.kind) {
    case 'name':
      return true
    case 'element':
      return e.array.kind === 'name'
    case 'target':
    case 'member':
    case 'cast':
      return !e.addressOf && e.pretty === 0
    default:
      return false
  }
}

function parseConditional(p: Parser): Expression {
  const start = p.token.start
  const test = parseBinary(p, LOOSEST)
  if (!p.eat('?')) return test
  const then = parseExpression(p)
  p.expect(':', "between the two values of '?'")
  p.enter()
  const otherwise = parseConditional(p)
  p.grow()
  p.leave()
  const span = p.spanFrom(start)
  return { kind: 'conditional', test, then, otherwise, span } satisfies ConditionalExpression
}

/** Precedence climbing: an operand, and every operator of at least this level with its own. */
function parseBinary(p: Parser, least: number): Expression {
  const start = p.token.start
  let left = p.is('[') && least <= IN ? parseKeyed(p, start) : parseUnary(p)
  let bare: Expression | undefined =
    left.kind === 'in' && left.span.start === start ? left : undefined
  for (;;) {
    const next = parseOperation(p, left, { start, least, bare })
    if (next === undefined) return left
    left = next
    bare = next
    p.grow()
  }
}

interface Operand {
  readonly start: number
  /** The loosest level that may follow. */
  readonly least: number
  /** The operand, if it is an operation without parentheses. */
  readonly bare: Expression | undefined
}

/** `left` with the operator that follows it, or undefined if none does that binds so tightly. */
function parseOperation(
  p: Parser,
  left: Expression,
  { start, least, bare }: Operand,
): Expression | undefined {
  const bareIn = bare?.kind === 'in'
  const matched = bare?.kind === 'match'
  const compared = bare?.kind === 'binary' && levels.get(bare.operator)?.level === COMPARISON
  if (p.isKeyword('in')) {
    return least > IN || bareIn ? undefined : parseIn(p, [left], start)
  }
  if (p.token.kind !== 'operator') return undefined
  const match = p.is('=~') || p.is('!~')
  const found = levels.get(p.token.text)
  const level = match ? COMPARISON : (found?.level ?? 0)
  if (level < least) return undefined
  if (matched && level > IN) {
    if (level === COMPARISON || p.is('.')) p.fail(matchIsNotChained(p.spanOf(p.token)))
    return undefined
  }
  if (match && compared) p.fail(matchIsNotChained(p.spanOf(p.token)))
  if (bareIn && level >= IN) {
    // A sign, `*` … may start the next statement; a comparison is a misreading of the precedence.
    if (level === COMPARISON) p.fail(inIsNotChained(p.spanOf(p.token)))
    return undefined
  }
  if (found === undefined) return parseMatch(p, left, start)
  const operatorSpan = p.spanOf(p.advance())
  const right = parseBinary(p, level + 1)
  const { operator } = found
  return { kind: 'binary', operator, operatorSpan, left, right, span: p.spanFrom(start) }
}

function parseMatch(p: Parser, left: Expression, start: number): Expression {
  const operator = p.token.text === '=~' ? '=~' : '!~'
  p.advance()
  if (p.token.kind !== 'string') p.fail(patternNotLiteral(p.gap(), operator))
  const pattern = parseString(p)
  return { kind: 'match', operator, left, pattern, span: p.spanFrom(start) }
}

/** `[a, *] in m`; a list of one that no `in` follows is that one value. */
function parseKeyed(p: Parser, start: number): Expression {
  const keys = parseKeys(p, parseComparison)
  if (p.isKeyword('in')) return parseIn(p, keys, start)
  const [only] = keys
  if (keys.length !== 1 || only === undefined || only.kind === 'any') {
    return p.fail(keyListWithoutIn(p.spanFrom(start)))
  }
  return only
}

/** A key in front of `in` is a comparison or what binds tighter; the rest needs parentheses. */
function parseComparison(p: Parser): Expression {
  p.enter()
  const outer = p.startHeight()
  const key = parseBinary(p, COMPARISON)
  p.endHeight(outer)
  p.leave()
  return key
}

function parseIn(p: Parser, keys: readonly SliceKey[], start: number): Expression {
  p.advance()
  const array = parseIndexable(p)
  return { kind: 'in', keys, array, span: p.spanFrom(start) }
}

/** What can be indexed and iterated: the name of an array, or a histogram. */
export function parseIndexable(p: Parser): Name | HistogramExpression {
  const { token } = p
  if (token.kind === 'name' && isHistogramName(token.text)) {
    return parseHistogram(p, parseExpression)
  }
  if (token.kind !== 'name' || /[$@]/.test(token.text)) p.fail(expectedArray(p.gap(), token))
  p.advance()
  return { kind: 'name', name: token.text, span: p.spanOf(token) }
}

/** `[key, *, …]` */
export function parseKeys(p: Parser, parseOne: (p: Parser) => Expression): SliceKey[] {
  const keys: SliceKey[] = []
  p.expect('[', 'before the keys')
  do keys.push(parseKey(p, parseOne))
  while (p.eat(','))
  p.expect(']', 'after the keys')
  return keys
}

function parseKey(p: Parser, parseOne: (p: Parser) => Expression): SliceKey {
  const next = p.peek(1)
  if (p.is('*') && next.kind === 'operator' && (next.text === ',' || next.text === ']')) {
    return { kind: 'any', span: p.spanOf(p.advance()) } satisfies AnyKey
  }
  return parseOne(p)
}

function parseUnary(p: Parser): Expression {
  const { token } = p
  if (token.kind !== 'operator') return parseIncrement(p)
  const { text } = token
  if (text !== '+' && text !== '-' && text !== '!' && text !== '~') return parseIncrement(p)
  p.enter()
  p.advance()
  const operand = parseUnary(p)
  p.grow()
  p.leave()
  return { kind: 'unary', operator: text, operand, span: p.spanFrom(token.start) }
}

function parseIncrement(p: Parser): Expression {
  const { token } = p
  if (p.is('++') || p.is('--')) {
    p.advance()
    return increment(p, token, parsePostfix(p), true)
  }
  const operand = parsePostfix(p)
  if (!p.is('++') && !p.is('--')) return operand
  return increment(p, p.advance(), operand, false)
}

function increment(
  p: Parser,
  token: Token,
  target: Expression,
  prefix: boolean,
): IncrementExpression {
  if (!isAssignable(target)) p.fail(notIncrementable(target.span, token.text))
  const operator = token.text === '++' ? '++' : '--'
  const span = p.spanFrom(prefix ? token.start : target.span.start)
  return { kind: 'increment', operator, prefix, target, span }
}

/** A value with its `->member` and `[index]`, and `&` before it. */
function parsePostfix(p: Parser): Expression {
  const start = p.token.start
  const addressOf = p.eat('&')
  const parenthesised = p.is('(')
  const base = parsePrimary(p)
  if (!parenthesised && (base.kind === 'target' || base.kind === 'cast')) {
    // It has read its own path.
    return addressOf ? { ...base, addressOf, span: p.spanFrom(start) } : base
  }
  if (!p.is('->') && !p.is('[')) {
    if (!addressOf) return base
    const isPlace = base.kind === 'target' || base.kind === 'cast' || base.kind === 'member'
    if (isPlace && !base.addressOf) return { ...base, addressOf, span: p.spanFrom(start) }
    if (base.kind === 'conditional') {
      // Which of the two it is the address of may be known before the script runs.
      return { kind: 'member', base, path: [], addressOf, pretty: 0, span: p.spanFrom(start) }
    }
    p.fail(isPlace ? addressTwice(p.spanFrom(start)) : addressOfNothing(p.spanFrom(start)))
  }
  if (addressOf && 'addressOf' in base && base.addressOf) p.fail(addressTwice(p.spanFrom(start)))
  const rest = parsePath(p, parseExpression)
  return { kind: 'member', base, ...rest, addressOf, span: p.spanFrom(start) }
}

// Keywords that people take for names; the others start a statement.
const nameLike: ReadonlySet<string> = new Set(['string', 'long', 'limit', 'in', 'next', 'private'])

function parsePrimary(p: Parser): Expression {
  const { token } = p
  switch (token.kind) {
    case 'number':
      return parseNumber(p)
    case 'string':
      return parseString(p)
    case 'name':
      return parseNamed(p, token)
    case 'embedded':
      return parseEmbedded(p)
    case 'operator':
      if (token.text === '(') return parseParenthesised(p)
      break
    case 'keyword':
      if (nameLike.has(token.text)) p.fail(keywordAsName(p.spanOf(token), token.text))
      break
    case 'missing':
    case 'stray':
    case 'end':
      break
  }
  return p.fail(expectedExpression(p.gap(), token))
}

function parseParenthesised(p: Parser): Expression {
  p.advance()
  const inner = parseExpression(p)
  p.expect(')', 'to close the parenthesis')
  return inner
}

export function parseEmbedded(p: Parser): EmbeddedCode {
  const token = p.advance()
  const span = p.spanOf(token)
  if (!p.guru) p.add(needsGuru(span, 'embedded code'))
  return { kind: 'embedded', text: token.text, span }
}

function parseNamed(p: Parser, token: Token): Expression {
  const { text } = token
  if (text.startsWith('$')) return parseTarget(p, token)
  if (text.startsWith('@')) return parseAtWord(p)
  if (isPrintName(text)) return parsePrint(p, text, parseExpression)
  p.advance()
  const span = p.spanOf(token)
  if (p.is('(')) return parseCall(p, token, span)
  const name: Name = { kind: 'name', name: text, span }
  return p.is('[') ? parseElement(p, name) : name
}

function parseTarget(p: Parser, token: Token): Expression {
  p.advance()
  const nameSpan = p.spanOf(token)
  const { name, dollars } = splitPretty(token.text)
  if (name === '' || name === '$' || name === '$$') p.fail(badName(nameSpan, token.text))
  const rest = parsePath(p, parseExpression, { dollars, span: nameSpan })
  return {
    kind: 'target',
    name,
    nameSpan,
    ...rest,
    addressOf: false,
    span: p.spanFrom(token.start),
  }
}

function parseAtWord(p: Parser): Expression {
  const alone = p.loneHistogram === p.position
  const word = parseWord(p, parseExpression)
  if (word.kind !== 'histogram' || (alone && p.is(')'))) return word
  if (p.is('[')) return parseElement(p, word)
  return p.fail(histogramAlone(word.span, word.name))
}

function parseCall(p: Parser, token: Token, nameSpan: Span): CallExpression {
  p.advance()
  const list: Expression[] = []
  if (!p.is(')')) {
    do list.push(parseExpression(p))
    while (p.eat(','))
  }
  if (p.is(';') && nearest(token.text, ['for'], 1).length > 0) {
    return p.fail(misspeltKeyword(nameSpan, token.text, 'for'))
  }
  p.expect(')', `after the arguments of '${token.text}'`)
  const span = p.spanFrom(token.start)
  return { kind: 'call', name: token.text, nameSpan, arguments: list, span }
}

function parseElement(p: Parser, array: Name | HistogramExpression): ElementExpression {
  const { wildcardKeys } = p
  p.wildcardKeys = false
  const keys = parseKeys(p, parseExpression)
  const any = keys.find(k => k.kind === 'any')
  if (any !== undefined && !wildcardKeys) p.add(wildcardKey(any.span))
  return { kind: 'element', array, keys, span: p.spanFrom(array.span.start) }
}

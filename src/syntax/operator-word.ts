import type {
  AggregateExpression,
  Expression,
  HistogramExpression,
  NumberLiteral,
  StringLiteral,
} from './ast.ts'
import {
  expectedNumberArgument,
  expectedStringArgument,
  needsGuru,
  operatorArguments,
} from './errors.ts'
import type { Parser } from './parser-state.ts'
import { parsePath } from './target.ts'

type ParseExpression = (p: Parser) => Expression

interface Word {
  /** Fewest and most arguments. */
  readonly least: number
  readonly most: number
  readonly usage: string
  /** The first so many must be string literals. */
  readonly strings?: number
  /** The argument, counted from 0, that must be a literal number. */
  readonly number?: number
  readonly guru?: true
}

const register = { number: 0, guru: true } as const

const words: ReadonlyMap<string, Word> = new Map<string, Word>([
  ['@cast', { least: 2, most: 3, usage: '@cast(address, "type")->member' }],
  ['@var', { least: 1, most: 2, usage: '@var("name@file.c")', strings: 2 }],
  ['@entry', { least: 1, most: 1, usage: '@entry(expression)' }],
  ['@defined', { least: 1, most: 32, usage: '@defined($variable)' }],
  ['@probewrite', { least: 1, most: 1, usage: '@probewrite($variable)' }],
  ['@const', { least: 1, most: 1, usage: '@const("NAME")', strings: 1 }],
  ['@perf', { least: 1, most: 1, usage: '@perf("counter")', strings: 1 }],
  ['@enum', { least: 1, most: 1, usage: '@enum("NAME")', strings: 1 }],
  ['@enumname', { least: 2, most: 2, usage: '@enumname("enum name", value)', strings: 1 }],
  ['@kregister', { least: 1, most: 1, usage: '@kregister(number)', ...register }],
  ['@uregister', { least: 1, most: 1, usage: '@uregister(number)', ...register }],
  ['@kderef', { least: 2, most: 2, usage: '@kderef(size, address)', ...register }],
  ['@uderef', { least: 2, most: 2, usage: '@uderef(size, address)', ...register }],
  ['@count', { least: 1, most: 1, usage: '@count(statistic)' }],
  ['@sum', { least: 1, most: 1, usage: '@sum(statistic)' }],
  ['@min', { least: 1, most: 1, usage: '@min(statistic)' }],
  ['@max', { least: 1, most: 1, usage: '@max(statistic)' }],
  ['@avg', { least: 1, most: 1, usage: '@avg(statistic)' }],
  ['@variance', { least: 1, most: 2, usage: '@variance(statistic, shift)', number: 1 }],
  ['@hist_log', { least: 1, most: 1, usage: '@hist_log(statistic)' }],
  ['@hist_linear', { least: 4, most: 4, usage: '@hist_linear(statistic, low, high, width)' }],
])

/** The name of an aggregate operator as such, or undefined. */
export function aggregateName(text: string): AggregateExpression['name'] | undefined {
  switch (text) {
    case '@count':
    case '@sum':
    case '@min':
    case '@max':
    case '@avg':
    case '@variance':
      return text
    default:
      return undefined
  }
}

export function isHistogramName(text: string): text is HistogramExpression['name'] {
  return text === '@hist_log' || text === '@hist_linear'
}

/** `@name(arguments)`, and for `@cast` and `@var` the path that follows. */
export function parseWord(p: Parser, parseExpression: ParseExpression): Expression {
  const name = p.token.text
  if (isHistogramName(name)) return parseHistogram(p, parseExpression)
  const { start } = p.token
  const nameSpan = p.spanOf(p.token)
  const list = parseArguments(p, parseExpression)
  const aggregate = aggregateName(name)
  const [first] = list
  if (first === undefined) return p.fail(operatorArguments(nameSpan, name, usageOf(name), 0))
  if (aggregate !== undefined) {
    const span = p.spanFrom(start)
    return { kind: 'aggregate', name: aggregate, statistic: first, parameters: list.slice(1), span }
  }
  if (name === '@cast') return parseCast(p, parseExpression, { start, list })
  if (name === '@var') return parseVariable(p, parseExpression, { start, list })
  return { kind: 'operator', name, nameSpan, arguments: list, span: p.spanFrom(start) }
}

export function parseHistogram(p: Parser, parseExpression: ParseExpression): HistogramExpression {
  const { start, text } = p.token
  const name = text === '@hist_log' ? '@hist_log' : '@hist_linear'
  const nameSpan = p.spanOf(p.token)
  const [statistic, ...parameters] = parseArguments(p, parseExpression).map(foldSign)
  if (statistic === undefined) return p.fail(operatorArguments(nameSpan, name, usageOf(name), 0))
  const computed = parameters.find(e => e.kind !== 'number')
  if (computed !== undefined) p.fail(expectedNumberArgument(computed.span, name, usageOf(name)))
  return { kind: 'histogram', name, statistic, parameters, span: p.spanFrom(start) }
}

/** `-5`, where a literal is wanted. */
function foldSign(e: Expression): Expression {
  if (e.kind !== 'unary' || e.operand.kind !== 'number') return e
  if (e.operator !== '-') return e
  const { value } = e.operand
  const folded = BigInt.asIntN(64, -value)
  return { kind: 'number', value: folded, span: e.span } satisfies NumberLiteral
}

function usageOf(name: string): string {
  return words.get(name)?.usage ?? name
}

/** Reads the word and its arguments, and holds them to what the word takes. */
function parseArguments(p: Parser, parseExpression: ParseExpression): Expression[] {
  const token = p.token
  const word = words.get(token.text)
  // What is unknown fails as such, whatever was expected.
  if (word === undefined || !p.knowsWord(token.text)) return p.failExpected('an operator', 'here')
  p.advance()
  if (word.guru && !p.guru) p.add(needsGuru(p.spanOf(token), token.text))
  if (!p.is('(')) p.fail(operatorArguments(p.spanOf(token), token.text, word.usage, 0))
  p.advance()
  const list: Expression[] = []
  if (!p.is(')')) {
    do list.push(parseExpression(p))
    while (p.eat(','))
  }
  if (word.number !== undefined)
    list.splice(word.number, 1, ...list.slice(word.number, word.number + 1).map(foldSign))
  p.expect(')', `after the arguments of ${token.text}`)
  if (list.length < word.least || list.length > word.most) {
    p.fail(operatorArguments(p.spanFrom(token.start), token.text, word.usage, list.length))
  }
  for (const argument of list.slice(0, word.strings ?? 0)) {
    stringArgument(p, token.text, argument)
  }
  const number = word.number === undefined ? undefined : list[word.number]
  if (number !== undefined && number.kind !== 'number') {
    p.fail(expectedNumberArgument(number.span, token.text, word.usage))
  }
  if (token.text === '@probewrite' && !isVariable(list[0])) {
    p.fail(operatorArguments(p.spanFrom(token.start), token.text, word.usage, list.length))
  }
  return list
}

/** A target variable without a path, or a name. */
function isVariable(e: Expression | undefined): boolean {
  if (e?.kind === 'name') return true
  return e?.kind === 'target' && e.path.length === 0 && e.pretty === 0 && !e.addressOf
}

function stringArgument(p: Parser, name: string, argument: Expression | undefined): StringLiteral {
  if (argument?.kind === 'string') return argument
  return p.fail(expectedStringArgument(argument?.span ?? p.gap(), name, usageOf(name)))
}

interface Read {
  readonly start: number
  readonly list: readonly Expression[]
}

function parseCast(p: Parser, parseExpression: ParseExpression, { start, list }: Read): Expression {
  const [operand, typeArgument, moduleArgument] = list
  const type = stringArgument(p, '@cast', typeArgument).value
  if (operand === undefined) return p.fail(operatorArguments(p.gap(), '@cast', usageOf('@cast'), 0))
  const place =
    moduleArgument === undefined ? {} : { module: stringArgument(p, '@cast', moduleArgument).value }
  const rest = parsePath(p, parseExpression)
  const span = p.spanFrom(start)
  return { kind: 'cast', operand, type, ...place, ...rest, addressOf: false, span }
}

function parseVariable(
  p: Parser,
  parseExpression: ParseExpression,
  { start, list }: Read,
): Expression {
  const [symbol, moduleArgument] = list
  const literal = stringArgument(p, '@var', symbol)
  const variable =
    moduleArgument === undefined ? {} : { module: stringArgument(p, '@var', moduleArgument).value }
  const rest = parsePath(p, parseExpression)
  return {
    kind: 'target',
    name: literal.value,
    nameSpan: literal.span,
    variable,
    ...rest,
    addressOf: false,
    span: p.spanFrom(start),
  }
}

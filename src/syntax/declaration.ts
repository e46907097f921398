import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import type {
  AliasItem,
  Block,
  FunctionItem,
  GlobalItem,
  Item,
  NumberLiteral,
  Parameter,
  PointComponent,
  ProbePoint,
  StringLiteral,
  TypeName,
} from './ast.ts'
import {
  aliasName,
  arraySizeOutOfRange,
  expectedItem,
  expectedType,
  initializedArray,
  priorityOutOfRange,
  strayBrace,
  typeAfterParameters,
  wrappedScalar,
} from './errors.ts'
import { parseEmbedded } from './expression.ts'
import { parseLiteral, parseNumber } from './literal.ts'
import type { Parser } from './parser-state.ts'
import { parseProbePoint } from './probe-point.ts'
import { parseBlock, parseName } from './statement.ts'
import { itemWords } from './token.ts'

const MAX_ARRAY_SIZE = 2n ** 31n - 1n

/** Every item of a file. A mistake in the head of one costs that item; its body is still read. */
export function parseItems(p: Parser): Item[] {
  const items: Item[] = []
  while (p.token.kind !== 'end') {
    if (p.eat(';')) continue
    const from = p.position
    const found = p.attempt(() => parseItem(p))
    if (found === undefined) skipItem(p, from)
    else items.push(...found)
  }
  return items
}

function parseItem(p: Parser): readonly Item[] {
  const { token } = p
  p.inProbe = token.text === 'probe'
  if (token.kind === 'embedded') {
    return [{ kind: 'embedded-item', code: parseEmbedded(p), span: p.spanOf(token) }]
  }
  if (token.kind === 'keyword') {
    if (token.text === 'probe') return parseProbe(p)
    if (token.text === 'global') return parseGlobals(p, token.start, false)
    if (token.text === 'function') return [parseFunction(p, token.start, false)]
    if (token.text === 'private') return parsePrivate(p)
  }
  if (p.is('}')) {
    p.report(strayBrace(p.spanOf(token)))
    while (p.eat('}'));
    return []
  }
  return p.fail(expectedItem(p.spanOf(token), token))
}

function parsePrivate(p: Parser): readonly Item[] {
  const { start } = p.advance()
  if (p.isKeyword('global')) return parseGlobals(p, start, true)
  if (p.isKeyword('function')) return [parseFunction(p, start, true)]
  // `private x` alone is a global.
  if (p.token.kind === 'name') return parseGlobalList(p, start, true)
  return p.failExpected("'global' or 'function'", "after 'private'")
}

/** To the next item, reading the blocks on the way for the mistakes in them. */
function skipItem(p: Parser, from: number): void {
  if (p.position === from && !p.is('{')) p.advance()
  let previous = ''
  while (p.token.kind !== 'end') {
    const { kind, text } = p.token
    // `kernel.function` and `$x->probe` start nothing.
    if (kind === 'keyword' && itemWords.has(text) && previous !== '.' && previous !== '->') return
    if (previous !== '' && mayStartItem(p)) return
    previous = text
    p.inProbe = false
    if (p.is('{')) p.attempt(() => parseBlock(p, 'to start a block'))
    else p.advance()
  }
}

/** A word that is nearly a keyword, with a name behind it, at the start of a line. */
function mayStartItem(p: Parser): boolean {
  const { kind, text } = p.token
  if (kind !== 'name' || !p.startsLine()) return false
  const { kind: next, text: word } = p.peek(1)
  return (next === 'name' || word === 'begin') && nearest(text, itemWords, 1).length > 0
}

interface Head {
  readonly name: readonly PointComponent[]
  readonly epilogue: boolean
}

function parseProbe(p: Parser): readonly Item[] {
  const { start } = p.advance()
  const heads: Head[] = []
  const points: ProbePoint[] = []
  for (;;) {
    const found = parseProbePoint(p)
    if (p.is('=') || p.is('+=')) {
      const epilogue = p.token.text === '+='
      heads.push({ name: aliasNameOf(p, found, points.length), epilogue })
      p.advance()
      continue
    }
    points.push(...found)
    if (!p.eat(',')) break
  }
  const body = parseBlock(p, 'before the body of the probe')
  const [head] = heads
  if (head === undefined) return [{ kind: 'probe', points, body, span: p.spanFrom(start) }]
  const second = p.is(',') && !head.epilogue ? parseSecondBlock(p) : undefined
  const span = p.spanFrom(start)
  return heads.map(h => alias(h, { points, body, second, span }))
}

function parseSecondBlock(p: Parser): Block {
  p.advance()
  return parseBlock(p, 'before the epilogue of the alias')
}

interface AliasParts {
  readonly points: readonly ProbePoint[]
  readonly body: Block
  readonly second: Block | undefined
  readonly span: Span
}

function alias({ name, epilogue }: Head, { points, body, second, span }: AliasParts): AliasItem {
  const after = epilogue ? body : second
  return {
    kind: 'alias',
    name,
    points,
    ...(epilogue ? {} : { prologue: body }),
    ...(after === undefined ? {} : { epilogue: after }),
    span,
  }
}

/** What stands before `=` or `+=`, which looks like a probe point but must be a plain name. */
function aliasNameOf(
  p: Parser,
  found: readonly ProbePoint[],
  pointsBefore: number,
): readonly PointComponent[] {
  const [point] = found
  const place = point?.span ?? p.spanOf(p.token)
  if (point === undefined || found.length > 1) p.fail(aliasName(place, 'braces make several'))
  if (pointsBefore > 0) p.fail(aliasName(place, 'it comes first'))
  if (point.optional) p.fail(aliasName(place, "'?' and '!' belong to the points behind '='"))
  if (point.condition !== undefined) p.fail(aliasName(place, "'if' belongs behind '='"))
  if (point.components.some(c => c.name.includes('*'))) {
    p.fail(aliasName(place, "'*' cannot be part of it"))
  }
  return point.components
}

function parseGlobals(p: Parser, start: number, isPrivate: boolean): readonly GlobalItem[] {
  p.advance()
  return parseGlobalList(p, start, isPrivate)
}

function parseGlobalList(p: Parser, start: number, isPrivate: boolean): readonly GlobalItem[] {
  const globals: GlobalItem[] = []
  let from = start
  do {
    globals.push(parseGlobal(p, from, isPrivate))
    from = p.token.kind === 'end' ? from : p.peek(1).start
  } while (p.eat(','))
  p.eat(';')
  return globals
}

function parseGlobal(p: Parser, start: number, isPrivate: boolean): GlobalItem {
  const { name, span: nameSpan } = parseName(p, 'for a global')
  const wrap = p.eat('%')
  const size = p.is('[') ? parseSize(p) : undefined
  let initial: NumberLiteral | StringLiteral | undefined
  if (p.eat('=')) {
    if (size !== undefined) p.add(initializedArray(nameSpan, name))
    else if (wrap) p.add(wrappedScalar(nameSpan, name))
    initial = parseLiteral(p, `as the initial value of '${name}'`)
  }
  return {
    kind: 'global',
    name,
    nameSpan,
    private: isPrivate,
    wrap,
    ...(size === undefined ? {} : { size }),
    ...(initial === undefined ? {} : { initial }),
    span: p.spanFrom(start),
  }
}

function parseSize(p: Parser): bigint {
  p.advance()
  const literal = parseLiteral(p, 'as the size of the array')
  p.expect(']', 'after the size of the array')
  const size = literal.kind === 'number' ? literal.value : 0n
  if (size < 1n || size > MAX_ARRAY_SIZE) p.add(arraySizeOutOfRange(literal.span))
  return size
}

function parseFunction(p: Parser, start: number, isPrivate: boolean): FunctionItem {
  p.advance()
  const { name, span: nameSpan } = parseName(p, 'for the function')
  const type = p.eat(':') ? parseType(p) : undefined
  const parameters = parseParameters(p, name)
  const priority = p.eat(':') ? parsePriority(p, name) : undefined
  const body =
    p.token.kind === 'embedded' ? parseEmbedded(p) : parseBlock(p, `before the body of '${name}'`)
  return {
    kind: 'function',
    name,
    nameSpan,
    private: isPrivate,
    ...(type === undefined ? {} : { type }),
    parameters,
    ...(priority === undefined ? {} : { priority }),
    body,
    span: p.spanFrom(start),
  }
}

function parseType(p: Parser): TypeName {
  if (!p.isKeyword('long') && !p.isKeyword('string')) p.fail(expectedType(p.gap(), p.token))
  return p.advance().text === 'long' ? 'long' : 'string'
}

function parseParameters(p: Parser, name: string): Parameter[] {
  const parameters: Parameter[] = []
  p.expect('(', `before the parameters of '${name}'`)
  if (!p.is(')')) {
    do {
      // As in SystemTap a comma may stand behind the last one.
      if (p.is(')') && parameters.length > 0) break
      parameters.push(parseParameter(p))
    } while (p.eat(','))
  }
  p.expect(')', `after the parameters of '${name}'`)
  return parameters
}

function parseParameter(p: Parser): Parameter {
  const { name, span } = parseName(p, 'for a parameter')
  const type = p.eat(':') ? parseType(p) : undefined
  return { name, ...(type === undefined ? {} : { type }), span: p.spanFrom(span.start) }
}

function parsePriority(p: Parser, name: string): bigint {
  const { token } = p
  if (token.kind === 'keyword') p.fail(typeAfterParameters(p.spanOf(token), name, token.text))
  if (token.kind !== 'number') p.failExpected('a number', 'for the priority')
  const literal = parseNumber(p)
  if (literal.value < 1n) p.add(priorityOutOfRange(literal.span))
  return literal.value
}

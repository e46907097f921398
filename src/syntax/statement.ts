import { nearest } from '../text/nearest.ts'
import type {
  Block,
  DeleteStatement,
  Expression,
  ForeachStatement,
  ForStatement,
  IfStatement,
  Name,
  ReturnStatement,
  Sort,
  Statement,
  TryStatement,
  WhileStatement,
} from './ast.ts'
import {
  badName,
  bareReturn,
  expectedStatement,
  keywordAsName,
  misplacedDeclaration,
  misspeltKeyword,
  notDeletable,
  returnInProbe,
  sortTwice,
  sortWithoutDirection,
  strayCatch,
  strayElse,
  unclosedBrace,
  unknownSort,
} from './errors.ts'
import { parseExpression, parseIndexable, parseKeys } from './expression.ts'
import { aggregateName } from './operator-word.ts'
import { ELSE_IF, type Parser } from './parser-state.ts'
import type { Token } from './token.ts'

/** `{ … }`. A mistake costs one statement; the rest of the block is still read. */
export function parseBlock(p: Parser, where: string): Block {
  const open = p.expect('{', where)
  const statements: Statement[] = []
  while (!p.is('}')) {
    if (p.token.kind === 'end' || startsItem(p)) {
      p.report(unclosedBrace(p.gap(), p.spanOf(open), p.token))
      return { kind: 'block', statements, span: p.spanFrom(open.start) }
    }
    const statement = parseOrSkip(p)
    if (statement !== undefined) statements.push(statement)
  }
  p.advance()
  return { kind: 'block', statements, span: p.spanFrom(open.start) }
}

/** A `probe` or `function` here means that a block above was left open. */
function startsItem(p: Parser): boolean {
  const { kind, text } = p.token
  if (kind !== 'keyword' || p.peek(1).kind === 'operator') return false
  if (text === 'probe' || text === 'function') return true
  return (text === 'global' || text === 'private') && p.isAtColumnOne()
}

function parseOrSkip(p: Parser): Statement | undefined {
  const from = p.position
  const statement = p.attempt(() => parseStatement(p))
  if (statement === undefined) skipStatement(p, from)
  return statement
}

// At one of these a new statement starts, wherever it stands.
const starters: ReadonlySet<string> = new Set([
  ...['if', 'for', 'foreach', 'while', 'return', 'delete', 'break', 'continue', 'try'],
  ...['probe', 'function', 'global'],
])

/**
 * After a mistake, moves to where the next statement seems to start: after `;`, at a bracket of a
 * block, at a word that starts a statement, or on a new line when no parenthesis is open.
 */
function skipStatement(p: Parser, from: number): void {
  if (p.position === from) p.advance()
  let open = p.openBrackets(from)
  for (; p.token.kind !== 'end'; p.advance()) {
    const { kind, text } = p.token
    if (kind === 'operator') {
      if (text === '{' || text === '}') break
      if (text === ';' && open === 0) {
        p.advance()
        break
      }
      if (text === '(' || text === '[') open++
      else if ((text === ')' || text === ']') && open > 0) open--
      else if (text === ')' || text === ']') continue
    }
    if (kind === 'keyword' && starters.has(text) && p.startsLine()) break
    if (open === 0 && p.startsLine()) break
  }
  // The body of what was skipped is read as a block of its own; its `else` belongs to nothing then.
  p.afterMistake = true
}

function parseStatement(p: Parser): Statement {
  p.enter()
  const { afterMistake } = p
  p.afterMistake = false
  const statement = parseAny(p, afterMistake)
  p.leave()
  return statement
}

function parseAny(p: Parser, afterMistake: boolean): Statement {
  const { token } = p
  switch (token.kind) {
    case 'keyword':
      return parseKeyword(p, token, afterMistake)
    case 'operator':
      if (token.text === '{') {
        const block = parseBlock(p, 'to start a block')
        p.afterMistake = afterMistake
        return block
      }
      if (token.text === ';') return { kind: 'empty', span: p.spanOf(p.advance()) }
      if (!operand.has(token.text)) p.fail(expectedStatement(p.spanOf(token), token))
      return parseExpressionStatement(p)
    case 'end':
      return p.fail(expectedStatement(p.gap(), token))
    case 'name':
    case 'number':
    case 'string':
    case 'embedded':
    case 'missing':
    case 'stray':
      return parseExpressionStatement(p)
  }
}

// With which an expression may start.
const operand: ReadonlySet<string> = new Set(['+', '-', '!', '~', '++', '--', '&', '(', '['])

function parseKeyword(p: Parser, token: Token, afterMistake: boolean): Statement {
  const next = p.peek(1)
  if (next.kind === 'operator' && /^[-+*/%&|^.]?=$/.test(next.text)) {
    p.fail(keywordAsName(p.spanOf(token), token.text))
  }
  switch (token.text) {
    case 'if':
      return parseIf(p)
    case 'while':
      return parseWhile(p)
    case 'for':
      return parseFor(p)
    case 'foreach':
      return parseForeach(p)
    case 'try':
      return parseTry(p)
    case 'break':
    case 'continue':
    case 'next': {
      const kind = token.text
      return ended(p, { kind, span: p.spanOf(p.advance()) })
    }
    case 'return':
      return ended(p, parseReturn(p))
    case 'delete':
      return ended(p, parseDelete(p))
    case 'else':
    case 'catch':
      return parseStray(p, token, afterMistake)
    case 'global':
    case 'private':
      return p.fail(misplacedDeclaration(p.spanOf(token), token.text))
    default:
      return p.fail(
        next.kind === 'operator'
          ? keywordAsName(p.spanOf(token), token.text)
          : expectedStatement(p.spanOf(token), token),
      )
  }
}

/** An `else` whose `if` was not understood is passed over, and what it governs is read. */
function parseStray(p: Parser, token: Token, afterMistake: boolean): Statement {
  if (!afterMistake) {
    const message = token.text === 'else' ? strayElse : strayCatch
    p.fail(message(p.spanOf(token)))
  }
  p.advance()
  if (token.text === 'catch' && p.is('(')) while (!p.is('{') && p.token.kind !== 'end') p.advance()
  const statement = parseStatement(p)
  p.afterMistake = true
  return statement
}

/** A simple statement, with the `;` that may follow it. */
function ended<T extends Statement>(p: Parser, statement: T): T {
  p.eat(';')
  return statement
}

function parseExpressionStatement(p: Parser): Statement {
  const expression = parseExpression(p)
  if (expression.kind === 'call' && p.is('{') && !p.startsLine()) {
    const [word] = nearest(expression.name, loopWords, 1)
    if (word !== undefined) p.fail(misspeltKeyword(expression.nameSpan, expression.name, word))
  }
  if (expression.kind === 'embedded') return ended(p, expression)
  return ended(p, { kind: 'expression', expression, span: expression.span })
}

// Which `name (…) { … }` may be meant for; the shorter words are too like other names.
const loopWords: readonly string[] = ['foreach', 'while']

interface Branch {
  readonly start: number
  readonly test: Expression
  readonly body: Statement
}

/** A chain of `else if` is read in a loop, not by recursion: it may be long. */
function parseIf(p: Parser): IfStatement {
  const branches: Branch[] = []
  let otherwise: Statement | undefined
  for (;;) {
    branches.push(parseBranch(p))
    p.enter(ELSE_IF)
    if (!p.eatKeyword('else')) break
    if (p.isKeyword('if')) continue
    otherwise = parseStatement(p)
    break
  }
  p.leave(ELSE_IF * branches.length)
  let result: IfStatement | undefined
  for (const { start, test, body: then } of branches.reverse()) {
    const rest = result ?? otherwise
    const span = p.spanFrom(start)
    result = { kind: 'if', test, then, ...(rest === undefined ? {} : { otherwise: rest }), span }
  }
  return result ?? p.fail(expectedStatement(p.gap(), p.token))
}

function parseBranch(p: Parser): Branch {
  const { start } = p.advance()
  const test = parseTest(p, 'if')
  return { start, test, body: parseStatement(p) }
}

function parseTest(p: Parser, word: string): Expression {
  p.expect('(', `after '${word}'`)
  const test = parseExpression(p)
  p.expect(')', `after the condition of '${word}'`)
  return test
}

function parseWhile(p: Parser): WhileStatement {
  const { start } = p.advance()
  const test = parseTest(p, 'while')
  const body = parseStatement(p)
  return { kind: 'while', test, body, span: p.spanFrom(start) }
}

function parseFor(p: Parser): ForStatement {
  const { start } = p.advance()
  p.expect('(', "after 'for'")
  const first = p.is(';') ? undefined : parseExpression(p)
  p.expect(';', "after the first part of 'for'")
  const test = p.is(';') ? undefined : parseExpression(p)
  p.expect(';', "after the condition of 'for'")
  const step = p.is(')') ? undefined : parseExpression(p)
  p.expect(')', "after the last part of 'for'")
  const body = parseStatement(p)
  return {
    kind: 'for',
    ...(first === undefined ? {} : { start: first }),
    ...(test === undefined ? {} : { test }),
    ...(step === undefined ? {} : { step }),
    body,
    span: p.spanFrom(start),
  }
}

function parseForeach(p: Parser): ForeachStatement {
  const { start } = p.advance()
  p.expect('(', "after 'foreach'")
  const sorts: Sort[] = []
  const value = startsWithValue(p) ? parseForeachValue(p, sorts) : undefined
  const keys = parseForeachKeys(p, sorts)
  p.expectKeyword('in', 'before the array')
  const array = parseIndexable(p)
  const slice = p.is('[') ? parseKeys(p, parseExpression) : undefined
  parseValueSort(p, sorts)
  const limit = p.eatKeyword('limit') ? parseExpression(p) : undefined
  p.expect(')', "to end the head of 'foreach'")
  const [sort, second] = sorts
  if (sort !== undefined && second !== undefined) p.add(sortTwice(second.span, sort.span))
  const body = parseStatement(p)
  return {
    kind: 'foreach',
    ...(value === undefined ? {} : { value }),
    keys,
    array,
    ...(slice === undefined ? {} : { slice }),
    ...(sort === undefined ? {} : { sort }),
    ...(limit === undefined ? {} : { limit }),
    body,
    span: p.spanFrom(start),
  }
}

/** Whether `value =` follows, or `value+ =`, which sorts by the value. */
function startsWithValue(p: Parser): boolean {
  const [next, second] = [p.peek(1), p.peek(2)]
  if (p.token.kind !== 'name' || next.kind !== 'operator') return false
  if (next.text === '=') return true
  const mark = next.text === '+' || next.text === '-'
  return mark && second.kind === 'operator' && second.text === '='
}

function parseForeachValue(p: Parser, sorts: Sort[]): Name {
  const value = parseName(p, 'for the value')
  if (p.is('+') || p.is('-')) {
    const mark = p.advance()
    sorts.push({ ascending: mark.text === '+', by: 'value', span: p.spanOf(mark) })
  }
  p.expect('=', "after the value of 'foreach'")
  return value
}

/** `key` or `[key, key]`, each perhaps with the mark to sort by it. */
function parseForeachKeys(p: Parser, sorts: Sort[]): Name[] {
  const keys: Name[] = []
  const list = p.eat('[')
  do {
    const key = parseName(p, "for a key of 'foreach'")
    if (p.is('+') || p.is('-')) {
      const mark = p.advance()
      sorts.push({ ascending: mark.text === '+', by: keys.length, span: p.spanOf(mark) })
    }
    keys.push(key)
  } while (list && p.eat(','))
  if (list) p.expect(']', 'after the keys')
  return keys
}

/** `+`, `-`, or `@op` with one of them, behind the array. */
function parseValueSort(p: Parser, sorts: Sort[]): void {
  const { token } = p
  const word = token.kind === 'name' && token.text.startsWith('@') ? p.advance() : undefined
  const aggregate = word === undefined ? undefined : aggregateName(word.text)
  if (word !== undefined && aggregate === undefined) p.fail(unknownSort(p.spanOf(word), word.text))
  if (!p.is('+') && !p.is('-')) {
    if (word !== undefined) p.fail(sortWithoutDirection(p.gap(), word.text))
    return
  }
  const ascending = p.advance().text === '+'
  const named = aggregate === undefined ? {} : { aggregate }
  sorts.push({ ascending, by: 'value', ...named, span: p.spanFrom(token.start) })
}

export function parseName(p: Parser, where: string): Name {
  const { token } = p
  if (token.kind === 'keyword') p.fail(keywordAsName(p.spanOf(token), token.text))
  if (token.kind !== 'name') p.failExpected('a name', where)
  if (/^[$@]/.test(token.text)) p.fail(badName(p.spanOf(token), token.text))
  p.advance()
  return { kind: 'name', name: token.text, span: p.spanOf(token) }
}

function parseReturn(p: Parser): ReturnStatement {
  const token = p.advance()
  const { start } = token
  if (p.inProbe) p.add(returnInProbe(p.spanOf(token)))
  if (p.is(';') || p.is('}')) return { kind: 'return', span: p.spanFrom(start) }
  if (p.token.kind === 'keyword') p.fail(bareReturn(p.gap(), p.token))
  const value = parseExpression(p)
  return { kind: 'return', value, span: p.spanFrom(start) }
}

function parseDelete(p: Parser): DeleteStatement {
  const { start } = p.advance()
  p.wildcardKeys = true
  const target = parseExpression(p)
  p.wildcardKeys = false
  if (target.kind !== 'name' && target.kind !== 'element') p.fail(notDeletable(target.span))
  return { kind: 'delete', target, span: p.spanFrom(start) }
}

function parseTry(p: Parser): TryStatement {
  const { start } = p.advance()
  const body = parseBlock(p, "after 'try'")
  p.expectKeyword('catch', "after the block of 'try'")
  let message: Name | undefined
  if (p.eat('(')) {
    message = parseName(p, "for the message of 'catch'")
    p.expect(')', "after the name in 'catch'")
  }
  const handler = parseBlock(p, "after 'catch'")
  const named = message === undefined ? {} : { message }
  return { kind: 'try', body, ...named, handler, span: p.spanFrom(start) }
}

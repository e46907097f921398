import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { Source, Span } from '../text/source.ts'
import { expectedToken, tooDeep, unknownOperator } from './errors.ts'
import { operatorWords, registerWords, type Token } from './token.ts'
import type { Language } from './version.ts'

// Every later stage walks the tree by recursion, as the parser itself does: both what nests and
// what chains is limited. One level of nesting costs NESTING, one `else if` only a part of that.
const MAX_NESTING = 4000
const NESTING = 10
export const ELSE_IF = 4
const MAX_HEIGHT = 1000

// Thrown by `fail` and caught by `attempt` only. One object for all: it carries nothing, and making
// a stack trace for each mistake is slow.
const stop = new Error('syntax error')

export interface ParserOptions {
  readonly guru: boolean
  readonly language: Language
  readonly macroNames: () => Iterable<string>
  /** Offsets of what the lexer could not read, in their order. */
  readonly lexicalErrors: readonly number[]
}

/** Where a parse stands: the current token, and the vocabulary in which the grammar is written. */
export class Parser {
  readonly source: Source
  readonly guru: boolean
  readonly language: Language
  /** The macros there are, with their `@`. */
  readonly macroNames: () => Iterable<string>
  readonly diagnostics: Diagnostic[] = []
  /** Set while the target of `delete` is read: there a key may be `*`. */
  wildcardKeys = false
  /** The position at which a histogram may stand without an index: alone in `print( )`. */
  loneHistogram = -1
  /** Set while the body of a probe is read, which returns nothing. */
  inProbe = false
  /** Set when a statement was skipped, until the next one starts: its `else` may follow. */
  afterMistake = false
  #tokens: readonly Token[]
  #at = 0
  #depth = 0
  #height = 0
  #token: Token
  #previous: Token | undefined
  /** Where the statement or item being read starts. */
  #unitStart = 0
  #reportedAt = -1
  #gaveUp = false
  readonly #lexicalErrors: readonly number[]

  constructor(source: Source, tokens: readonly Token[], options: ParserOptions) {
    this.source = source
    this.guru = options.guru
    this.language = options.language
    this.macroNames = options.macroNames
    this.#lexicalErrors = options.lexicalErrors
    this.#tokens = tokens
    this.#token = this.peek(0)
  }

  get token(): Token {
    return this.#token
  }

  /** The number of tokens read: a place to compare progress with. */
  get position(): number {
    return this.#at
  }

  peek(distance: number): Token {
    const token = this.#tokens[Math.min(this.#at + distance, this.#tokens.length - 1)]
    if (token === undefined) throw new Error('a token list ends with an end token')
    return token
  }

  advance(): Token {
    const token = this.#token
    if (token.kind !== 'end') {
      this.#previous = token
      this.#at++
      this.#token = this.peek(0)
    }
    return token
  }

  is(operator: string): boolean {
    return this.#token.kind === 'operator' && this.#token.text === operator
  }

  isKeyword(word: string): boolean {
    return this.#token.kind === 'keyword' && this.#token.text === word
  }

  eat(operator: string): boolean {
    if (!this.is(operator)) return false
    this.advance()
    return true
  }

  eatKeyword(word: string): boolean {
    if (!this.isKeyword(word)) return false
    this.advance()
    return true
  }

  /** Reads the operator, or fails with "expected ')' WHERE". */
  expect(operator: string, where: string): Token {
    if (!this.is(operator)) this.failExpected(`'${operator}'`, where)
    return this.advance()
  }

  expectKeyword(word: string, where: string): Token {
    if (!this.isKeyword(word)) this.failExpected(`'${word}'`, where)
    return this.advance()
  }

  failExpected(wanted: string, where: string): never {
    this.fail(expectedToken(this.gap(), wanted, where, this.#token))
  }

  spanOf(token: Token): Span {
    return this.source.span(token.start, token.end)
  }

  /** From an offset to the end of the last token read. */
  spanFrom(start: number): Span {
    return this.source.span(start, Math.max(start, this.#previous?.end ?? start))
  }

  /**
   * Where something is missing: the token found instead of it, or the end of the line above when
   * that token stands on a later line.
   */
  gap(): Span {
    const previous = this.#previous
    const found = this.#token
    if (previous === undefined || previous.end > found.start) return this.spanOf(found)
    const between = this.source.text.slice(previous.end, found.start)
    if (!between.includes('\n')) return this.spanOf(found)
    return this.source.span(previous.end, previous.end)
  }

  /** Whether the current token touches the one before it, or was pasted with it. */
  touches(): boolean {
    const { start, end } = this.#token
    const previous = this.#previous
    return previous?.end === start || (previous?.start === start && previous.end === end)
  }

  /**
   * Reports, unless it says again what is known: an error at the same token, or in a statement
   * that holds something unreadable.
   */
  report(diagnostic: Diagnostic): void {
    const { start } = diagnostic.span
    if (this.#gaveUp || this.#at === this.#reportedAt) return
    this.#reportedAt = this.#at
    const end = Math.max(start, this.#token.end)
    if (!this.#unreadable(this.#unitStart, end)) this.diagnostics.push(diagnostic)
  }

  /** Whether the lexer reported something between two offsets, which it did in their order. */
  #unreadable(start: number, end: number): boolean {
    const errors = this.#lexicalErrors
    let low = 0
    let high = errors.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((errors[middle] ?? 0) < start) low = middle + 1
      else high = middle
    }
    return (errors[low] ?? Number.POSITIVE_INFINITY) <= end
  }

  /** Reports about something already read; reading goes on. */
  add(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic)
  }

  /** Reports and leaves the statement or item that is being read. */
  fail(diagnostic: Diagnostic): never {
    this.report(this.#unknownWord() ?? diagnostic)
    throw stop
  }

  /** Whatever was expected: a word with `@` that nobody knows may have stood for it. */
  #unknownWord(): Diagnostic | undefined {
    const { kind, text } = this.#token
    if (kind !== 'name' || !text.startsWith('@') || this.knowsWord(text)) return undefined
    const known = [...operatorWords].filter(w => this.knowsWord(w))
    const candidates = new Set([...known, ...this.macroNames()])
    // A macro whose definition has a mistake has this very name.
    candidates.delete(text)
    const near = nearest(text, candidates, 2)
    return unknownOperator(this.spanOf(this.#token), text, near)
  }

  /** Whether an `@` word is an operator of the language of this script. */
  knowsWord(word: string): boolean {
    if (!this.language.registerWords && registerWords.has(word)) return false
    return operatorWords.has(word)
  }

  /** Reads one unit, or returns undefined after a failure in it. */
  attempt<T>(read: () => T): T | undefined {
    const depth = this.#depth
    const unitStart = this.#unitStart
    this.#unitStart = this.#token.start
    try {
      return read()
    } catch (error) {
      if (error !== stop) throw error
      this.#depth = depth
      this.#height = 0
      this.wildcardKeys = false
      return undefined
    } finally {
      this.#unitStart = unitStart
    }
  }

  /** Call at each level that recursion adds, and `leave` at its end. */
  enter(cost: number = NESTING): void {
    this.#depth += cost
    if (this.#depth > MAX_NESTING) this.#giveUp()
  }

  leave(cost: number = NESTING): void {
    this.#depth -= cost
  }

  /** Starts an expression: what it holds is measured from nothing. Gives what to end it with. */
  startHeight(): number {
    const outer = this.#height
    this.#height = 0
    return outer
  }

  /** The expression ended: those beside it in a larger one may be higher. */
  endHeight(outer: number): void {
    this.grow()
    this.#height = Math.max(outer, this.#height)
  }

  /** The expression got an operator more: `a + b + c` is as deep a tree as it has operators. */
  grow(): void {
    if (++this.#height > MAX_HEIGHT) this.#giveUp()
  }

  /** What is too deep is not read, nor what follows: where it ends is not known. */
  #giveUp(): never {
    this.report(tooDeep(this.spanOf(this.#token)))
    this.#gaveUp = true
    this.#at = this.#tokens.length - 1
    this.#token = this.peek(0)
    throw stop
  }

  /** Whether the current token is the first on its line. */
  startsLine(): boolean {
    const { text } = this.source
    let at = this.#token.start - 1
    while (at >= 0 && (text[at] === ' ' || text[at] === '\t')) at--
    return at < 0 || text[at] === '\n'
  }

  isAtColumnOne(): boolean {
    const { start } = this.#token
    return start === 0 || this.source.text[start - 1] === '\n'
  }

  /** How many `(` and `[` are open between the token at this position and the current one. */
  openBrackets(from: number): number {
    let open = 0
    for (let i = from; i < this.#at; i++) {
      const token = this.#tokens[i]
      if (token?.kind !== 'operator') continue
      if (token.text === '(' || token.text === '[') open++
      else if ((token.text === ')' || token.text === ']') && open > 0) open--
    }
    return open
  }
}

import { toBytes } from '../text/bytes.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import {
  nestedArgument,
  nulByte,
  unterminatedComment,
  unterminatedEmbeddedCode,
  unterminatedString,
} from './errors.ts'
import { decodeString } from './string-literal.ts'
import { keywords, type Token, type TokenKind } from './token.ts'
import { type Language, languageOf } from './version.ts'

export interface LexResult {
  /** The last one is `end`. */
  readonly tokens: Token[]
  readonly diagnostics: Diagnostic[]
  /** Numbers, from 1, of the command line arguments that were pasted. */
  readonly usedArguments: Set<number>
  /** Whether there may be something for the preprocessor: one of `%( %? %: %)`, or an `@word`. */
  readonly needsPreprocessor: boolean
}

/**
 * Splits a source into tokens.
 *
 * Never fails: what it cannot read it reports and skips, so that one stray character costs one
 * message and not the rest of the file.
 */
export function lex(
  source: Source,
  commandLine: readonly string[],
  language: Language = languageOf(undefined),
): LexResult {
  const scanner = new Scanner({ source, text: source.text, commandLine, language })
  scanner.run(source.text.length)
  const end = source.text.length
  scanner.push('end', '', end, end)
  return scanner
}

const TAB = 0x09
const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const HASH = 0x23
const DOLLAR = 0x24
const PERCENT = 0x25
const APOSTROPHE = 0x27
const STAR = 0x2a
const SLASH = 0x2f
const AT = 0x40
const OPEN_BRACE = 0x7b
const BACKSLASH = 0x5c

// By first character, longest first: the first that matches wins. `%(` and its kin are brackets of
// the preprocessor wherever they stand, as in SystemTap: modulo and a parenthesis need a space.
const operators: ReadonlyMap<string, readonly string[]> = group(
  `<<< >>> <<= >>= == != <= >= =~ !~ += -= *= /= %= &= ^= |= .= && || ++ -- -> << >> ::
   %( %) %? %: %} ! ~ + - * / % & | ^ < > = ? : . , ; ( ) [ ] { }`,
)

function group(list: string): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const operator of list.split(/\s+/)) {
    const first = operator.charAt(0)
    const known = groups.get(first)
    if (known === undefined) groups.set(first, [operator])
    else known.push(operator)
  }
  return groups
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f
}

function isWordPart(code: number): boolean {
  return isLetter(code) || isDigit(code)
}

interface Place {
  readonly start: number
  readonly end: number
}

interface ScannerInput {
  readonly source: Source
  readonly text: string
  readonly commandLine: readonly string[]
  readonly language: Language
  readonly pastedAt?: Place
}

/** Scans a source, or an argument pasted into one: then every place is that of the paste. */
class Scanner implements LexResult {
  readonly tokens: Token[] = []
  readonly diagnostics: Diagnostic[] = []
  readonly usedArguments: Set<number> = new Set<number>()
  needsPreprocessor = false
  readonly #source: Source
  readonly #text: string
  readonly #arguments: readonly string[]
  readonly #language: Language
  readonly #pastedAt: Place | undefined
  #at = 0

  constructor({ source, text, commandLine, language, pastedAt }: ScannerInput) {
    this.#source = source
    this.#text = text
    this.#arguments = commandLine
    this.#language = language
    this.#pastedAt = pastedAt
  }

  /** Reads the tokens that start before `end`; gives the offset behind the last one. */
  run(end: number): number {
    const text = this.#text
    // A byte order mark is no part of the script.
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
    for (this.#skipSpace(); this.#at < end; this.#skipSpace(end)) this.#scan()
    return this.#at
  }

  push(kind: TokenKind, text: string, start: number, end: number): void {
    const place = this.#pastedAt
    this.tokens.push(
      place === undefined
        ? { kind, text, start, end }
        : { kind, text, start: place.start, end: place.end },
    )
  }

  #report(
    message: (span: ReturnType<Source['span']>, what: string) => Diagnostic,
    start: number,
    end: number,
  ): void {
    const what = this.#text.slice(start, end)
    const place = this.#pastedAt ?? { start, end }
    this.diagnostics.push(message(this.#source.span(place.start, place.end), what))
  }

  #skipSpace(end: number = this.#text.length): void {
    const text = this.#text
    while (this.#at < end) {
      const code = text.charCodeAt(this.#at)
      if (code === SPACE || (code >= TAB && code <= RETURN)) this.#at++
      else if (code === HASH) this.#skipLine()
      else if (code === SLASH && text.charCodeAt(this.#at + 1) === SLASH) this.#skipLine()
      else if (code === SLASH && text.charCodeAt(this.#at + 1) === STAR) this.#skipComment()
      else return
    }
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end + 1
  }

  #skipComment(): void {
    const start = this.#at
    const end = this.#closing('*/', start + 2)
    if (end < 0) this.#report(unterminatedComment, start, start + 2)
    this.#at = end < 0 ? this.#text.length : end + 2
  }

  /** Where the bracket closes, or -1; not behind a NUL. */
  #closing(bracket: string, from: number): number {
    const close = this.#text.indexOf(bracket, from)
    return close >= 0 && this.#text.slice(from, close).includes('\0') ? -1 : close
  }

  #scan(): void {
    const start = this.#at
    const code = this.#text.charCodeAt(start)
    if (isLetter(code)) this.#word()
    else if (code === QUOTE) this.#string()
    else if (isDigit(code)) this.#number()
    else if (code === DOLLAR || code === AT) this.#dollarOrAt(code)
    else if (code === PERCENT && this.#text.charCodeAt(start + 1) === OPEN_BRACE) this.#embedded()
    else if (code === APOSTROPHE) this.#apostrophe()
    else if (code === 0) this.#nul()
    else this.#operator()
  }

  #word(): void {
    const start = this.#at
    const text = this.#readWord()
    const isKeyword = keywords.has(text) && (text !== 'private' || this.#language.privateWord)
    this.push(isKeyword ? 'keyword' : 'name', text, start, this.#at)
  }

  /** A name may hold `$`; at its end that may ask for pretty printing. */
  #readWord(): string {
    const start = this.#at++
    let code = this.#text.charCodeAt(this.#at)
    while (isWordPart(code) || code === DOLLAR) code = this.#text.charCodeAt(++this.#at)
    return this.#text.slice(start, this.#at)
  }

  #number(): void {
    const start = this.#at
    while (isWordPart(this.#text.charCodeAt(this.#at))) this.#at++
    this.push('number', this.#text.slice(start, this.#at), start, this.#at)
  }

  #string(): void {
    const start = this.#at
    const close = this.#stringEnd(start + 1)
    const closed = this.#text.charCodeAt(close) === QUOTE
    this.#at = closed ? close + 1 : close
    if (!closed) this.#report(unterminatedString, start, close)
    this.push(
      'string',
      decodeString(this.#text.slice(start + 1, close), this.#language),
      start,
      this.#at,
    )
  }

  /** The offset of the closing quote, or of the end of the line or text where it is missing. */
  #stringEnd(from: number): number {
    const text = this.#text
    let at = from
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === QUOTE || code === NEWLINE || code === 0) return at
      if (code === BACKSLASH) at++
    }
    return text.length
  }

  #dollarOrAt(code: number): void {
    const start = this.#at
    const next = this.#text.charCodeAt(start + 1)
    if (next === HASH) {
      this.#at += 2
      if (this.#pastedAt !== undefined) this.#report(nestedArgument, start, this.#at)
      const count = String(this.#arguments.length)
      this.push(code === AT ? 'string' : 'number', count, start, this.#at)
      return
    }
    if (isDigit(next)) {
      this.#at++
      while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++
      this.#argument(code === AT, Number(this.#text.slice(start + 1, this.#at)), start)
      return
    }
    const text = this.#readWord()
    this.push(text === '@' ? 'stray' : 'name', text, start, this.#at)
    if (code === AT) this.needsPreprocessor = true
  }

  /** `@1` is the argument as a string; `$1` its characters, read as if they stood in the script. */
  #argument(quoted: boolean, index: number, start: number): void {
    const value = this.#arguments[index - 1]
    if (this.#pastedAt !== undefined) {
      this.#report(nestedArgument, start, this.#at)
    } else if (value === undefined) {
      this.push('missing', this.#text.slice(start, this.#at), start, this.#at)
    } else {
      this.usedArguments.add(index)
      if (quoted) this.push('string', toBytes(value), start, this.#at)
      else this.#paste(value, start)
    }
  }

  /** The characters are read together with those behind them: `$1_total` is one name. */
  #paste(value: string, start: number): void {
    const tail = this.#at
    const text = value + this.#text.slice(tail, this.#joinEnd(value, tail))
    const inner = new Scanner({
      source: this.#source,
      text,
      commandLine: this.#arguments,
      language: this.#language,
      pastedAt: { start, end: tail },
    })
    this.#at = tail + Math.max(0, inner.run(value.length) - value.length)
    for (const token of inner.tokens) this.tokens.push(token)
    for (const diagnostic of inner.diagnostics) this.diagnostics.push(diagnostic)
    if (inner.needsPreprocessor) this.needsPreprocessor = true
  }

  /** How far a token that starts in a pasted value may go. */
  #joinEnd(value: string, tail: number): number {
    // A string or comment that the value leaves open goes on behind it.
    if (OPENING.test(value)) return this.#text.length
    let end = tail
    while (isWordPart(this.#text.charCodeAt(end))) end++
    return end === tail ? tail + LONGEST_OPERATOR : end
  }

  #embedded(): void {
    const start = this.#at
    const close = this.#closing('%}', start + 2)
    const end = close < 0 ? this.#text.length : close
    if (close < 0) this.#report(unterminatedEmbeddedCode, start, start + 2)
    this.#at = close < 0 ? end : close + 2
    this.push('embedded', this.#text.slice(start + 2, end), start, this.#at)
  }

  /** What `'a'` means in C is one stray thing. */
  #apostrophe(): void {
    const start = this.#at
    CHARACTER.lastIndex = start
    this.#at = start + (CHARACTER.exec(this.#text)?.[0].length ?? 1)
    this.push('stray', this.#text.slice(start, this.#at), start, this.#at)
  }

  /** The script ends at a NUL, as in SystemTap; but what stands behind is not lost in silence. */
  #nul(): void {
    const start = this.#at
    if (/[^\0\s]/.test(this.#text.slice(start))) this.#report(nulByte, start, start + 1)
    this.#at = this.#text.length
  }

  #operator(): void {
    const start = this.#at
    const candidates = operators.get(this.#text.charAt(start))
    const found = candidates?.find(o => o.length === 1 || this.#text.startsWith(o, start))
    if (found === undefined) {
      FOREIGN.lastIndex = start
      this.#at += FOREIGN.exec(this.#text)?.[0].length ?? 1
      this.push('stray', this.#text.slice(start, this.#at), start, this.#at)
      return
    }
    this.#at += found.length
    if (found.length === 2 && '()?:'.includes(found.charAt(1)) && found.startsWith('%')) {
      this.needsPreprocessor = true
    }
    this.push('operator', found, start, this.#at)
  }
}

// What may make a value end inside a string, a comment or embedded code.
const OPENING = /["#/%\\]/
const LONGEST_OPERATOR = 3
const CHARACTER = /'(?:\\.|[^'\\\n])'/y
// A word in another script is one stray thing.
const FOREIGN = /[\u0080-\u{10ffff}]+/uy

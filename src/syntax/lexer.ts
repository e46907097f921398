import { toBytes } from '../text/bytes.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import {
  characterLiteral,
  nestedArgument,
  strayCharacter,
  unterminatedComment,
  unterminatedEmbeddedCode,
  unterminatedString,
} from './errors.ts'
import { standardMacros } from './standard-macros.ts'
import { decodeString } from './string-literal.ts'
import { keywords, type Token, type TokenKind } from './token.ts'

export interface LexResult {
  /** The last one is `end`. */
  readonly tokens: Token[]
  readonly diagnostics: Diagnostic[]
  /** Numbers, from 1, of the command line arguments that were pasted. */
  readonly usedArguments: Set<number>
  /** Whether there is anything for the preprocessor: one of `%( %? %: %)`, or a macro. */
  readonly needsPreprocessor: boolean
}

/**
 * Splits a source into tokens.
 *
 * Never fails: what it cannot read it reports and skips, so that one stray character costs one
 * message and not the rest of the file.
 */
export function lex(source: Source, commandLine: readonly string[]): LexResult {
  const scanner = new Scanner(source, source.text, commandLine, undefined)
  scanner.run()
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

/** Scans a source, or an argument pasted into one: then every place is that of the paste. */
class Scanner implements LexResult {
  readonly tokens: Token[] = []
  readonly diagnostics: Diagnostic[] = []
  readonly usedArguments: Set<number> = new Set<number>()
  needsPreprocessor = false
  readonly #source: Source
  readonly #text: string
  readonly #arguments: readonly string[]
  readonly #pastedAt: { readonly start: number; readonly end: number } | undefined
  #at = 0

  constructor(
    source: Source,
    text: string,
    commandLine: readonly string[],
    pastedAt: { readonly start: number; readonly end: number } | undefined,
  ) {
    this.#source = source
    this.#text = text
    this.#arguments = commandLine
    this.#pastedAt = pastedAt
  }

  run(): void {
    const text = this.#text
    // A byte order mark is no part of the script.
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1
    for (this.#skipSpace(); this.#at < text.length; this.#skipSpace()) this.#scan()
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

  #skipSpace(): void {
    const text = this.#text
    for (;;) {
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
    const end = this.#text.indexOf('*/', start + 2)
    if (end < 0) this.#report(unterminatedComment, start, start + 2)
    this.#at = end < 0 ? this.#text.length : end + 2
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
    else this.#operator()
  }

  #word(): void {
    const start = this.#at
    const text = this.#readWord()
    this.push(keywords.has(text) ? 'keyword' : 'name', text, start, this.#at)
  }

  /** A name may end in `$` or `$$`, which asks for pretty printing. */
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
    this.push('string', decodeString(this.#text.slice(start + 1, close)), start, this.#at)
  }

  /** The offset of the closing quote, or of the end of the line or text where it is missing. */
  #stringEnd(from: number): number {
    const text = this.#text
    let at = from
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === QUOTE || code === NEWLINE) return at
      if (code === BACKSLASH) at++
    }
    return text.length
  }

  #dollarOrAt(code: number): void {
    const start = this.#at
    const next = this.#text.charCodeAt(start + 1)
    if (next === HASH) {
      this.#at += 2
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
    if (text === '@') this.#report(strayCharacter, start, this.#at)
    else this.push('name', text, start, this.#at)
    if (text === '@define' || standardMacros.has(text)) this.needsPreprocessor = true
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

  #paste(value: string, start: number): void {
    // Pasted characters run together with what follows: `$1_total` is one name.
    const tail = this.#at
    if (isWordPart(value.charCodeAt(value.length - 1))) {
      while (isWordPart(this.#text.charCodeAt(this.#at))) this.#at++
    }
    const text = value + this.#text.slice(tail, this.#at)
    const place = { start, end: this.#at }
    const inner = new Scanner(this.#source, text, this.#arguments, place)
    inner.run()
    for (const token of inner.tokens) this.tokens.push(token)
    for (const diagnostic of inner.diagnostics) this.diagnostics.push(diagnostic)
    if (inner.needsPreprocessor) this.needsPreprocessor = true
  }

  #embedded(): void {
    const start = this.#at
    const close = this.#text.indexOf('%}', start + 2)
    const end = close < 0 ? this.#text.length : close
    if (close < 0) this.#report(unterminatedEmbeddedCode, start, start + 2)
    this.#at = close < 0 ? end : close + 2
    this.push('embedded', this.#text.slice(start + 2, end), start, this.#at)
  }

  /** `'a'` is C: read as its number, so that the rest of the line still makes sense. */
  #apostrophe(): void {
    const start = this.#at
    CHARACTER.lastIndex = start
    const match = CHARACTER.exec(this.#text)
    this.#at = start + (match?.[0].length ?? 1)
    if (match === null) {
      this.#report(strayCharacter, start, this.#at)
      return
    }
    this.#report(characterLiteral, start, this.#at)
    this.push('number', '0', start, this.#at)
  }

  #operator(): void {
    const start = this.#at
    const candidates = operators.get(this.#text.charAt(start))
    const found = candidates?.find(o => o.length === 1 || this.#text.startsWith(o, start))
    if (found === undefined) {
      FOREIGN.lastIndex = start
      this.#at += FOREIGN.exec(this.#text)?.[0].length ?? 1
      this.#report(strayCharacter, start, this.#at)
      return
    }
    this.#at += found.length
    if (found.length === 2 && '()?:'.includes(found.charAt(1)) && found.startsWith('%')) {
      this.needsPreprocessor = true
    }
    this.push('operator', found, start, this.#at)
  }
}

const CHARACTER = /'(?:\\.|[^'\\\n])'/y
// A word in another script is one stray thing.
const FOREIGN = /[\u0080-\u{10ffff}]+/uy

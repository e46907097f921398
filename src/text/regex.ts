/**
 * Regular expressions as SystemTap's `=~` has them: POSIX extended, over bytes, without back
 * references (stapfuncs, "regular expression matching"). A backslash makes any character stand for
 * itself; `(?:…)` groups without capturing. `^` and `$` may stand anywhere.
 */
export type Regex =
  | { readonly kind: 'empty' | 'start' | 'end' }
  | { readonly kind: 'set'; readonly bytes: ByteSet }
  | { readonly kind: 'join' | 'either'; readonly parts: readonly Regex[] }
  | {
      readonly kind: 'repeat'
      readonly body: Regex
      readonly least: number
      /** Undefined: without end. */
      readonly most: number | undefined
    }
  /** `index` counts from 1, by the opening brackets. */
  | { readonly kind: 'group'; readonly index: number; readonly body: Regex }

/** One flag for each byte, 0 to 255. NUL, which ends strings, is in none. */
export type ByteSet = readonly boolean[]

export interface ParsedRegex {
  readonly regex: Regex
  /** Number of capturing groups. */
  readonly groups: number
}

export interface RegexProblem {
  readonly text: string
  /** Which characters of the pattern are wrong. */
  readonly start: number
  readonly end: number
}

/** As RE_DUP_MAX of limits.h limits it, with room. */
const MAX_REPEAT = 1000
/** What repeats of repeats may multiply to: a machine of that many places is a mistake. */
const MAX_PLACES = 20_000
const MAX_DEPTH = 100

/** Takes a pattern apart. Never throws: gives what is wrong with it, and where. */
export function parseRegex(pattern: string): ParsedRegex | RegexProblem {
  const parser = new RegexParser(pattern)
  const regex = parser.whole()
  if (parser.problem !== undefined) return parser.problem
  if (placesOf(regex) > MAX_PLACES) {
    return { text: 'its repeats make it too large', start: 0, end: pattern.length }
  }
  return { regex, groups: parser.groups }
}

/** What is wrong with a pattern, or undefined. */
export function regexProblem(pattern: string): RegexProblem | undefined {
  const parsed = parseRegex(pattern)
  return 'regex' in parsed ? undefined : parsed
}

class RegexParser {
  groups = 0
  problem: RegexProblem | undefined
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Regex {
    // A bracket that nothing opened stands for itself, so that one list may go on behind it.
    return this.#alternatives()
  }

  #alternatives(): Regex {
    const parts = [this.#sequence()]
    while (this.#eat('|')) parts.push(this.#sequence())
    const [only] = parts
    return parts.length === 1 && only ? only : { kind: 'either', parts }
  }

  #sequence(): Regex {
    const parts: Regex[] = []
    while (this.#at < this.#text.length && this.problem === undefined) {
      const next = this.#text[this.#at]
      if (next === '|' || (next === ')' && this.#depth > 0)) break
      parts.push(this.#repeated())
    }
    const [only] = parts
    if (only === undefined) return { kind: 'empty' }
    return parts.length === 1 ? only : { kind: 'join', parts }
  }

  #repeated(): Regex {
    let body = this.#atom()
    for (;;) {
      const mark = this.#at
      const counts = this.#counts()
      if (counts === undefined) return body
      if (body.kind === 'start' || body.kind === 'end') {
        const anchor = body.kind === 'start' ? '^' : '$'
        this.#fail(`'${this.#text[mark]}' has nothing to repeat behind '${anchor}'`, mark)
      }
      body = { kind: 'repeat', body, ...counts }
    }
  }

  #counts(): { readonly least: number; readonly most: number | undefined } | undefined {
    if (this.problem !== undefined) return undefined
    if (this.#eat('*')) return { least: 0, most: undefined }
    if (this.#eat('+')) return { least: 1, most: undefined }
    if (this.#eat('?')) return { least: 0, most: 1 }
    const start = this.#at
    if (!this.#eat('{')) return undefined
    const least = this.#number()
    const most = this.#eat(',') ? (this.#is('}') ? undefined : this.#number()) : least
    if (!this.#eat('}')) this.#fail("this '{' has no '}' behind its numbers", start, start + 1)
    if (most !== undefined && most < least) {
      this.#fail('the largest number of repeats is below the smallest', start)
    }
    return { least, most }
  }

  #number(): number {
    const start = this.#at
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++
    const digits = this.#text.slice(start, this.#at)
    if (digits === '') this.#fail('a number of repeats is expected here', start, start + 1)
    const value = Number(digits)
    if (value > MAX_REPEAT) this.#fail(`at most ${MAX_REPEAT} repeats can be asked for`, start)
    return value
  }

  #atom(): Regex {
    const start = this.#at
    const character = this.#text[this.#at++] ?? ''
    switch (character) {
      case '(':
        return this.#group(start)
      case '[':
        return this.#set(start)
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '.':
        return { kind: 'set', bytes: setOf(() => true) }
      case '*':
      case '+':
      case '?':
      case '{':
        this.#fail(`'${character}' has nothing to repeat`, start)
        return { kind: 'empty' }
      case '\\':
        if (this.#at >= this.#text.length) this.#fail("'\\' has nothing behind it", start)
        return literal(this.#text[this.#at++] ?? '')
      default:
        return literal(character)
    }
  }

  #group(start: number): Regex {
    const captures = !this.#text.startsWith('?:', this.#at)
    if (!captures) this.#at += 2
    const index = captures ? ++this.groups : 0
    if (++this.#depth > MAX_DEPTH) this.#fail('its brackets nest too deep', start, start + 1)
    const body: Regex = this.problem === undefined ? this.#alternatives() : { kind: 'empty' }
    this.#depth--
    if (!this.#eat(')')) this.#fail("this '(' has no ')'", start, start + 1)
    return captures ? { kind: 'group', index, body } : body
  }

  /** `[a-z]`, `[^[:space:]]`: a `]` that comes first stands for itself. */
  #set(start: number): Regex {
    const outside = this.#eat('^')
    const chosen = new Set<number>()
    for (let first = true; first || !this.#is(']'); first = false) {
      if (this.#at >= this.#text.length) {
        this.#fail("this '[' has no ']'", start, start + 1)
        return { kind: 'empty' }
      }
      if (!this.#class(chosen)) this.#range(chosen)
      if (this.problem !== undefined) return { kind: 'empty' }
    }
    this.#at++
    return { kind: 'set', bytes: setOf(byte => chosen.has(byte) !== outside) }
  }

  /** `[:alpha:]` */
  #class(chosen: Set<number>): boolean {
    if (!this.#text.startsWith('[:', this.#at)) return false
    const start = this.#at
    const end = this.#text.indexOf(':]', start + 2)
    if (end < 0) {
      // As in `[[:]`, where it is two characters.
      return false
    }
    const name = this.#text.slice(start + 2, end)
    const members = CLASSES.get(name)
    this.#at = end + 2
    if (members === undefined) this.#fail(`there is no class of characters '${name}'`, start)
    else for (let byte = 1; byte < 128; byte++) if (members.test(textOf(byte))) chosen.add(byte)
    return true
  }

  #range(chosen: Set<number>): void {
    const start = this.#at
    const low = this.#member()
    const ranges = this.#is('-') && !['', ']'].includes(this.#text[this.#at + 1] ?? '')
    if (!ranges) {
      chosen.add(low)
      return
    }
    this.#at++
    const high = this.#member()
    if (high < low) this.#fail(`the range ${this.#text.slice(start, this.#at)} goes down`, start)
    for (let byte = low; byte <= high; byte++) chosen.add(byte)
  }

  #member(): number {
    if (this.#is('\\') && this.#at + 1 < this.#text.length) this.#at++
    return this.#text.charCodeAt(this.#at++)
  }

  #is(character: string): boolean {
    return this.#text[this.#at] === character
  }

  #eat(character: string): boolean {
    if (!this.#is(character)) return false
    this.#at++
    return true
  }

  /** Only the first problem counts: what follows may be its consequence. */
  #fail(text: string, start: number, end = this.#at): void {
    this.problem ??= { text, start, end: Math.max(end, start + 1) }
    this.#at = this.#text.length
  }
}

const CLASSES: ReadonlyMap<string, RegExp> = new Map([
  ['alpha', /[A-Za-z]/],
  ['alnum', /[A-Za-z0-9]/],
  ['blank', /[ \t]/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class of control characters.
  ['cntrl', /[\x00-\x1f\x7f]/],
  ['digit', /[0-9]/],
  ['graph', /[!-~]/],
  ['lower', /[a-z]/],
  ['print', /[ -~]/],
  ['punct', /[!-/:-@[-`{-~]/],
  ['space', /[ \t\n\v\f\r]/],
  ['upper', /[A-Z]/],
  ['xdigit', /[0-9A-Fa-f]/],
])

function textOf(byte: number): string {
  return String.fromCharCode(byte)
}

function literal(character: string): Regex {
  const wanted = character.charCodeAt(0)
  return { kind: 'set', bytes: setOf(byte => byte === wanted) }
}

function setOf(has: (byte: number) => boolean): ByteSet {
  return Array.from({ length: 256 }, (_, byte) => byte > 0 && has(byte))
}

/** How many bytes a machine for it has to tell apart, repeats written out. */
function placesOf(regex: Regex): number {
  switch (regex.kind) {
    case 'empty':
    case 'start':
    case 'end':
    case 'set':
      return 1
    case 'join':
    case 'either':
      return regex.parts.reduce((sum, part) => sum + placesOf(part), 0)
    case 'group':
      return placesOf(regex.body)
    case 'repeat':
      return placesOf(regex.body) * Math.max(1, regex.most ?? regex.least)
  }
}

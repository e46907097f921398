import { type Capturer, capture, capturerOf, UNSET } from '../text/capturer.ts'
import { type Matcher, matcherOf, matches } from '../text/matcher.ts'

/** What one activation keeps of its last match, and of the text that it takes apart. */
export class Texts {
  readonly #matchers = new Map<string, Matcher | undefined>()
  readonly #capturers = new Map<string, Capturer | undefined>()
  #text = ''
  /** Start and end of the whole and each group; undefined when the last did not match. */
  #found: readonly number[] | undefined
  /** What is left to take apart. */
  #rest = ''

  /** A new activation: nothing is kept from the last. */
  start(): void {
    this.#found = undefined
    this.#rest = ''
  }

  matches(pattern: string, text: string): boolean {
    const matcher = cached(this.#matchers, pattern, matcherOf)
    return matcher !== undefined && matches(matcher, text)
  }

  capture(pattern: string, text: string): boolean {
    const capturer = cached(this.#capturers, pattern, capturerOf)
    this.#found = capturer && capture(capturer, text)
    this.#text = text
    return this.#found !== undefined
  }

  groups(): bigint {
    return this.#found === undefined ? -1n : BigInt(this.#found.length / 2 - 1)
  }

  matched(index: bigint): string {
    if (this.#found === undefined || index < 0n || index > this.groups()) return ''
    const [start = UNSET, end = UNSET] = this.#found.slice(2 * Number(index))
    return start === UNSET || end === UNSET ? '' : this.#text.slice(start, end)
  }

  tokenize(text: string, delimiters: string): string {
    if (text !== '') this.#rest = text
    let start = 0
    while (start < this.#rest.length && delimiters.includes(this.#rest.charAt(start))) start++
    let end = start
    while (end < this.#rest.length && !delimiters.includes(this.#rest.charAt(end))) end++
    const token = this.#rest.slice(start, end)
    this.#rest = this.#rest.slice(end + 1)
    return token
  }
}

function cached<T>(known: Map<string, T>, pattern: string, make: (pattern: string) => T): T {
  const found = known.get(pattern)
  if (found !== undefined) return found
  const made = make(pattern)
  known.set(pattern, made)
  return made
}

import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { malformedPattern } from './point-errors.ts'

/** `FUNC[@FILE[:LINES]]`; FUNC and FILE may be globs. */
export interface FunctionPattern {
  readonly text: string
  readonly span: Span
  readonly name: string
  readonly file: string | undefined
  /** As written: `10`, `+3`, `*`, `10-20,30`. */
  readonly lines: string | undefined
}

export function functionPattern(text: string, span: Span): FunctionPattern | Diagnostic {
  const at = text.indexOf('@')
  if (at < 0) {
    if (text === '') return malformedPattern(span, text)
    return { text, span, name: text, file: undefined, lines: undefined }
  }
  const name = text.slice(0, at)
  const place = text.slice(at + 1)
  const colon = place.indexOf(':')
  const file = colon < 0 ? place : place.slice(0, colon)
  const lines = colon < 0 ? undefined : place.slice(colon + 1)
  if (name === '' || file === '') return malformedPattern(span, text)
  if (lines !== undefined && !LINES.test(lines)) return malformedPattern(span, text)
  return { text, span, name, file, lines }
}

/** The ranges of lines that a pattern names; undefined where they count from the function. */
export function lineRanges({
  lines,
}: FunctionPattern): readonly (readonly [from: number, to: number])[] | undefined {
  if (lines === undefined || /[*+]/.test(lines)) return undefined
  return lines.split(',').flatMap(range => {
    const [from = '', to = from] = range.split('-')
    return range === '' ? [] : [[Number(from), Number(to || from)] as const]
  })
}

/** All lines, or a list of lines and ranges, which `+` counts from the function. */
const LINES = /^(?:\*|\+?(?=[,-]*[0-9])[0-9,-]{1,99})$/

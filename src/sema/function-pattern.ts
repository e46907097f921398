import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { lineNotSupported } from './point-errors.ts'

/** `FUNC[@FILE[:LINE]]`; FUNC and FILE may be globs. */
export interface FunctionPattern {
  readonly text: string
  readonly span: Span
  readonly name: string
  readonly file: string | undefined
  readonly line: number | undefined
}

export function functionPattern(text: string, span: Span): FunctionPattern | Diagnostic {
  const at = text.indexOf('@')
  if (at < 0) return { text, span, name: text, file: undefined, line: undefined }
  const name = text.slice(0, at)
  const place = text.slice(at + 1)
  const colon = place.indexOf(':')
  if (colon < 0) return { text, span, name, file: place, line: undefined }
  const line = place.slice(colon + 1)
  if (!/^[0-9]+$/.test(line)) return lineNotSupported(span, line)
  return { text, span, name, file: place.slice(0, colon), line: Number(line) }
}

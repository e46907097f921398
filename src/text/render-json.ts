import type { Diagnostic, Note } from './diagnostic.ts'
import { isWhole } from './render.ts'
import type { Span } from './source.ts'
import { tokenAt } from './token-at.ts'

/** A place for programs; lines and columns count from 1, the end is behind the last character. */
interface JsonPlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
  readonly end?: { readonly line: number; readonly column: number }
}

/** One diagnostic as an object of `--json`; fields without a value are left out. */
export interface JsonDiagnostic extends JsonPlace {
  readonly type: 'diagnostic'
  readonly severity: Diagnostic['severity']
  readonly code: string
  readonly stage?: 'parse' | 'semantic'
  readonly machine?: true
  readonly text: string
  readonly token?: string
  readonly label?: string
  readonly similar?: readonly string[]
  readonly notes: readonly (Partial<JsonPlace> & { readonly text: string })[]
  readonly hint?: string
}

export function diagnosticJson(d: Diagnostic): JsonDiagnostic {
  return {
    type: 'diagnostic',
    severity: d.severity,
    code: d.code,
    ...(d.stage && { stage: d.stage }),
    ...(d.machine && { machine: d.machine }),
    text: d.text,
    ...(isWhole(d.span) ? {} : { token: tokenAt(d.span) }),
    ...jsonPlace(d.span),
    ...(d.label !== undefined && { label: d.label }),
    ...(d.similar !== undefined && d.similar.length > 0 && { similar: d.similar }),
    notes: d.notes.map(jsonNote),
    ...(d.hint !== undefined && { hint: d.hint }),
  }
}

function jsonNote({ text, span }: Note): JsonDiagnostic['notes'][number] {
  return span === undefined ? { text } : { text, ...jsonPlace(span) }
}

function jsonPlace(span: Span): JsonPlace {
  const { source, start, end } = span
  if (isWhole(span)) return { file: source.name }
  return { file: source.name, ...source.position(start), end: source.position(end) }
}

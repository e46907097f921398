import type { Diagnostic, Note } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'

export interface Details {
  readonly label?: string
  readonly notes?: readonly Note[]
  readonly hint?: string | undefined
}

/** What the messages of this folder are made with. */
export function error(code: string, span: Span, text: string, details: Details = {}): Diagnostic {
  return message('error', { code, span, text, details })
}

export function warning(code: string, span: Span, text: string, details: Details = {}): Diagnostic {
  return message('warning', { code, span, text, details })
}

function message(
  severity: Diagnostic['severity'],
  given: { code: string; span: Span; text: string; details: Details },
): Diagnostic {
  const { code, span, text, details } = given
  const { notes = [], label, hint } = details
  return {
    code,
    severity,
    stage: 'semantic',
    span,
    text,
    notes,
    ...(label !== undefined && { label }),
    ...(hint !== undefined && { hint }),
  }
}

/** `did you mean 'a', 'b' or 'c'?`, or nothing where nothing is near. */
export function didYouMean(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  return `did you mean ${alternatives(names.map(n => `'${n}'`))}?`
}

/** `a`, `a or b`, `a, b or c` */
export function alternatives(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

/** `1 argument`, `2 arguments` */
export function count(n: number, noun: string): string {
  return n === 0 ? `no ${noun}s` : `${n} ${noun}${n === 1 ? '' : 's'}`
}

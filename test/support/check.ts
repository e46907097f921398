import type { Facts } from '../../src/kernel/facts.ts'
import { type CheckOptions, type CheckResult, check } from '../../src/sema/check.ts'
import type { Library } from '../../src/sema/library.ts'
import { parse } from '../../src/syntax/parser.ts'
import type { Diagnostic } from '../../src/text/diagnostic.ts'
import { placeText, Source } from '../../src/text/source.ts'
import { fakeFacts } from './fake-facts.ts'
import { tapset } from './tapset.ts'

interface Given {
  readonly facts?: Facts
  readonly library?: Library
  readonly options?: Partial<CheckOptions>
}

const shipped = tapset()

/** Checks a script against a small made-up kernel and the tapset of this tree. */
export function checkText(text: string, { facts, library, options }: Given = {}): CheckResult {
  const { file, diagnostics } = parse(new Source('t.stp', text), { arguments: [], guru: true })
  const read = diagnostics.filter(d => d.severity === 'error')
  if (read.length > 0) throw new Error(read.map(diagnosticText).join('\n'))
  return check([file], library ?? shipped, facts ?? fakeFacts(), {
    guru: false,
    unoptimised: true,
    ...options,
  })
}

/** `t.stp:1:7 code: text (hint)`, with notes that have a place behind. */
export function diagnosticText(d: Diagnostic): string {
  const hint = d.hint === undefined ? '' : ` (${d.hint})`
  const notes = d.notes.map(
    n => `; ${n.span ? placeText(n.span).replace(/^.*?:/, '') : ''} ${n.text}`,
  )
  const severity = d.severity === 'warning' ? 'warning ' : ''
  const place = placeText(d.span).replace(/^t\.stp:/, '')
  return `${place} ${severity}${d.code}: ${d.text}${hint}${notes.join('')}`
}

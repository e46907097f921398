import type { Diagnostic, Note } from './diagnostic.ts'
import type { Colors } from './render-colors.ts'
import { frame, lastPlace, type Paint } from './render-frame.ts'
import { placeText, type Span } from './source.ts'
import { tokenAt } from './token-at.ts'

export interface RenderOptions {
  /** None: plain text. */
  readonly colors?: Colors | undefined
}

/** More errors than this help nobody: the first ones are the ones to repair. */
const MAX_ERRORS = 20
/** Of the names that are like a wrong one. */
const MAX_SIMILAR = 5

/**
 * One diagnostic as people read it, without a line break at the end. The first line, and the
 * second of a parse error, are as SystemTap writes them:
 *
 * ```text
 * semantic error: there is no function 'foo': identifier 'foo' at t.stp:1:15 [unknown-function]
 *   |
 * 1 | probe begin { foo(1) }
 *   |               ^^^
 *   = hint: a function is declared outside of probes
 * ```
 */
export function render(d: Diagnostic, options: RenderOptions = {}): string {
  const paint = painter(options.colors)
  const spans = [d.span, ...d.notes.flatMap(n => (n.span === undefined ? [] : [n.span]))]
  const lineNumbers = spans.map(s => lastPlace(s).line)
  const gutter = ' '.repeat(String(Math.max(...lineNumbers)).length)
  const look = { gutter, paint }
  return [
    ...head(d, paint),
    ...(isWhole(d.span) ? [] : frame(d.span, { ...look, style: 'caret', label: d.label })),
    ...d.notes.flatMap(note => renderNote(note, gutter, paint)),
    ...(d.hint === undefined ? [] : [`${gutter} ${paint('source', '=')} hint: ${d.hint}`]),
  ].join('\n')
}

/**
 * All of them, in the order of their places, each said once, with an empty line between them and
 * without a line break at the end. After 20 errors the rest is only counted.
 */
export function renderAll(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const blocks: string[] = []
  let errors = 0
  for (const d of inOrder(diagnostics)) {
    if (d.severity === 'error' && ++errors > MAX_ERRORS) continue
    blocks.push(render(d, options))
  }
  if (errors > MAX_ERRORS) blocks.push(`… and ${errors - MAX_ERRORS} more`)
  return blocks.join('\n\n')
}

/** In the order of their places, each once. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const sources = [...new Set(diagnostics.map(d => d.span.source))]
  const byText = new Map<string, Diagnostic>()
  for (const d of diagnostics) {
    const { source, start, end } = d.span
    const key = [d.severity, d.code, sources.indexOf(source), start, end, d.text].join('\0')
    if (!byText.has(key)) byText.set(key, d)
  }
  return [...byText.values()].sort(
    (a, b) =>
      sources.indexOf(a.span.source) - sources.indexOf(b.span.source) ||
      a.span.start - b.span.start,
  )
}

/** An empty span at the start means the script as a whole: no place is shown. */
export function isWhole(span: Span): boolean {
  return span.start === 0 && span.end === 0
}

/** Whether nothing stands at the place: the source ends there. */
function isAtEnd(span: Span): boolean {
  return span.source.text.slice(span.start).trim() === ''
}

function painter(colors: Colors | undefined): Paint {
  if (colors === undefined) return (_, text) => text
  return (style, text) => `\x1b[${colors[style]}m${text}\x1b[0m`
}

function head(d: Diagnostic, paint: Paint): string[] {
  const code = paint('source', `[${d.code}]`)
  const text = `${severity(d, paint)} ${d.text}${similar(d)}`
  if (isWhole(d.span)) return [`${text} ${code}`]
  if (d.severity === 'warning' || d.stage !== 'parse') {
    return [`${text}: ${place(d.span, paint)} ${code}`]
  }
  const saw = isAtEnd(d.span) ? `${d.span.source.name} EOF` : place(d.span, paint)
  return [`${text} ${code}`, `     saw: ${saw}`]
}

function severity(d: Diagnostic, paint: Paint): string {
  if (d.severity === 'warning') return paint('warning', 'WARNING:')
  return paint('error', d.stage === undefined ? 'ERROR:' : `${d.stage} error:`)
}

function similar({ similar: names = [] }: Diagnostic): string {
  return names.length === 0 ? '' : ` (similar: ${names.slice(0, MAX_SIMILAR).join(', ')})`
}

/** `identifier 'foo' at t.stp:1:15` */
function place(span: Span, paint: Paint): string {
  const where = paint('source', placeText(span))
  return isAtEnd(span) ? `the end at ${where}` : `${tokenAt(span)} at ${where}`
}

function renderNote(note: Note, gutter: string, paint: Paint): string[] {
  const text = `${gutter} ${paint('source', '=')} note: ${note.text}`
  if (note.span === undefined) return [text]
  return [
    `${text}: ${place(note.span, paint)}`,
    ...frame(note.span, { gutter, paint, style: 'caret' }),
  ]
}

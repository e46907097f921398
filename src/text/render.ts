import type { Diagnostic, Note } from './diagnostic.ts'
import { placeText, type Span } from './source.ts'
import { type Cell, cellsOf } from './width.ts'

export interface RenderOptions {
  readonly color?: boolean
}

/** More errors than this help nobody: the first ones are the ones to repair. */
const MAX_ERRORS = 20
/** Of a source line; what is further from the marked part is cut. */
const MAX_COLUMNS = 100
/** Kept left of the marked part when a line is cut. */
const CONTEXT_COLUMNS = 30

/**
 * One diagnostic as people read it, without a line break at the end:
 *
 * ```text
 * error[unterminated-string]: this string has no closing quote
 *  --> t.stp:1:5
 *   |
 * 1 | x = "oops
 *   |     ^^^^^
 *   = hint: a string ends on the line it starts on
 * ```
 */
export function render(d: Diagnostic, options: RenderOptions = {}): string {
  const paint = options.color === true ? ansi : plain
  const spans = [d.span, ...d.notes.flatMap(n => (n.span === undefined ? [] : [n.span]))]
  const lineNumbers = spans.map(s => s.source.position(s.start).line)
  const gutter = ' '.repeat(String(Math.max(...lineNumbers)).length)
  const severity = paint(d.severity, `${d.severity}[${d.code}]`)
  return [
    `${severity}${paint('strong', `: ${d.text}`)}`,
    ...frame(d.span, { gutter, paint, style: d.severity, label: d.label }),
    ...d.notes.flatMap(note => renderNote(note, gutter, paint)),
    ...(d.hint === undefined ? [] : [`${gutter} ${paint('frame', '=')} hint: ${d.hint}`]),
  ].join('\n')
}

/**
 * All of them, in the order of their places, each said once, with an empty line between them and
 * without a line break at the end. After 20 errors the rest is only counted.
 */
export function renderAll(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const sorted = inOrder(diagnostics)
  const blocks: string[] = []
  let errors = 0
  for (const d of sorted) {
    if (d.severity === 'error' && ++errors > MAX_ERRORS) continue
    blocks.push(render(d, options))
  }
  if (errors > MAX_ERRORS) blocks.push(`… and ${errors - MAX_ERRORS} more`)
  return blocks.join('\n\n')
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
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

type Style = 'error' | 'warning' | 'note' | 'frame' | 'strong'
type Paint = (style: Style, text: string) => string

const plain: Paint = (_, text) => text

const codes: Readonly<Record<Style, string>> = {
  error: '1;31',
  warning: '1;33',
  note: '1;36',
  frame: '1;34',
  strong: '1',
}

const ansi: Paint = (style, text) => `\x1b[${codes[style]}m${text}\x1b[0m`

interface FrameStyle {
  /** As wide as the largest line number. */
  readonly gutter: string
  readonly paint: Paint
  readonly style: Style
  readonly label?: string | undefined
}

function renderNote(note: Note, gutter: string, paint: Paint): string[] {
  const text = `${gutter} ${paint('frame', '=')} note: ${note.text}`
  if (note.span === undefined) return [text]
  return [text, ...frame(note.span, { gutter, paint, style: 'note' })]
}

function frame(span: Span, { gutter, paint, style, label }: FrameStyle): string[] {
  const { line, column } = span.source.position(span.start)
  const text = span.source.line(line)
  const bar = paint('frame', '|')
  const { shown, before, marked } = excerpt(text, column - 1, column - 1 + span.end - span.start)
  const underline = '^'.repeat(Math.max(1, marked))
  const beside = label === undefined ? underline : `${underline} ${label}`
  return [
    `${gutter}${paint('frame', '-->')} ${placeText(span)}`,
    `${gutter} ${bar}`,
    `${paint('frame', String(line).padStart(gutter.length))} ${bar} ${shown}`.trimEnd(),
    `${gutter} ${bar} ${' '.repeat(before)}${paint(style, beside)}`,
  ]
}

interface Excerpt {
  readonly shown: string
  /** Columns before the marked part, and of it. */
  readonly before: number
  readonly marked: number
}

/** The part of a line that is shown, which is all of it unless it is very long. */
function excerpt(line: string, start: number, end: number): Excerpt {
  const cells = cellsOf(line)
  const before = columns(cells.filter(c => c.offset < start))
  const marked = columns(cells.filter(c => c.offset >= start && c.offset < end))
  if (columns(cells) <= MAX_COLUMNS) return { shown: textOf(cells), before, marked }

  const from = Math.max(0, Math.min(before - CONTEXT_COLUMNS, columns(cells) - MAX_COLUMNS))
  let at = 0
  const kept: Cell[] = []
  let first = 0
  for (const cell of cells) {
    if (at >= from && at + cell.columns <= from + MAX_COLUMNS) {
      if (kept.length === 0) first = at
      kept.push(cell)
    }
    at += cell.columns
  }
  const left = first > 0 ? '…' : ''
  const right = first + columns(kept) < at ? '…' : ''
  const room = columns(kept) - (before - first)
  return {
    shown: `${left}${textOf(kept)}${right}`,
    before: before - first + left.length,
    marked: Math.min(marked, Math.max(1, room)),
  }
}

function columns(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + cell.columns, 0)
}

function textOf(cells: readonly Cell[]): string {
  return cells.map(c => c.text).join('')
}

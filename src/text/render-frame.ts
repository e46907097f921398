import type { Colors } from './render-colors.ts'
import type { Position, Span } from './source.ts'
import { type Cell, cellsOf } from './width.ts'

/** Of a source line; what is further from the marked part is cut. */
const MAX_COLUMNS = 100
/** More characters than so many columns can have. */
const FAR = 4000
/** Kept left of the marked part when a line is cut. */
const CONTEXT_COLUMNS = 30

export type Paint = (style: keyof Colors, text: string) => string

export interface FrameStyle {
  /** As wide as the largest line number. */
  readonly gutter: string
  readonly paint: Paint
  readonly style: keyof Colors
  readonly label?: string | undefined
}

/** The line of the source in which a span starts, with the span underlined. */
export function frame(span: Span, { gutter, paint, style, label }: FrameStyle): string[] {
  const { line, column } = lastPlace(span)
  const text = span.source.line(line)
  const bar = paint('source', '|')
  const { shown, before, marked } = excerpt(text, column - 1, column - 1 + span.end - span.start)
  const underline = '^'.repeat(Math.max(1, marked))
  const beside = label === undefined ? '' : ` ${label}`
  return [
    `${gutter} ${bar}`,
    `${paint('source', String(line).padStart(gutter.length))} ${bar} ${shown}`.trimEnd(),
    `${gutter} ${bar} ${' '.repeat(before)}${paint(style, underline)}${beside}`,
  ]
}

/** Where a span starts; of one at the end of its source, the place behind the last word. */
export function lastPlace({ source, start }: Span): Position {
  const atEnd = source.text.slice(start).trim() === ''
  return source.position(atEnd ? Math.min(start, source.text.trimEnd().length) : start)
}

interface Excerpt {
  readonly shown: string
  /** Columns before the marked part, and of it. */
  readonly before: number
  readonly marked: number
}

/** The part of a line that is shown, which is all of it unless it is very long. */
function excerpt(whole: string, startInWhole: number, endInWhole: number): Excerpt {
  // Of a line as machines write them, no more is measured than can be shown.
  const cut = Math.max(0, startInWhole - FAR)
  const line = whole.slice(cut, startInWhole + FAR)
  const [start, end] = [startInWhole - cut, endInWhole - cut]
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
  const left = cut + first > 0 ? '…' : ''
  const isCut = startInWhole + FAR < whole.length
  const right = isCut || first + columns(kept) < at ? '…' : ''
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

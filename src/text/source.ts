/** A text with a name, and places in it. Knows nothing of any language. */
export class Source {
  readonly name: string
  readonly text: string
  #lineStarts: number[] | undefined

  constructor(name: string, text: string) {
    this.name = name
    this.text = text
  }

  span(start: number, end: number): Span {
    return { source: this, start, end }
  }

  /** Line and column of an offset, both counted from 1; columns count UTF-16 units. */
  position(offset: number): Position {
    const starts = this.#starts()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }

  /** The text of a line counted from 1, without its line break. */
  line(line: number): string {
    const starts = this.#starts()
    const start = starts[line - 1]
    if (start === undefined) return ''
    const end = starts[line] ?? this.text.length + 1
    return this.text.slice(start, end - 1).replace(/\r$/, '')
  }

  #starts(): number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0]
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
        starts.push(at + 1)
      }
      this.#lineStarts = starts
    }
    return this.#lineStarts
  }
}

/** A half-open range of offsets in one source. */
export interface Span {
  readonly source: Source
  readonly start: number
  readonly end: number
}

export interface Position {
  readonly line: number
  readonly column: number
}

/** The range from the start of one span to the end of another one of the same source. */
export function join(first: Span, last: Span): Span {
  return { source: first.source, start: first.start, end: last.end }
}

/** `FILE:LINE:COLUMN`, as SystemTap writes a place. */
export function placeText(span: Span): string {
  const { line, column } = span.source.position(span.start)
  return `${span.source.name}:${line}:${column}`
}

import type { Span } from '../text/source.ts'
import type { ValueType } from './checked.ts'

/**
 * The type of a variable, a parameter, a result, a key or an expression, while it is being found
 * out. Cells that must have one type are linked; the last of a chain of links knows it.
 */
export interface Cell {
  link?: Cell
  type?: ValueType
  /** What gave it its type. */
  since?: Span
  /** Two types were found for it, which was reported: it fits everything now. */
  broken?: true
}

/** Two types for one thing: what it was, since when, and what it is here. */
export interface Clash {
  readonly first: ValueType
  readonly since: Span | undefined
  readonly second: ValueType
  readonly secondSince: Span | undefined
}

export function unknown(): Cell {
  return {}
}

export function known(type: ValueType, since: Span): Cell {
  return { type, since }
}

/** For what could not be understood, so that nothing else is said about it. */
export function broken(): Cell {
  return { broken: true }
}

export function typeOf(cell: Cell): ValueType | undefined {
  return root(cell).type
}

/** What gave a cell its type. */
export function since(cell: Cell): Span | undefined {
  return root(cell).since
}

export function isBroken(cell: Cell): boolean {
  return root(cell).broken === true
}

/** Makes both one cell. Of two different types, the first stays. */
export function unify(a: Cell, b: Cell): Clash | undefined {
  const first = root(a)
  const second = root(b)
  if (first === second) return undefined
  if (first.type !== undefined && second.type !== undefined && first.type !== second.type) {
    const silent = first.broken || second.broken
    first.broken = true
    second.broken = true
    if (silent) return undefined
    return {
      first: first.type,
      since: first.since,
      second: second.type,
      secondSince: second.since,
    }
  }
  const [from, to] = first.type === undefined ? [first, second] : [second, first]
  if (from.broken) to.broken = true
  from.link = to
  return undefined
}

/** Says that the cell is of this type, because of that place. */
export function constrain(cell: Cell, type: ValueType, since: Span): Clash | undefined {
  const last = root(cell)
  if (last.type === undefined) {
    last.type = type
    last.since = since
    return undefined
  }
  if (last.type === type || last.broken) return undefined
  // Only this use is wrong: others of the same variable may be right.
  return { first: type, since: undefined, second: last.type, secondSince: last.since }
}

/** The same for all cells that are linked. */
export function root(cell: Cell): Cell {
  let last = cell
  while (last.link !== undefined) last = last.link
  // Shortens the way for the next time.
  let at = cell
  while (at.link !== undefined && at.link !== last) {
    const next = at.link
    at.link = last
    at = next
  }
  return last
}

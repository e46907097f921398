import { NO_USE, type StatisticUse } from '../ir/statistic.ts'
import {
  addValue,
  type Extractor,
  emptyStatistic,
  extract,
  mergeInto,
  type Statistic,
} from './statistic.ts'

/** A value of the language: a long in 64 signed bits, or a byte string. */
export type Value = bigint | string

/** What a store asks about a global: the checker's Global and the image's layout both fit. */
export interface GlobalInfo {
  readonly id: number
  readonly name: string
  readonly type: 'long' | 'string' | 'statistic'
  readonly keys: readonly ('long' | 'string')[]
  readonly initial: bigint | string | undefined
  readonly capacity: number
  readonly wrap: boolean
  /** Of a statistic. */
  readonly statistic?: StatisticUse
}

export interface Element {
  readonly keys: readonly Value[]
  readonly value: Value
  /** Of an array of statistics, whose `value` means nothing. */
  readonly statistic?: Statistic
}

/** Keys of which some match anything. */
export type KeyPattern = readonly (Value | undefined)[]

/** Where the globals of a script are: in this process, or in maps shared with the kernel. */
export interface Store {
  get(global: GlobalInfo): Value
  set(global: GlobalInfo, value: Value): void
  /** Gives the value before. */
  add(global: GlobalInfo, by: bigint): bigint
  /** 0 or "" for an element that is not there. */
  elementGet(array: GlobalInfo, keys: readonly Value[]): Value
  /** False when the array is full. */
  elementSet(array: GlobalInfo, keys: readonly Value[], value: Value): boolean
  /** Gives the value before, or undefined when the array is full. */
  elementAdd(array: GlobalInfo, keys: readonly Value[], by: bigint): bigint | undefined
  elementHas(array: GlobalInfo, keys: KeyPattern): boolean
  elementDelete(array: GlobalInfo, keys: KeyPattern): void
  clear(array: GlobalInfo): void
  /** Adds to a statistic, which has no keys when it is a scalar; false when the array is full. */
  statAdd(global: GlobalInfo, keys: readonly Value[], value: bigint): boolean
  /** An empty one where there is none. */
  statistic(global: GlobalInfo, keys: readonly Value[]): Statistic
  /** The elements as they are now, in order of insertion. */
  elements(array: GlobalInfo): Element[]
}

/** Globals that no kernel program touches. */
export class MemoryStore implements Store {
  readonly #scalars = new Map<number, Value>()
  /** By encoded key; the order of a Map is the order of insertion. */
  readonly #arrays = new Map<number, Map<string, Element>>()

  get(global: GlobalInfo): Value {
    return this.#scalars.get(global.id) ?? global.initial ?? zeroOf(global)
  }

  set(global: GlobalInfo, value: Value): void {
    this.#scalars.set(global.id, value)
  }

  add(global: GlobalInfo, by: bigint): bigint {
    const before = this.get(global)
    const old = typeof before === 'bigint' ? before : 0n
    this.#scalars.set(global.id, BigInt.asIntN(64, old + by))
    return old
  }

  elementGet(array: GlobalInfo, keys: readonly Value[]): Value {
    return this.#array(array).get(encodeKeys(keys))?.value ?? zeroOf(array)
  }

  elementSet(array: GlobalInfo, keys: readonly Value[], value: Value): boolean {
    const elements = this.#array(array)
    const key = encodeKeys(keys)
    if (!elements.has(key) && !makeRoom(array, elements)) return false
    elements.set(key, { keys, value })
    return true
  }

  elementAdd(array: GlobalInfo, keys: readonly Value[], by: bigint): bigint | undefined {
    const before = this.elementGet(array, keys)
    const old = typeof before === 'bigint' ? before : 0n
    return this.elementSet(array, keys, BigInt.asIntN(64, old + by)) ? old : undefined
  }

  elementHas(array: GlobalInfo, keys: KeyPattern): boolean {
    const elements = this.#array(array)
    if (isExact(keys)) return elements.has(encodeKeys(keys))
    for (const element of elements.values()) if (matches(element, keys)) return true
    return false
  }

  elementDelete(array: GlobalInfo, keys: KeyPattern): void {
    const elements = this.#array(array)
    if (isExact(keys)) {
      elements.delete(encodeKeys(keys))
      return
    }
    for (const [key, element] of elements) if (matches(element, keys)) elements.delete(key)
  }

  clear(array: GlobalInfo): void {
    this.#array(array).clear()
  }

  elements(array: GlobalInfo): Element[] {
    return [...this.#array(array).values()]
  }

  statAdd(global: GlobalInfo, keys: readonly Value[], value: bigint): boolean {
    const elements = this.#array(global)
    const key = encodeKeys(keys)
    const known = elements.get(key)?.statistic
    if (known === undefined && !makeRoom(global, elements)) return false
    const statistic = known ?? emptyStatistic(global.statistic)
    addValue(statistic, global.statistic ?? NO_USE, value)
    if (known === undefined) elements.set(key, { keys, value: 0n, statistic })
    return true
  }

  statistic(global: GlobalInfo, keys: readonly Value[]): Statistic {
    const copy = emptyStatistic(global.statistic)
    const known = this.#array(global).get(encodeKeys(keys))?.statistic
    if (known !== undefined) mergeInto(copy, known)
    return copy
  }

  #array(array: GlobalInfo): Map<string, Element> {
    let elements = this.#arrays.get(array.id)
    if (elements === undefined) {
      elements = new Map()
      this.#arrays.set(array.id, elements)
    }
    return elements
  }
}

export function zeroOf(global: GlobalInfo): Value {
  return global.type === 'string' ? '' : 0n
}

export function matches(element: Element, pattern: KeyPattern): boolean {
  return pattern.every((key, i) => key === undefined || key === element.keys[i])
}

export function isExact(pattern: KeyPattern): pattern is readonly Value[] {
  return pattern.every(key => key !== undefined)
}

/** How `foreach` orders: `by` is the value, or a key by its index from 0. */
export interface Order {
  readonly by: 'value' | number
  readonly ascending: boolean
  /** Of an array of statistics: what its values are ordered by; the count without. */
  readonly aggregate?: Extractor
}

/** The elements that a `foreach` visits: those that match, sorted, at most `limit`. */
export function iteration(
  { statistic: use }: Pick<GlobalInfo, 'statistic'>,
  elements: readonly Element[],
  slice: KeyPattern | undefined,
  order: Order | undefined,
  limit: bigint | undefined,
): readonly Element[] {
  const chosen = slice === undefined ? [...elements] : elements.filter(e => matches(e, slice))
  if (order !== undefined) {
    const { by, ascending, aggregate } = order
    const field = (e: Element): Value => {
      if (by !== 'value') return e.keys[by] ?? 0n
      if (e.statistic === undefined) return e.value
      return extract(e.statistic, use ?? NO_USE, aggregate ?? 'count') ?? 0n
    }
    // Stable, so that ties keep the order of insertion, in both directions.
    chosen.sort((a, b) => (ascending ? compare(field(a), field(b)) : compare(field(b), field(a))))
  }
  if (limit === undefined) return chosen
  return limit <= 0n ? [] : chosen.slice(0, Number(limit))
}

/** Longs by value, strings by bytes: their chars are bytes, so `<` does. */
function compare(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** False when a plain array is full; a wrapping one loses its oldest element. */
function makeRoom(array: GlobalInfo, elements: Map<string, Element>): boolean {
  if (elements.size < array.capacity) return true
  if (!array.wrap) return false
  for (const key of elements.keys()) {
    elements.delete(key)
    break
  }
  return true
}

/** One string for each list of keys: lengths in front keep `"a","b"` and `"ab",""` apart. */
function encodeKeys(keys: readonly Value[]): string {
  let encoded = ''
  for (const key of keys) encoded += typeof key === 'string' ? `${key.length}:${key}` : `${key};`
  return encoded
}

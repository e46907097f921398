import {
  addValue,
  emptyStatistic,
  mergeInto,
  readStatistic,
  type Statistic,
  writeStatistic,
} from '../host/statistic.ts'
import {
  type Element,
  type GlobalInfo,
  isExact,
  type KeyPattern,
  matches,
  type Store,
  type Value,
} from '../host/store.ts'
import type { GlobalLayout } from '../image.ts'
import { NO_USE } from '../ir/statistic.ts'
import type { LoadedMap } from '../load/loaded.ts'
import { decodeKey, E2BIG, encodeKey, ORDER_BYTES, readOrder } from './map-values.ts'

type StatisticStorage = Extract<GlobalLayout['storage'], { kind: 'statistic' }>

export interface StatisticMaps {
  /** One statistic for each CPU. Says which elements there are. */
  readonly perCpu: LoadedMap
  /** Order of insertion, and what klew's handlers added. */
  readonly own: LoadedMap | undefined
  /** The next insertion order of any array. */
  nextOrder(): bigint
}

type NoValue = (g: GlobalInfo) => never

const BPF_NOEXIST = 1
const EEXIST = 17

/**
 * Statistics that programs in the kernel add to, each CPU to its own. What klew's handlers add
 * stands apart: written into a CPU's value it could undo what a program adds at that moment.
 */
export class StatisticStore implements Store {
  readonly get: NoValue = noValue
  readonly set: NoValue = noValue
  readonly add: NoValue = noValue
  readonly elementGet: NoValue = noValue
  readonly elementSet: NoValue = noValue
  readonly elementAdd: NoValue = noValue
  readonly #maps: StatisticMaps
  readonly #storage: StatisticStorage

  constructor(maps: StatisticMaps, storage: StatisticStorage) {
    this.#maps = maps
    this.#storage = storage
  }

  statAdd(g: GlobalInfo, keys: readonly Value[], value: bigint): boolean {
    const { own } = this.#maps
    if (own === undefined) throw new Error(`statistic '${g.name}' is added to, and has no place`)
    const key = this.#key(g, keys)
    if (!this.#make(g, key)) return false
    const bytes = own.lookup(key) ?? new Uint8Array(ORDER_BYTES + this.#storage.valueBytes)
    const use = g.statistic ?? NO_USE
    const statistic = readStatistic(bytes, ORDER_BYTES, use)
    addValue(statistic, use, value)
    writeStatistic(statistic, bytes, ORDER_BYTES, use)
    own.update(key, bytes)
    return true
  }

  statistic(g: GlobalInfo, keys: readonly Value[]): Statistic {
    const key = this.#key(g, keys)
    const perCpu = this.#maps.perCpu.lookup(key)
    const own = this.#storage.own?.adds === true ? this.#maps.own?.lookup(key) : undefined
    return this.#merged(g, perCpu, own)
  }

  elementHas(g: GlobalInfo, keys: KeyPattern): boolean {
    if (isExact(keys)) return this.#maps.perCpu.lookup(this.#key(g, keys)) !== undefined
    return this.elements(g).some(e => matches(e, keys))
  }

  elementDelete(g: GlobalInfo, keys: KeyPattern): void {
    if (isExact(keys)) {
      this.#delete(this.#key(g, keys))
      return
    }
    for (const e of this.elements(g)) if (matches(e, keys)) this.#delete(this.#key(g, e.keys))
  }

  clear(g: GlobalInfo): void {
    const { perCpu, own } = this.#maps
    if (g.keys.length > 0) {
      perCpu.clear()
      own?.clear()
      return
    }
    // An element of an array map cannot be deleted.
    const key = this.#key(g, [])
    for (const map of [perCpu, own]) {
      const value = map?.lookup(key)
      if (value !== undefined) map?.update(key, value.fill(0))
    }
  }

  elements(g: GlobalInfo): Element[] {
    const { keyBytes, own: layout } = this.#storage
    const others = new Map(this.#maps.own?.entries().map(e => [text(e.key), e.value]))
    const found = this.#maps.perCpu.entries().map(({ key, value }) => {
      const other = others.get(text(key))
      const statistic = this.#merged(g, value, layout?.adds === true ? other : undefined)
      // One that is just being made has no order yet: it is the last.
      const order = other === undefined ? LAST : readOrder(other)
      return { order, element: { keys: decodeKey(g, keyBytes, key), value: 0n, statistic } }
    })
    found.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
    return found.map(({ element }) => element)
  }

  #merged(g: GlobalInfo, perCpu: Uint8Array | undefined, own: Uint8Array | undefined): Statistic {
    const use = g.statistic ?? NO_USE
    const all = emptyStatistic(use)
    const { valueBytes } = this.#storage
    for (let at = 0; at < (perCpu?.length ?? 0); at += valueBytes) {
      if (perCpu !== undefined) mergeInto(all, readStatistic(perCpu, at, use))
    }
    if (own !== undefined) mergeInto(all, readStatistic(own, ORDER_BYTES, use))
    return all
  }

  /** Sees that an element is there; false when the array is full. */
  #make(g: GlobalInfo, key: Uint8Array): boolean {
    const { perCpu, own } = this.#maps
    if (g.keys.length === 0 || perCpu.lookup(key) !== undefined) return true
    const zeroes = new Uint8Array(this.#storage.valueBytes * this.#cpus())
    let result = perCpu.update(key, zeroes, BPF_NOEXIST)
    if (result === -E2BIG && g.wrap) {
      const [oldest] = this.elements(g)
      if (oldest !== undefined) this.#delete(this.#key(g, oldest.keys))
      result = perCpu.update(key, zeroes, BPF_NOEXIST)
    }
    if (result < 0) return result === -EEXIST
    const bytes = Buffer.alloc(ORDER_BYTES + this.#storage.valueBytes)
    bytes.writeBigUInt64LE(this.#maps.nextOrder())
    own?.update(key, bytes)
    return true
  }

  #cpus(): number {
    return this.#maps.perCpu.cpus ?? 1
  }

  #delete(key: Uint8Array): void {
    this.#maps.perCpu.delete(key)
    this.#maps.own?.delete(key)
  }

  /** The one element of a scalar is number 0 of an array. */
  #key(g: GlobalInfo, keys: readonly Value[]): Uint8Array {
    return g.keys.length === 0 ? new Uint8Array(4) : encodeKey(this.#storage.keyBytes, keys)
  }
}

const LAST = 2n ** 64n

function text(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

function noValue(g: GlobalInfo): never {
  throw new Error(`global '${g.name}' is a statistic`)
}

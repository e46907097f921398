import type { Statistic } from '../host/statistic.ts'
import {
  type Element,
  type GlobalInfo,
  isExact,
  type KeyPattern,
  MemoryStore,
  matches,
  type Store,
  type Value,
  zeroOf,
} from '../host/store.ts'
import { Control, type GlobalLayout, type Image } from '../image.ts'
import type { Loaded, LoadedMap } from '../load/loaded.ts'
import {
  buffer,
  decodeKey,
  E2BIG,
  encodeKey,
  ORDER_BYTES,
  readOrder,
  readText,
  writeText,
} from './map-values.ts'
import { StatisticStore } from './statistic-store.ts'

/** The store of an image's globals: each where the image says that it is. */
export function createStore(image: Image, loaded: Loaded | undefined): Store {
  const memory = new MemoryStore()
  const control = loaded?.control === undefined ? undefined : new ControlStore(loaded.control.view)
  return new MixedStore(image.globals.map(storeOf))

  function storeOf(layout: GlobalLayout): Store {
    const { storage } = layout
    switch (storage.kind) {
      case 'host':
        return memory
      case 'control':
        return control?.for(storage) ?? missing(layout)
      case 'map':
        return loaded === undefined || control === undefined
          ? missing(layout)
          : new MapStore(loaded.map(storage.map), storage, control)
      case 'statistic': {
        if (loaded === undefined || control === undefined) return missing(layout)
        const { map, own } = storage
        const maps = {
          perCpu: loaded.map(map),
          own: own && loaded.map(own.map),
          nextOrder: () => control.nextOrder(),
        }
        return new StatisticStore(maps, storage)
      }
    }
  }
}

/**
 * The initial values of globals, before anything runs: those that kernel programs see are not there
 * yet, and the others may be the command line's and not the script's.
 */
export function writeInitial(image: Image, store: Store): void {
  image.globals.forEach((layout, id) => {
    const { initial } = layout
    if (initial !== undefined) store.set({ id, ...layout }, initial)
  })
}

function missing(layout: GlobalLayout): never {
  throw new Error(`global '${layout.name}' is shared with the kernel, and nothing is loaded`)
}

/** Each global in its own store, by id. */
class MixedStore implements Store {
  readonly #stores: readonly Store[]

  constructor(stores: readonly Store[]) {
    this.#stores = stores
  }

  get(g: GlobalInfo): Value {
    return this.#of(g).get(g)
  }
  set(g: GlobalInfo, value: Value): void {
    this.#of(g).set(g, value)
  }
  add(g: GlobalInfo, by: bigint): bigint {
    return this.#of(g).add(g, by)
  }
  elementGet(g: GlobalInfo, keys: readonly Value[]): Value {
    return this.#of(g).elementGet(g, keys)
  }
  elementSet(g: GlobalInfo, keys: readonly Value[], value: Value): boolean {
    return this.#of(g).elementSet(g, keys, value)
  }
  elementAdd(g: GlobalInfo, keys: readonly Value[], by: bigint): bigint | undefined {
    return this.#of(g).elementAdd(g, keys, by)
  }
  elementHas(g: GlobalInfo, keys: KeyPattern): boolean {
    return this.#of(g).elementHas(g, keys)
  }
  elementDelete(g: GlobalInfo, keys: KeyPattern): void {
    this.#of(g).elementDelete(g, keys)
  }
  clear(g: GlobalInfo): void {
    this.#of(g).clear(g)
  }
  statAdd(g: GlobalInfo, keys: readonly Value[], value: bigint): boolean {
    return this.#of(g).statAdd(g, keys, value)
  }
  statistic(g: GlobalInfo, keys: readonly Value[]): Statistic {
    return this.#of(g).statistic(g, keys)
  }
  elements(g: GlobalInfo): Element[] {
    return this.#of(g).elements(g)
  }

  #of(g: GlobalInfo): Store {
    const store = this.#stores[g.id]
    if (store === undefined) throw new Error(`global '${g.name}' is not in the image`)
    return store
  }
}

/** Scalars in the control page, which kernel programs and klew both have in memory. */
class ControlStore {
  readonly #longs: BigInt64Array
  readonly #bytes: Uint8Array

  constructor(view: ArrayBuffer) {
    this.#longs = new BigInt64Array(view)
    this.#bytes = new Uint8Array(view)
  }

  for(storage: { readonly offset: number; readonly bytes: number }): Store {
    const longs = this.#longs
    const text = this.#bytes.subarray(storage.offset, storage.offset + storage.bytes)
    const index = storage.offset >> 3
    return {
      ...NO_ELEMENTS,
      get: g => (g.type === 'string' ? readText(text) : Atomics.load(longs, index)),
      set: (_, value) => {
        if (typeof value === 'bigint') Atomics.store(longs, index, value)
        else writeText(text, value)
      },
      add: (_, by) => Atomics.add(longs, index, by),
    }
  }

  /** The next insertion order: one sequence for all arrays, in both worlds. */
  nextOrder(): bigint {
    return Atomics.add(this.#longs, Control.order >> 3, 1n)
  }
}

function noElements(g: GlobalInfo): never {
  throw new Error(`global '${g.name}' is no array`)
}

const NO_ELEMENTS = {
  elementGet: noElements,
  elementSet: noElements,
  elementAdd: noElements,
  elementHas: noElements,
  elementDelete: noElements,
  clear: noElements,
  elements: noElements,
  statAdd: noStatistic,
  statistic: noStatistic,
}

function noStatistic(g: GlobalInfo): never {
  throw new Error(`global '${g.name}' is no statistic`)
}

function noScalar(g: GlobalInfo): never {
  throw new Error(`global '${g.name}' is an array`)
}

type MapStorage = Extract<GlobalLayout['storage'], { kind: 'map' }>

/**
 * An array in a hash map of the kernel. Each element is read and written whole; `a[k] += n` from
 * here is not atomic against a kernel program that changes the same element at that moment.
 */
class MapStore implements Store {
  readonly get = noScalar
  readonly set = noScalar
  readonly add = noScalar
  readonly statAdd = noStatistic
  readonly statistic = noStatistic
  readonly #map: LoadedMap
  readonly #storage: MapStorage
  readonly #control: ControlStore

  constructor(map: LoadedMap, storage: MapStorage, control: ControlStore) {
    this.#map = map
    this.#storage = storage
    this.#control = control
  }

  elementGet(g: GlobalInfo, keys: readonly Value[]): Value {
    const value = this.#map.lookup(this.#encodeKey(keys))
    return value === undefined ? zeroOf(g) : decodeValue(g, value)
  }

  elementSet(g: GlobalInfo, keys: readonly Value[], value: Value): boolean {
    const key = this.#encodeKey(keys)
    const old = this.#map.lookup(key)
    return this.#store(g, key, old, value)
  }

  elementAdd(g: GlobalInfo, keys: readonly Value[], by: bigint): bigint | undefined {
    const key = this.#encodeKey(keys)
    const old = this.#map.lookup(key)
    const before = old === undefined ? 0n : decodeValue(g, old)
    const number = typeof before === 'bigint' ? before : 0n
    return this.#store(g, key, old, BigInt.asIntN(64, number + by)) ? number : undefined
  }

  elementHas(g: GlobalInfo, keys: KeyPattern): boolean {
    if (isExact(keys)) return this.#map.lookup(this.#encodeKey(keys)) !== undefined
    return this.elements(g).some(e => matches(e, keys))
  }

  elementDelete(g: GlobalInfo, keys: KeyPattern): void {
    if (isExact(keys)) {
      this.#map.delete(this.#encodeKey(keys))
      return
    }
    for (const e of this.elements(g)) {
      if (matches(e, keys)) this.#map.delete(this.#encodeKey(e.keys))
    }
  }

  clear(): void {
    this.#map.clear()
  }

  elements(g: GlobalInfo): Element[] {
    return this.#inOrder().map(({ key, value }) => ({
      keys: decodeKey(g, this.#storage.keyBytes, key),
      value: decodeValue(g, value),
    }))
  }

  #inOrder(): { key: Uint8Array; value: Uint8Array }[] {
    const entries = this.#map.entries().map(e => ({ ...e, order: readOrder(e.value) }))
    return entries.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
  }

  /** An element keeps the order of its first insertion. */
  #store(g: GlobalInfo, key: Uint8Array, old: Uint8Array | undefined, value: Value): boolean {
    const bytes = Buffer.alloc(ORDER_BYTES + this.#storage.valueBytes)
    bytes.writeBigUInt64LE(old === undefined ? this.#control.nextOrder() : readOrder(old))
    if (typeof value === 'bigint') bytes.writeBigInt64LE(value, ORDER_BYTES)
    else writeText(bytes.subarray(ORDER_BYTES), value)
    let result = this.#map.update(key, bytes)
    if (result === -E2BIG && g.wrap) {
      const oldest = this.#inOrder()[0]
      if (oldest !== undefined) this.#map.delete(oldest.key)
      result = this.#map.update(key, bytes)
    }
    return result >= 0
  }

  #encodeKey(keys: readonly Value[]): Uint8Array {
    return encodeKey(this.#storage.keyBytes, keys)
  }
}

function decodeValue(g: GlobalInfo, value: Uint8Array): Value {
  const data = buffer(value).subarray(ORDER_BYTES)
  return g.type === 'string' ? readText(data) : data.readBigInt64LE()
}

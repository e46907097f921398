import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyStatistic, extract, writeStatistic } from '../host/statistic.ts'
import type { GlobalInfo } from '../host/store.ts'
import { type StatisticUse, statisticBytes } from '../ir/statistic.ts'
import type { LoadedMap } from '../load/loaded.ts'
import { displayGlobals } from './display.ts'
import { fakeImage, layout } from './fake-image.ts'
import { FakeMap, fakeLoaded } from './fake-loaded.ts'
import { createStore } from './map-store.ts'

const CPUS = 2
const statistic: StatisticUse = {
  extractors: ['count', 'sum', 'min', 'max', 'avg'],
  varianceShift: 0,
}
const valueBytes = statisticBytes(statistic)
const common = { type: 'statistic', statistic, displayAtEnd: true } as const

const globals = [
  layout({
    ...common,
    name: 'a',
    keys: ['string'],
    wrap: true,
    storage: { kind: 'statistic', map: 0, keyBytes: [8], valueBytes, own: { map: 1, adds: true } },
  }),
  layout({
    ...common,
    name: 's',
    storage: { kind: 'statistic', map: 2, keyBytes: [], valueBytes, own: undefined },
  }),
] as const
const a: GlobalInfo = { id: 0, ...globals[0] }
const s: GlobalInfo = { id: 1, ...globals[1] }

function perCpu(capacity: number): LoadedMap {
  const map = new FakeMap(capacity)
  return {
    cpus: CPUS,
    lookup: key => map.lookup(key),
    update: (key, value) => map.update(key, value),
    delete: key => map.delete(key),
    entries: () => map.entries(),
    clear: () => map.clear(),
  }
}

function open(): { store: ReturnType<typeof createStore>; maps: LoadedMap[]; text: () => string } {
  const maps = [perCpu(2), new FakeMap(2), perCpu(1)]
  const image = fakeImage([], { globals })
  const store = createStore(image, fakeLoaded({ maps }))
  return { store, maps, text: () => displayGlobals(image, store) }
}

/** A value as programs on each CPU would leave it. */
function counted(...parts: readonly (readonly bigint[])[]): Uint8Array {
  const bytes = new Uint8Array(CPUS * valueBytes)
  parts.forEach((values, cpu) => {
    const part = emptyStatistic(statistic)
    for (const value of values) {
      part.count++
      part.sum += value
      if (value < part.min) part.min = value
      if (value > part.max) part.max = value
    }
    writeStatistic(part, bytes, cpu * valueBytes, statistic)
  })
  return bytes
}

const KEY = new Uint8Array([...Buffer.from('k'), 0, 0, 0, 0, 0, 0, 0])

test('statistic store: the parts of all CPUs and what klew adds are one statistic', () => {
  const { store, maps } = open()
  maps[0]?.update(KEY, counted([5n, -7n], [100n]))
  assert.equal(store.statAdd(a, ['k'], -1000n), true)
  const found = store.statistic(a, ['k'])
  const all = statistic.extractors.map(extractor => extract(found, statistic, extractor))
  assert.deepEqual(all, [4n, -902n, -1000n, 100n, -225n])
  assert.deepEqual(maps[0]?.lookup(KEY), counted([5n, -7n], [100n]), 'the CPUs keep their own')
})

test('statistic store: an element that klew makes is there for programs too', () => {
  const { store, maps } = open()
  store.statAdd(a, ['k'], 3n)
  assert.deepEqual(maps[0]?.lookup(KEY), counted())
  assert.equal(store.elementHas(a, ['k']), true)
  assert.equal(store.elementHas(a, ['l']), false)
  store.elementDelete(a, ['k'])
  assert.deepEqual([maps[0]?.entries(), maps[1]?.entries()], [[], []])
})

test('statistic store: elements come in the order in which they were made; a full one wraps', () => {
  const { store } = open()
  for (const key of ['x', 'y', 'x', 'z']) store.statAdd(a, [key], 1n)
  assert.deepEqual(
    store.elements(a).map(e => e.keys),
    [['y'], ['z']],
  )
  store.clear(a)
  assert.deepEqual(store.elements(a), [])
})

test('statistic store: a scalar is element 0 of an array, and emptied by zeroes', () => {
  const { store, maps } = open()
  const index = new Uint8Array(4)
  maps[2]?.update(index, counted([1n], [2n]))
  assert.equal(store.statistic(s, []).sum, 3n)
  store.clear(s)
  assert.deepEqual(maps[2]?.lookup(index), counted())
})

test('statistics are shown at the end: largest count first, and empty ones by their count', () => {
  const { store, text } = open()
  store.statAdd(a, ['x'], 4n)
  for (const value of [5n, -50n]) store.statAdd(a, ['y'], value)
  assert.equal(
    text(),
    `a["y"] @count=2 @min=-50 @max=5 @sum=-45 @avg=-22
a["x"] @count=1 @min=4 @max=4 @sum=4 @avg=4
s @count=0x0
`,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Control } from '../image.ts'
import { fakeImage, layout } from './fake-image.ts'
import { FakeMap, fakeLoaded } from './fake-loaded.ts'
import { createStore, writeInitial } from './map-store.ts'

const globals = [
  layout({ name: 'n', initial: 5n, storage: { kind: 'control', offset: 64, bytes: 8 } }),
  layout({
    name: 's',
    type: 'string',
    initial: 'hi',
    storage: { kind: 'control', offset: 72, bytes: 8 },
  }),
  layout({
    name: 'a',
    keys: ['string', 'long'],
    storage: { kind: 'map', map: 0, keyBytes: [8, 8], valueBytes: 8 },
  }),
  layout({
    name: 't',
    type: 'string',
    keys: ['long'],
    wrap: true,
    storage: { kind: 'map', map: 1, keyBytes: [8], valueBytes: 16 },
  }),
  layout({ name: 'h' }),
] as const
const [n, s, a, t, h] = globals.map((g, id) => ({ id, ...g }))

function open(): { store: ReturnType<typeof createStore>; control: ArrayBuffer; maps: FakeMap[] } {
  assert.ok(n && s && a && t && h)
  const maps = [new FakeMap(3), new FakeMap(2)]
  const loaded = fakeLoaded({ maps })
  const image = fakeImage([], { globals })
  const store = createStore(image, loaded)
  writeInitial(image, store)
  return { store, control: loaded.control.view, maps }
}

test('map store: scalars are in the control page', () => {
  assert.ok(n && s && h)
  const { store, control } = open()
  assert.equal(Buffer.from(control, 64, 16).toString('hex'), '05000000000000006869000000000000')
  assert.equal(store.add(n, -7n), 5n)
  assert.equal(store.get(n), -2n)
  store.set(s, 'too long for it')
  assert.equal(store.get(s), 'too lon')
  store.set(h, 3n)
  assert.equal(store.get(h), 3n)
})

test('map store: elements are encoded as the kernel has them', () => {
  assert.ok(a)
  const { store, maps } = open()
  assert.equal(store.elementSet(a, ['ab', -1n], 2n), true)
  const [entry] = maps[0]?.entries() ?? []
  assert.equal(
    Buffer.from(entry?.key ?? []).toString('hex'),
    `6162${'0'.repeat(12)}${'f'.repeat(16)}`,
  )
  assert.equal(
    Buffer.from(entry?.value ?? []).toString('hex'),
    `${'0'.repeat(16)}02${'0'.repeat(14)}`,
  )
  assert.equal(store.elementGet(a, ['ab', -1n]), 2n)
  assert.equal(store.elementGet(a, ['ab', 1n]), 0n)
})

test('map store: elements come in the order of their first insertion', () => {
  assert.ok(a)
  const { store, control } = open()
  store.elementSet(a, ['b', 1n], 1n)
  store.elementAdd(a, ['a', 2n], 5n)
  store.elementAdd(a, ['b', 1n], 1n)
  assert.deepEqual(store.elements(a), [
    { keys: ['b', 1n], value: 2n },
    { keys: ['a', 2n], value: 5n },
  ])
  assert.equal(new BigInt64Array(control)[Control.order >> 3], 2n)
})

test('map store: a full array refuses, a wrapping one loses its oldest', () => {
  assert.ok(a && t)
  const { store } = open()
  for (const key of [1n, 2n, 3n]) assert.equal(store.elementSet(a, ['k', key], key), true)
  assert.equal(store.elementSet(a, ['k', 4n], 4n), false)
  assert.equal(store.elementAdd(a, ['k', 4n], 4n), undefined)
  for (const key of [1n, 2n, 3n]) assert.equal(store.elementSet(t, [key], `v${key}`), true)
  assert.deepEqual(
    store.elements(t).map(e => e.value),
    ['v2', 'v3'],
  )
})

test('map store: patterns find and delete', () => {
  assert.ok(a)
  const { store } = open()
  store.elementSet(a, ['x', 1n], 1n)
  store.elementSet(a, ['x', 2n], 1n)
  store.elementSet(a, ['y', 1n], 1n)
  assert.equal(store.elementHas(a, [undefined, 2n]), true)
  store.elementDelete(a, ['x', undefined])
  assert.deepEqual(
    store.elements(a).map(e => e.keys),
    [['y', 1n]],
  )
  store.clear(a)
  assert.equal(store.elementHas(a, ['y', 1n]), false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GlobalInfo, iteration, MemoryStore } from './store.ts'

const array: GlobalInfo = {
  id: 0,
  name: 'a',
  type: 'long',
  keys: ['string', 'long'],
  initial: undefined,
  capacity: 3,
  wrap: false,
}
const scalar: GlobalInfo = { ...array, id: 1, keys: [] }

function filled(info: GlobalInfo = array): MemoryStore {
  const store = new MemoryStore()
  store.elementSet(info, ['b', 1n], 20n)
  store.elementSet(info, ['a', 2n], 10n)
  store.elementSet(info, ['c', 1n], 10n)
  return store
}

const names = (
  store: MemoryStore,
  ...rest: [k?: never[], o?: { by: 'value' | number; ascending: boolean }, l?: bigint]
): string =>
  iteration(array, store.elements(array), undefined, rest[1], rest[2])
    .map(e => e.keys[0])
    .join('')

test('store: a scalar starts at its initial value and wraps when added to', () => {
  const store = new MemoryStore()
  const g = { ...scalar, initial: 2n ** 63n - 1n }
  assert.equal(store.add(g, 1n), 2n ** 63n - 1n)
  assert.equal(store.get(g), -(2n ** 63n))
})

test('store: a full array takes no new key but changes an old one', () => {
  const store = filled()
  assert.equal(store.elementSet(array, ['d', 1n], 1n), false)
  assert.equal(store.elementAdd(array, ['d', 1n], 1n), undefined)
  assert.equal(store.elementSet(array, ['a', 2n], 1n), true)
  assert.equal(store.elementAdd(array, ['a', 2n], 5n), 1n)
  assert.equal(store.elementGet(array, ['a', 2n]), 6n)
})

test('store: a wrapping array loses its oldest element', () => {
  const wrap = { ...array, wrap: true }
  const store = filled(wrap)
  assert.equal(store.elementSet(wrap, ['d', 1n], 1n), true)
  assert.equal(names(store), 'acd')
})

test('store: keys of several components do not run into each other', () => {
  const store = new MemoryStore()
  const two: GlobalInfo = { ...array, keys: ['string', 'string'] }
  store.elementSet(two, ['a', 'b'], 1n)
  assert.equal(store.elementGet(two, ['ab', '']), 0n)
  assert.equal(store.elementHas(two, ['ab', '']), false)
})

test('store: a pattern finds and deletes what matches', () => {
  const store = filled()
  assert.equal(store.elementHas(array, [undefined, 2n]), true)
  assert.equal(store.elementHas(array, [undefined, 3n]), false)
  store.elementDelete(array, [undefined, 1n])
  assert.equal(names(store), 'a')
})

test('iteration: in order of insertion, sorted by value or key, ties as inserted', () => {
  const store = filled()
  assert.equal(names(store), 'bac')
  assert.equal(names(store, [], { by: 'value', ascending: true }), 'acb')
  assert.equal(names(store, [], { by: 'value', ascending: false }), 'bac')
  assert.equal(names(store, [], { by: 0, ascending: false }), 'cba')
  assert.equal(names(store, [], { by: 1, ascending: true }), 'bca')
})

test('iteration: a limit below one visits nothing', () => {
  const store = filled()
  assert.equal(names(store, [], undefined, 2n), 'ba')
  assert.equal(names(store, [], undefined, 0n), '')
  assert.equal(names(store, [], undefined, -1n), '')
})

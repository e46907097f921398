import assert from 'node:assert/strict'
import { test } from 'node:test'
import { STATE_RUNNING, STATE_STOPPING } from '../image.ts'
import { ControlPage } from './control.ts'
import { fakeImage, layout } from './fake-image.ts'
import { sessionHandle } from './handle.ts'
import { createStore, writeInitial } from './map-store.ts'

function handled() {
  const globals = [
    layout({ name: 'n', initial: 3n }),
    layout({ name: 's', type: 'string' }),
    layout({ name: 'a', keys: ['long'] }),
  ]
  const image = fakeImage([], { globals })
  const store = createStore(image, undefined)
  const control = new ControlPage(undefined)
  control.set('state', BigInt(STATE_RUNNING))
  writeInitial(image, store)
  const [n, s, a] = globals.map((g, id) => ({ id, ...g }))
  assert.ok(n !== undefined && s !== undefined && a !== undefined)
  store.set(n, 7n)
  store.set(s, 'x')
  store.elementSet(a, [1n], 2n)
  const handle = sessionHandle({ image, store, control, times: () => [], end: () => {} })
  return { handle, control }
}

test('handle: all globals are shown, and get their first values again', () => {
  const { handle } = handled()
  assert.equal(handle.globals(), 'n=7\ns="x"\na[1]=2\n')
  handle.reset()
  assert.equal(handle.globals(), 'n=3\ns=""\n')
})

test('handle: a session is paused and resumed, unless it has ended', () => {
  const { handle, control } = handled()
  handle.pause()
  assert.equal(handle.paused, true)
  handle.resume()
  assert.deepEqual([handle.paused, control.get('state')], [false, BigInt(STATE_RUNNING)])
  control.set('state', BigInt(STATE_STOPPING))
  handle.pause()
  handle.resume()
  assert.equal(control.get('state'), BigInt(STATE_STOPPING))
})

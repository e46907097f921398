import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeKernel } from './fake-kernel.ts'
import { Fd, orUndo, Scope } from './fd.ts'

test('fd: a descriptor is closed once', () => {
  const kernel = fakeKernel()
  const fd = new Fd(kernel, 7)
  fd.close()
  fd.close()
  assert.deepEqual(kernel.closed, [7])
})

test('fd: a closed descriptor gives no number', () => {
  const fd = new Fd(fakeKernel(), 7)
  fd.close()
  assert.throws(() => fd.number, /descriptor 7 is used after it was closed/)
})

test('fd: a scope closes in reverse order, once', () => {
  const kernel = fakeKernel()
  const scope = new Scope()
  for (const number of [1, 2, 3]) scope.ownFd(kernel, number)
  scope.close()
  scope.close()
  assert.deepEqual(kernel.closed, [3, 2, 1])
})

test('fd: a scope goes on closing after a failure, and tells of the first', () => {
  const kernel = fakeKernel()
  const scope = new Scope()
  scope.ownFd(kernel, 1)
  scope.own({ close: () => assert.fail('second') })
  scope.own({ close: () => assert.fail('first') })
  scope.ownFd(kernel, 4)
  assert.throws(() => scope.close(), /first/)
  assert.deepEqual(kernel.closed, [4, 1])
})

test('fd: building that fails is undone, building that succeeds is kept', () => {
  const kernel = fakeKernel()
  assert.throws(
    () =>
      orUndo(new Scope(), scope => {
        scope.ownFd(kernel, 1)
        throw new Error('no more')
      }),
    /no more/,
  )
  assert.deepEqual(kernel.closed, [1])
  assert.equal(
    orUndo(new Scope(), scope => scope.ownFd(kernel, 2)),
    2,
  )
  assert.deepEqual(kernel.closed, [1])
})

import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { test } from 'node:test'
import { errnoName, errnoNumber, errnoText } from './errno.ts'
import { UnsupportedError } from './error.ts'

test("errno: every name of the C library's has its number, and back", () => {
  for (const [name, errno] of Object.entries(constants.errno)) {
    assert.equal(errnoNumber(name), errno, name)
    if (!['EWOULDBLOCK', 'EDEADLOCK', 'ENOTSUP'].includes(name))
      assert.equal(errnoName(errno), name)
  }
})

const cases: [errno: number, name: string, text: string][] = [
  [1, 'EPERM', 'operation not permitted'],
  [5, 'EIO', 'input/output error'],
  [524, 'ENOTSUPP', 'operation is not supported'],
  [9999, 'errno 9999', 'unknown error'],
]
for (const [errno, name, text] of cases) {
  test(`errno: ${errno} is ${name}, ${text}`, () => {
    assert.equal(errnoName(errno), name)
    assert.equal(errnoText(errno), text)
  })
}

test('errno: a name that is none has no number', () => {
  assert.equal(errnoNumber('EWHATEVER'), undefined)
})

test('error: an unsupported feature says which and why', () => {
  assert.equal(
    new UnsupportedError('kprobes', 'CONFIG_KPROBES is off').message,
    'kprobes: CONFIG_KPROBES is off',
  )
})

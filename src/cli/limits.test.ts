import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLimits } from './limits.ts'
import { UsageError } from './options.ts'

const read = (name: string, value = '1', suppressHandlerErrors = false) =>
  readLimits(new Map([[name, value]]), { suppressHandlerErrors })

const served: [name: string, value: string, compile: object][] = [
  ['MAXMAPENTRIES', '5', { mapEntries: 5 }],
  ['MAXERRORS', '0', { maxErrors: 0 }],
  ['MAXSKIPPED', '0x10', { maxSkipped: 16 }],
  ['MAXACTION', '20000', { maxAction: 20000 }],
]
for (const [name, value, compile] of served) {
  test(`limits: ${name} has its effect`, () => {
    assert.deepEqual(read(name, value), { compile, warnings: [], passedOver: [] })
  })
}

test('limits: what is fixed is told, with what it is', () => {
  const { compile, warnings } = read('MAXSTRINGLEN', '1024')
  assert.deepEqual(compile, {})
  assert.deepEqual(warnings, ['-D MAXSTRINGLEN=1024 has no effect: a string holds 511 bytes'])
})

test("limits: names of SystemTap's run time, and of C macros, are passed over", () => {
  assert.deepEqual(read('MAXTRYLOCK'), { compile: {}, warnings: [], passedOver: ['MAXTRYLOCK'] })
  assert.deepEqual(read('STP_NO_OVERLOAD').passedOver, ['STP_NO_OVERLOAD'])
  assert.deepEqual(read('DEBUG_MY_PROBE'), { compile: {}, warnings: [], passedOver: [] })
})

test('limits: a slip in a name is doubted', () => {
  assert.deepEqual(read('MAXMAPENTRYS').warnings, [
    '-D MAXMAPENTRYS has no effect (similar: MAXMAPENTRIES)',
  ])
})

test('limits: with --suppress-handler-errors no number of errors and skips is too many', () => {
  const { maxErrors, maxSkipped } = read('MAXERRORS', '3', true).compile
  assert.deepEqual([maxErrors, maxSkipped], [2 ** 31 - 1, 2 ** 31 - 1])
})

const refused: [name: string, value: string][] = [
  ['MAXERRORS', 'many'],
  ['MAXERRORS', '-1'],
  ['MAXMAPENTRIES', '0'],
  ['MAXSKIPPED', '99999999999'],
]
for (const [name, value] of refused) {
  test(`limits refused: ${name}=${value}`, () => {
    assert.throws(
      () => read(name, value),
      (error: unknown) =>
        error instanceof UsageError && /expected a number from \d+ to \d+/.test(error.message),
    )
  })
}

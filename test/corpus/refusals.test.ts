import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causeOf, refusalTable } from './refusals.ts'

const error = (code: string, text: string) => ({ code, text, line: 1, file: 'f' })
const gone = error('unknown-kernel-function', 'no function f in kernel.function("f@a.c:12") | <')
const wrong = error('type-mismatch', 'a long is needed here')

test('the tables have the first reason of each refused script, without lines of the kernel', () => {
  const table = refusalTable([
    { name: 'a.stp', errors: [] },
    { name: 'b.stp', failedPass: 2, errors: [gone] },
    { name: 'c.stp', failedPass: 2, errors: [wrong] },
  ])
  assert.match(table, /^1 of the 3 scripts pass\./)
  assert.match(
    table,
    /not in this kernel:\n\n.*\n.*\n\| `b\.stp` \| no function f in kernel\.function\("f@a\.c"\) \\\| &lt; \|\n/,
  )
  assert.match(table, /The others:\n\n.*\n.*\n\| `c\.stp` \| a long is needed here \|\n/)
  assert.doesNotMatch(table, /`a\.stp`/)
})

test('a script is refused for the kernel only if all its errors are about that', () => {
  assert.equal(causeOf({ name: 'x', errors: [gone] }), 'kernel')
  assert.equal(causeOf({ name: 'x', errors: [gone, wrong] }), undefined)
})

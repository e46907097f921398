import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { Source } from '../text/source.ts'
import type { Library } from './library.ts'
import { aliasLines, functionLines } from './library-lines.ts'

const source = new Source(
  'a.stp',
  `function f2:string (a:string, b:long) { return a }
function f4 () { println("x") }
function _f5 () { println("x") }
function f6:long () %{ /* pure */ /* unprivileged */ STAP_RETVALUE = 1; %}
function f6:long (x:long) %{ /* guru */ /* stable */ STAP_RETVALUE = 1; %}
private function f7:long (x:long) { return x }
function f8 (u) { }
global g
probe al.x = begin { x = 1 }, { y = 1 }
probe al.y += begin if (g), end? { x = 1 }
probe al._z = kernel.function(0x1234), timer.s(0x10) { x = 1 }
probe _al = process("a\\tb").mark("x")! { x = 1 }`,
)
const library: Library = {
  ...emptyLibrary,
  aliasNames: () => ['al', '_al'],
  functionNames: () => ['f2', 'f4', '_f5', 'f6', 'f8'],
  aliasSources: () => [{ source }],
  functionSources: () => [{ source }],
}

test('library lines: functions, sorted, with what their C says of who may call them', () => {
  assert.deepEqual(functionLines(library, { verbose: false }), [
    'f2:string (a:string, b:long)',
    'f4:unknown ()',
    'f6:long () /* unprivileged */',
    'f6:long (x:long) /* guru */',
    'f8:unknown (u:unknown)',
  ])
})

test("library lines: -v adds functions of the library's own, and more marks", () => {
  const more = functionLines(library, { verbose: true })
  assert.deepEqual(more.slice(0, 1), ['_f5:unknown ()'])
  assert.deepEqual(more.slice(3, 5), [
    'f6:long () /* pure */ /* unprivileged */',
    'f6:long (x:long) /* guru */ /* stable */',
  ])
})

test('library lines: aliases, with all that marks their points', () => {
  const lines = [
    'al._z = kernel.function(4660), timer.s(16)',
    'al.x = begin',
    'al.y += begin if (g), end?',
  ]
  assert.deepEqual(aliasLines(library, { verbose: false }), lines)
  assert.deepEqual(aliasLines(library, { verbose: true }), [
    '_al = process("a\\tb").mark("x")!',
    ...lines,
  ])
})

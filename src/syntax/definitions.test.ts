import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Source } from '../text/source.ts'
import { definitionsOf } from './definitions.ts'

const cases: [name: string, text: string, found: Partial<ReturnType<typeof definitionsOf>>][] = [
  ['an empty file', '', {}],
  ['a macro file', '@define a %( 1 %)\n@define b(x, y) %( @x %)', { macros: ['@a', '@b'] }],
  [
    'functions',
    'function f() { } function g:long (a) %{ function x() %}',
    { functions: ['f', 'g'] },
  ],
  ['globals', 'global a, b%[5], c = 1, d = "x" global e;', { globals: ['a', 'b', 'c', 'd', 'e'] }],
  ['an alias', 'probe a.b = kernel.function("f") { }', { aliases: ['a'] }],
  [
    'an alias with an epilogue and one with an argument',
    'probe a += b { } probe c("x").d = e ? { }, { }',
    {
      aliases: ['a', 'c'],
    },
  ],
  ['aliases in a row', 'probe a = b.c = d { }', { aliases: ['a', 'b'] }],
  ['a probe is no alias', 'probe begin, end if (x == 1) { y = 2 }', {}],
  ['what is private', 'private global a private function f() { } @private function g() { }', {}],
  [
    'both branches',
    '%( arch == "x" %? function f() { } %: global g %)',
    {
      functions: ['f'],
      globals: ['g'],
    },
  ],
  [
    'comments and strings',
    '# function a()\n/* global b */ global c = "function d()"',
    {
      globals: ['c'],
    },
  ],
  ['what stands in a body', 'probe a { b = 1; function = 2 }', {}],
  ['nothing twice', 'function f() { } function f(a) { }', { functions: ['f'] }],
  ['no end', 'probe a = "b', { aliases: ['a'] }],
]
for (const [name, text, found] of cases) {
  test(`definitions: ${name}`, () => {
    const none = { macros: [], functions: [], globals: [], aliases: [] }
    assert.deepEqual(definitionsOf(new Source('t.stp', text)), { ...none, ...found })
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionsOf } from './tapset-definitions.ts'

type Expected = Partial<ReturnType<typeof definitionsOf>>

const cases: [name: string, text: string, expected: Expected][] = [
  ['functions, with types or without', 'function a() {} function b:long (x:long) {}', f('a', 'b')],
  ['not private ones', 'private function a() {} function b() {} private global g', f('b')],
  ['not what only looks like one', 'probe x { function_ = 1 } function a() { probe = 2 }', f('a')],
  [
    'not in comments',
    '# function a()\n// function b()\n/* function c() */ function d() {}',
    f('d'),
  ],
  ['not in strings', 'function a() { x = "} function b() {" } function c() {}', f('a', 'c')],
  ['not in embedded code', 'function a() %{ function b() { } } %} function c() {}', f('a', 'c')],
  ['$# is no comment', 'function a() { return $# } function b() {}', f('a', 'b')],
  [
    'in both branches of a conditional',
    '%( 1 == 1 %? function a() {} %: function b() {} %)',
    f('a', 'b'),
  ],
  [
    'a list of globals',
    'global a, b[10], c = 5, d = "x,y" , e%[3] # , f\n, g\nfunction h() {}',
    {
      globals: ['a', 'b', 'c', 'd', 'e', 'g'],
      functions: ['h'],
    },
  ],
  ['a global behind a global', 'global a global b = -1; global c', { globals: ['a', 'b', 'c'] }],
  [
    'aliases by their first word',
    'probe a.b = begin { x = 1 } probe c.d += end {}',
    {
      aliases: ['a', 'c'],
    },
  ],
  ['not plain probes', 'probe begin { x = 1 } probe timer.s(1) if (x == 1) { y = 2 }', {}],
  [
    'an alias with a wildcard or an argument',
    'probe a.*.return = k.function("x=y") ? {}',
    {
      aliases: ['a'],
    },
  ],
  [
    'an alias whose name depends on the kernel',
    'probe %( kernel_v <= "2.8" %? a.b %: c.d %) = begin {}',
    { aliases: ['a', 'c'] },
  ],
  [
    'macros, with parameters or without',
    '@define a %( 1 %) @define b(x) %( @x %)',
    {
      macros: ['a', 'b'],
    },
  ],
  ['what does not end', 'function a() { "', f('a')],
]
for (const [name, text, expected] of cases) {
  test(`definitions: ${name}`, () => {
    const none = { functions: [], globals: [], aliases: [], macros: [] }
    assert.deepEqual(definitionsOf(text), { ...none, ...expected })
  })
}

function f(...functions: string[]): Expected {
  return { functions }
}

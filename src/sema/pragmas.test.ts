import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNativeText, isPureNative, pragmasOf } from './pragmas.ts'

const NOTHING = { pure: false, string: false, reads: [], writes: [], next: false }

const texts: [text: string, found: Partial<ReturnType<typeof pragmasOf>>][] = [
  ['', {}],
  [' pure string ', {}],
  ['/* pure */ x', { pure: true }],
  ['/*stable*/', { pure: true }],
  ['/* string */ "a"', { string: true }],
  [
    '/* pragma:read:a */ /* pragma:write:b */ /* pragma:read:c */ /* pragma:vma */',
    { reads: ['a', 'c'], writes: ['b'] },
  ],
  ['if (x) STAP_NEXT;', { next: true }],
  ['STAP_NEXTER', {}],
]
for (const [text, found] of texts) {
  test(`pragmas: of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(pragmasOf(text), { ...NOTHING, ...found })
  })
}

test('pragmas: native stands alone, but for marks', () => {
  assert.deepEqual(
    [' native ', '/* impure */ native /* unprivileged */', 'native;', ' nativ '].map(isNativeText),
    [true, true, false, false],
  )
})

test('pragmas: what klew does itself is pure when it gives a value, unless it says otherwise', () => {
  assert.deepEqual(
    [
      isPureNative('native', true),
      isPureNative('native', false),
      isPureNative('native /* impure */', true),
      isPureNative('native /* pure */', false),
    ],
    [true, false, false, true],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backtrack, isMatch, randomPattern } from '../../test/support/backtrack.ts'
import { capture, capturerOf, UNSET } from './capturer.ts'
import { matcherOf, matches } from './matcher.ts'

/** What each group holds: `[whole, group 1, …]`; `-` for one that took no part. */
function groups(pattern: string, text: string): string {
  const capturer = capturerOf(pattern)
  assert.ok(capturer !== undefined, 'is a pattern')
  const found = capture(capturer, text)
  if (found === undefined) return 'no'
  const parts: string[] = []
  for (let n = 0; n < found.length; n += 2) {
    const [start = 0, end = 0] = found.slice(n)
    parts.push(start === UNSET || end === UNSET ? '-' : text.slice(start, end))
  }
  return parts.join('|')
}

const cases: readonly (readonly [pattern: string, text: string, groups: string])[] = [
  ['', '', ''],
  ['', 'abc', ''],
  ['b', 'abc', 'b'],
  ['^b', 'abc', 'no'],
  ['^ab', 'abc', 'ab'],
  ['b$', 'abc', 'no'],
  ['bc$', 'abc', 'bc'],
  ['^$', '', ''],
  ['$^', '', ''],
  ['^$', 'a', 'no'],
  ['a^b', 'ab', 'no'],
  ['a$b', 'ab', 'no'],
  ['.', '', 'no'],
  ['[^a]', 'ab', 'b'],
  ['a+', 'baaac', 'aaa'],
  ['abcd|bc', 'abcd', 'abcd'],
  ['abcd|bc', 'abce', 'bc'],
  ['a|ab|abc', 'xabcd', 'abc'],
  ['(a)|(b)', 'b', 'b|-|b'],
  ['(a)|b', 'b', 'b|-'],
  ['(a*)(a*)', 'aaa', 'aaa|aaa|'],
  ['(a*)(a+)', 'aaa', 'aaa|aa|a'],
  ['(a|b)*', 'abab', 'abab|b'],
  ['(a){0}b', 'ab', 'b|-'],
  ['(a|ab)(c|bcd)(d*)', 'abcd', 'abcd|a|bcd|'],
  ['reg(ex.*p).*r', 'regexculpicator', 'regexculpicator|exculp'],
  ['([0-9]+)[.]([0-9]+)', 'v 10.234!', '10.234|10|234'],
  ['^([^=]*)=(.*)$', 'key=a=b', 'key=a=b|key|a=b'],
  ['([a-z]+)[0-9]([a-z]+)$', 'ab1cd2ef', 'cd2ef|cd|ef'],
  ['x{2,3}', 'xxxxx', 'xxx'],
  ['(x{2}){2}', 'xxxxx', 'xxxx|xx'],
  ['(x?)*y', 'xxy', 'xxy|x'],
  ['\x80+', 'a\x80\x80b', '\x80\x80'],
]

for (const [pattern, text, expected] of cases) {
  test(`matching: ${JSON.stringify(pattern)} in ${JSON.stringify(text)}`, () => {
    assert.equal(groups(pattern, text), expected)
    const matcher = matcherOf(pattern)
    assert.ok(matcher !== undefined)
    assert.equal(matches(matcher, text), expected !== 'no')
  })
}

test('matching: a pattern and a text by chance, as by trying all ways', () => {
  let tooLarge = 0
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 })
  fc.assert(
    fc.property(fc.nat(), text, (seed, word) => {
      const pattern = randomPattern(seed)
      const matcher = matcherOf(pattern)
      const capturer = capturerOf(pattern)
      if (matcher === undefined || capturer === undefined) tooLarge++
      if (matcher) assert.equal(matches(matcher, word), isMatch(pattern, word), pattern)
      if (capturer === undefined) return
      assert.deepEqual(capture(capturer, word), backtrack(pattern, word), pattern)
    }),
    { numRuns: 500 },
  )
  assert.ok(tooLarge < 20, `${tooLarge} patterns are too large`)
})

test('matching: equal states are one', () => {
  assert.equal(matcherOf('a|b|c')?.table.length, matcherOf('[abc]')?.table.length)
  assert.equal(matcherOf('x.*')?.table.length, matcherOf('x')?.table.length)
})

for (const pattern of ['(a|b)*a(a|b){14}', 'a.{400}b', '([ab]*a[ab]{9}c)+(.*)']) {
  test(`matching: ${pattern} is too large for a machine, and found out in time`, () => {
    const start = performance.now()
    const made = [matcherOf(pattern), capturerOf(pattern)]
    assert.ok(made.includes(undefined))
    assert.ok(performance.now() - start < 10_000)
  })
}

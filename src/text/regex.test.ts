import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRegex, type Regex, regexProblem } from './regex.ts'

/** A short form: sets by their members, `(1:…)` for groups. */
function text(regex: Regex): string {
  switch (regex.kind) {
    case 'empty':
      return 'ε'
    case 'start':
      return '^'
    case 'end':
      return '$'
    case 'set': {
      const members = regex.bytes.flatMap((has, byte) => (has ? [String.fromCharCode(byte)] : []))
      if (members.length === 255) return '.'
      if (members.length > 200) {
        const missing = regex.bytes.flatMap((has, byte) =>
          has || byte === 0 ? [] : [String.fromCharCode(byte)],
        )
        return `[^${missing.join('')}]`
      }
      return members.length === 1 ? (members[0] ?? '') : `[${members.join('')}]`
    }
    case 'join':
      return regex.parts.map(text).join('')
    case 'either':
      return `(${regex.parts.map(text).join('|')})`
    case 'group':
      return `(${regex.index}:${text(regex.body)})`
    case 'repeat':
      return `${text(regex.body)}{${regex.least},${regex.most ?? ''}}`
  }
}

const good: readonly (readonly [pattern: string, meaning: string])[] = [
  ['', 'ε'],
  ['abc', 'abc'],
  ['a.c', 'a.c'],
  ['^a$', '^a$'],
  ['a^b$c', 'a^b$c'],
  ['a|b|', '(a|b|ε)'],
  ['a*b+c?', 'a{0,}b{1,}c{0,1}'],
  ['a{2}', 'a{2,2}'],
  ['a{2,}', 'a{2,}'],
  ['a{2,3}', 'a{2,3}'],
  ['a{0}', 'a{0,0}'],
  ['a+?', 'a{1,}{0,1}'],
  ['(a)(b(c))', '(1:a)(2:b(3:c))'],
  ['(?:a|b)c', '(a|b)c'],
  ['()', '(1:ε)'],
  ['a)', 'a)'],
  [')', ')'],
  [']}', ']}'],
  ['\\.\\(\\\\', '.(\\'],
  ['\\d\\n', 'dn'],
  ['[a-c-e]', '[-abce]'],
  ['[]a]', '[]a]'],
  ['[^]a]', '[^]a]'],
  ['[a-]', '[-a]'],
  ['[\\]x]', '[]x]'],
  ['[[:digit:]_]', '[0123456789_]'],
  ['[[=a=]]', '[=[a]]'],
  ['[:a:]', '[:a]'],
  ['[[]', '['],
]

for (const [pattern, meaning] of good) {
  test(`regex: ${JSON.stringify(pattern)}`, () => {
    const parsed = parseRegex(pattern)
    assert.ok('regex' in parsed, JSON.stringify(parsed))
    assert.equal(text(parsed.regex), meaning)
  })
}

const bad: readonly (readonly [pattern: string, text: string, start: number, end: number])[] = [
  ['[', "this '[' has no ']'", 0, 1],
  ['x[a', "this '[' has no ']'", 1, 2],
  ['[]', "this '[' has no ']'", 0, 1],
  ['[[:alpha:]', "this '[' has no ']'", 0, 1],
  ['(a', "this '(' has no ')'", 0, 1],
  ['((', "this '(' has no ')'", 1, 2],
  ['*a', "'*' has nothing to repeat", 0, 1],
  ['a|+', "'+' has nothing to repeat", 2, 3],
  ['(?a)', "'?' has nothing to repeat", 1, 2],
  ['{2}', "'{' has nothing to repeat", 0, 1],
  ['^*', "'*' has nothing to repeat behind '^'", 1, 2],
  ['a$+', "'+' has nothing to repeat behind '$'", 2, 3],
  ['a{', 'a number of repeats is expected here', 2, 3],
  ['a{x}', 'a number of repeats is expected here', 2, 3],
  ['a{,3}', 'a number of repeats is expected here', 2, 3],
  ['a{2', "this '{' has no '}' behind its numbers", 1, 2],
  ['a{3,2}', 'the largest number of repeats is below the smallest', 1, 6],
  ['a{1001}', 'at most 1000 repeats can be asked for', 2, 6],
  ['(a{1000}){1000}', 'its repeats make it too large', 0, 15],
  ['[z-a]', 'the range z-a goes down', 1, 4],
  ['[[:nosuch:]]', "there is no class of characters 'nosuch'", 1, 11],
  ['a\\', "'\\' has nothing behind it", 1, 2],
]

for (const [pattern, words, start, end] of bad) {
  test(`regex: ${JSON.stringify(pattern)} is wrong: ${words}`, () => {
    assert.deepEqual(regexProblem(pattern), { text: words, start, end })
  })
}

test('regex: any text is read or refused, never more', () => {
  const piece = fc.constantFrom(...'abc()[]{}*+?|^$.\\-:,0129', '[:alpha:]', '(?:')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
      const pattern = pieces.join('')
      const parsed = parseRegex(pattern)
      if ('regex' in parsed) return
      assert.ok(parsed.start >= 0 && parsed.start < parsed.end)
    }),
  )
})

test('regex: brackets may nest only so deep', () => {
  assert.equal(regexProblem('('.repeat(5000))?.text, 'its brackets nest too deep')
})

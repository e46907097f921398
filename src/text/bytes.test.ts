import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBytes } from './bytes.ts'

const cases: [name: string, text: string, bytes: string][] = [
  ['ASCII stays as it is', 'ping\n', 'ping\n'],
  ['a letter beyond ASCII becomes its UTF-8 bytes', 'é', '\xc3\xa9'],
  ['a character beyond 16 bits becomes four bytes', '😀', '\xf0\x9f\x98\x80'],
  ['half of a pair becomes the replacement character', '\ud83d', '\xef\xbf\xbd'],
]
for (const [name, text, bytes] of cases) {
  test(`toBytes: ${name}`, () => assert.equal(toBytes(text), bytes))
}

test('toBytes: a text of any length is converted', () => {
  assert.equal(toBytes('é'.repeat(200_000)).length, 400_000)
})

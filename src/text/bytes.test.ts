import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromUtf8, toBytes } from './bytes.ts'

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

const texts: [name: string, bytes: string][] = [
  ['ASCII', 'ping\n'],
  ['valid UTF-8, with a mark at its start', '\xef\xbb\xbf\xc3\xa9 \xf0\x9f\x98\x80'],
  ['Latin-1 among UTF-8', 'caf\xe9 \xc3\xa9\xff'],
  ['a character cut short by the end', 'a\xf0\x9f\x98'],
  ['bytes that only continue', '\x80\xbf'],
  ['a surrogate written as UTF-8', '\xed\xb2\xa9'],
]
for (const [name, bytes] of texts) {
  test(`fromUtf8: ${name} comes back from toBytes byte by byte`, () => {
    assert.equal(toBytes(fromUtf8(Buffer.from(bytes, 'latin1'))), bytes)
  })
}

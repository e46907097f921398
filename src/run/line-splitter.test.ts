import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineSplitter } from './line-splitter.ts'

const cases: [what: string, pieces: readonly string[], lines: readonly string[]][] = [
  ['lines of one piece', ['a\nb\n'], ['a\n', 'b\n']],
  ['a line of several pieces', ['a', 'b', '\nc', '\n'], ['ab\n', 'c\n']],
  ['an empty line', ['\n\n'], ['\n', '\n']],
  ['what stands behind the last newline', ['a\nb'], ['a\n', 'b']],
  ['nothing', ['', ''], []],
  ['more than a line may have is passed over', ['1234567', '89\nx\n'], ['12345', 'x\n']],
  ['a line that just fits', ['1234\nx\n'], ['1234\n', 'x\n']],
  ['a string ends at NUL', ['a\0b\nc\n'], ['a', 'c\n']],
]
for (const [what, pieces, lines] of cases) {
  test(`lines: ${what}`, () => {
    const found: string[] = []
    const splitter = new LineSplitter(5, line => found.push(line))
    for (const piece of pieces) splitter.push(piece)
    splitter.end()
    assert.deepEqual(found, lines)
  })
}

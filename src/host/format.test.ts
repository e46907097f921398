import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Format, parseFormat } from '../text/format.ts'
import { formatText, MemoryFault } from './format.ts'

function parse(text: string): Format {
  const result = parseFormat(text)
  if ('error' in result) throw new Error(result.error)
  return result.format
}

const cases: [format: string, args: (bigint | string)[], text: string][] = [
  ['plain', [], 'plain'],
  ['%d', [-1n], '-1'],
  ['%d', [-(2n ** 63n)], '-9223372036854775808'],
  ['%u', [-1n], '18446744073709551615'],
  ['%x', [-1n], 'ffffffffffffffff'],
  ['%X', [0xabcn], 'ABC'],
  ['%#x', [0n], '0x0'],
  ['%#X', [0xabn], '0XAB'],
  ['%o', [8n], '10'],
  ['%#o', [0n], '00'],
  ['%#d', [5n], '5'],
  ['%p', [0xffffffff815b43d1n], '0xffffffff815b43d1'],
  ['%p', [-1n], '0xffffffffffffffff'],
  ['%p', [0n], '0x0'],
  ['%10p|', [0x1fn], '      0x1f|'],
  ['%5d|%-5d|%05d', [42n, 42n, -42n], '   42|42   |-0042'],
  ['%5.3d|', [7n], '  007|'],
  ['%05.3d|', [7n], '00007|'],
  ['%+d %+d % d', [5n, -5n, 5n], '+5 -5  5'],
  ['%+u', [5n], '5'],
  ['%#10x|', [255n], '      0xff|'],
  ['%08x', [255n], '000000ff'],
  ['%.0d', [0n], '0'],
  ['%*d|', [6n, 1n], '     1|'],
  ['%*d|', [-6n, 1n], '1     |'],
  ['%.*s|', [2n, 'abc'], 'ab|'],
  ['%*.*s|', [4n, 2n, 'abc'], '  ab|'],
  ['%.*s|', [-1n, 'abc'], '|'],
  ['%5s|%-5s|%.2s', ['ab', 'ab', 'abc'], '   ab|ab   |ab'],
  ['%05s', ['ab'], '   ab'],
  ['%c%c', [65n, 0x141n], 'AA'],
  ['%3c|%-3c|', [65n, 66n], '  A|B  |'],
  ['%#c%#c%#c%#c', [10n, 39n, 1n, 65n], "\\n\\'\\001A"],
  ['%#5c|', [10n], '   \\n|'],
  ['%1b', [0x41n], 'A'],
  ['%2b', [0x4241n], 'AB'],
  ['%4b', [0x44434241n], 'ABCD'],
  ['%b', [0x4847464544434241n], 'ABCDEFGH'],
  ['%4.2b', [0x4241n], '\0\0AB'],
  ['%-4.2b', [0x4241n], 'AB\0\0'],
  ['%3b', [0x41n], 'A\0\0\0\0\0\0\0'],
  ['%4m|', ['xyz'], ' xyz|'],
  ['%M', ['A\xff\0'], '41ff00'],
]
for (const [format, args, text] of cases) {
  test(`format: ${format} of ${args.join(', ')} is ${JSON.stringify(text)}`, () => {
    assert.equal(formatText(parse(format), args), text)
  })
}

test('format: %m reads memory by its precision, once', () => {
  const reads: [bigint, number, boolean][] = []
  const memory = (address: bigint, count: number, user: boolean): string => {
    reads.push([address, count, user])
    return 'abcd'.slice(0, count)
  }
  assert.equal(formatText(parse('%.3m %#.2M %m'), [1n, 2n, 3n], memory), 'abc 6162 a')
  assert.deepEqual(reads, [
    [1n, 3, false],
    [2n, 2, true],
    [3n, 1, false],
  ])
})

test('format: %M of an address that cannot be read is a fault that names it', () => {
  assert.throws(
    () => formatText(parse('%4M'), [0x10n]),
    (e: unknown) => e instanceof MemoryFault && e.address === 0x10n,
  )
})

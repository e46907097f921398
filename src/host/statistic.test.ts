import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type StatisticUse, statisticBytes } from '../ir/statistic.ts'
import {
  addValue,
  emptyStatistic,
  extract,
  mergeInto,
  readStatistic,
  type Statistic,
  writeStatistic,
} from './statistic.ts'

const ALL: StatisticUse = {
  extractors: ['count', 'sum', 'min', 'max', 'avg', 'variance'],
  histogram: { kind: 'linear', low: -500n, high: 500n, width: 100n },
  varianceShift: 0,
}

function of(values: readonly bigint[], use: StatisticUse = ALL): Statistic {
  const s = emptyStatistic(use)
  for (const value of values) addValue(s, use, value)
  return s
}

/** Numbers as SystemTap 4.8 was given them. */
function noise(count: number): bigint[] {
  let x = 12345n
  return Array.from({ length: count }, () => {
    x = (x * 1103515245n + 12345n) & 0x7fffffffn
    return (x % 1000n) - 500n
  })
}

// After 1, 4, 7 … values, by the bits that values are shifted left.
const variances: [shift: number, expected: readonly number[]][] = [
  [0, [0, 26512, 78045, 78624, 80455, 81711, 79666, 86254, 86736, 81934, 91019, 87825]],
  [1, [0, 26424, 77833, 78476, 80256, 81582, 79503, 86104, 86543, 81662, 90879, 87616]],
  [2, [0, 26417, 77711, 78353, 80063, 81463, 79386, 86013, 86439, 81541, 90831, 87548]],
  [6, [0, 26415, 77681, 78335, 80024, 81452, 79358, 85993, 86400, 81467, 90838, 87518]],
]
for (const [varianceShift, expected] of variances) {
  test(`statistic: the variance is what SystemTap gives, shifted by ${varianceShift}`, () => {
    const use = { ...ALL, varianceShift }
    const found = expected.map((_, n) => extract(of(noise(3 * n + 1), use), use, 'variance'))
    assert.deepEqual(found, expected.map(BigInt))
  })
}

test('statistic: an empty one has a count and a sum, and nothing else', () => {
  const found = ALL.extractors.map(extractor => extract(of([]), ALL, extractor))
  assert.deepEqual(found, [0n, 0n, undefined, undefined, undefined, undefined])
})

test('statistic: the average is cut towards 0', () => {
  assert.equal(extract(of([-1n, -2n]), ALL, 'avg'), -1n)
  assert.equal(extract(of([1n, 2n]), ALL, 'avg'), 1n)
})

const long = fc.oneof(
  fc.constantFrom(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt(-1000n, 1000n),
)

test('statistic: what is written to a map is read again', () => {
  fc.assert(
    fc.property(
      fc.array(long),
      fc.subarray([...ALL.extractors]),
      fc.constantFrom<StatisticUse['histogram'][]>(undefined, { kind: 'log' }, ALL.histogram),
      (values, extractors, histogram) => {
        const use = { extractors, varianceShift: 2, ...(histogram && { histogram }) }
        const bytes = new Uint8Array(16 + statisticBytes(use))
        writeStatistic(of(values, use), bytes, 8, use)
        const again = readStatistic(bytes, 8, use)
        for (const extractor of ['count', ...extractors] as const) {
          assert.equal(extract(again, use, extractor), extract(of(values, use), use, extractor))
        }
        assert.deepEqual(again.buckets, of(values, use).buckets)
        assert.deepEqual([...bytes.subarray(0, 8), ...bytes.subarray(-8)], Array(16).fill(0))
      },
    ),
  )
})

test('statistic: zeroes are an empty one', () => {
  assert.deepEqual(readStatistic(new Uint8Array(statisticBytes(ALL)), 0, ALL), emptyStatistic(ALL))
})

test('statistic: parts of several CPUs give what all of it would', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.bigInt(-1000n, 1000n)), { maxLength: 4 }), parts => {
      const merged = emptyStatistic(ALL)
      for (const part of parts) mergeInto(merged, of(part))
      const whole = of(parts.flat())
      for (const extractor of ['count', 'sum', 'min', 'max', 'avg'] as const) {
        assert.equal(extract(merged, ALL, extractor), extract(whole, ALL, extractor))
      }
      assert.deepEqual(merged.buckets, whole.buckets)
    }),
  )
})

test('statistic: the variance of several parts is nearly that of the whole', () => {
  const use = { ...ALL, varianceShift: 8 }
  const merged = emptyStatistic(use)
  for (const part of [noise(40).slice(0, 3), noise(40).slice(3, 30), noise(40).slice(30)]) {
    mergeInto(merged, of(part, use))
  }
  const [whole, parts] = [of(noise(40), use), merged].map(s => extract(s, use, 'variance') ?? 0n)
  assert.ok(whole !== undefined && parts !== undefined)
  const apart = whole - parts
  assert.ok(apart <= 10n && apart >= -10n, `${whole} and ${parts}`)
})

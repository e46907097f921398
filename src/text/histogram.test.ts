import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchGolden } from '../../test/support/golden.ts'
import { bucketCount, bucketOf, bucketValue, type Histogram, histogramText } from './histogram.ts'

const log: Histogram = { kind: 'log' }

function linear(low: bigint, high: bigint, width: bigint): Histogram {
  return { kind: 'linear', low, high, width }
}

function drawn(shape: Histogram, values: readonly bigint[]): string {
  const counts = Array.from({ length: bucketCount(shape) }, () => 0n)
  for (const value of values) {
    const bucket = bucketOf(shape, value)
    if (bucket !== undefined) counts[bucket] = (counts[bucket] ?? 0n) + 1n
  }
  return histogramText(shape, counts)
}

function range(count: number): bigint[] {
  return Array.from({ length: count }, (_, n) => BigInt(n))
}

function times(count: number, value: bigint): bigint[] {
  return Array.from({ length: count }, () => value)
}

const MAX = 2n ** 63n - 1n

// The texts are what SystemTap 4.8 printed for the same values.
const drawings: [name: string, shape: Histogram, values: readonly bigint[]][] = [
  ['two values far apart', log, [0n, 1000000n]],
  ['the least and the largest long', log, [-MAX - 1n, MAX, 1n]],
  ['more than fit in a row', log, range(12345)],
  ['one value', log, [1n]],
  ['one value below zero', log, [-1n]],
  ['zero alone', log, [0n]],
  ['values on both sides of zero', log, [-3n, 700n]],
  ['values outside on both sides', linear(-50n, 50n, 10n), [-100n, 100n, 3n]],
  ['a gap', linear(0n, 1000n, 10n), [1n, 990n, 995n]],
  ['a scale of three', linear(0n, 10n, 1n), [...times(51, 5n), ...times(101, 6n), 7n]],
  ['a range that is no multiple of the width', linear(0n, 25n, 10n), [25n]],
  ['only too small', linear(0n, 20n, 10n), [-5n]],
  ['only too large', linear(0n, 20n, 10n), [500n]],
  ['too large for the last whole bucket', linear(0n, 25n, 10n), [28n, 31n, 35n, 36n, 29n]],
  ['short gaps', linear(0n, 200n, 2n), [1n, 150n, 163n, 200n]],
]
test('histograms are drawn as SystemTap draws them', () => {
  const text = drawings
    .map(([name, shape, values]) => `# ${name}\n${drawn(shape, values)}`)
    .join('')
  matchGolden('text/histogram.txt', text)
})

test('buckets of a logarithmic histogram start at powers of two', () => {
  const starts: [value: bigint, bucket: number, start: bigint][] = [
    [0n, 64, 0n],
    [1n, 65, 1n],
    [3n, 66, 2n],
    [4n, 67, 4n],
    [MAX, 127, 2n ** 62n],
    [-1n, 63, -1n],
    [-2n, 62, -2n],
    [-3n, 62, -2n],
    [-MAX, 1, -(2n ** 62n)],
    [-MAX - 1n, 0, -(2n ** 63n)],
  ]
  for (const [value, bucket, start] of starts) {
    assert.equal(bucketOf(log, value), bucket)
    assert.equal(bucketValue(log, bucket), start)
  }
})

test('a linear histogram has at most 128 buckets, and none where its limits make no sense', () => {
  const counts: [shape: Histogram, count: number][] = [
    [linear(0n, 100n, 10n), 13],
    [linear(0n, 125n, 1n), 128],
    [linear(0n, 126n, 1n), 0],
    [linear(0n, 10n, 0n), 0],
    [linear(10n, 0n, 1n), 0],
  ]
  for (const [shape, count] of counts) assert.equal(bucketCount(shape), count)
  assert.equal(bucketOf(linear(10n, 0n, 1n), 3n), undefined)
})

test('the largest longs are far from a range at the least ones', () => {
  const shape = linear(-MAX - 1n, -MAX + 9n, 1n)
  assert.equal(bucketOf(shape, MAX), bucketCount(shape) - 1)
})

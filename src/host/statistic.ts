import {
  bucketsOf,
  bucketsOffset,
  fieldOffset,
  NO_USE,
  type StatisticField,
  type StatisticUse,
  statisticFields,
} from '../ir/statistic.ts'
import { bucketOf } from '../text/histogram.ts'

/**
 * What was added to a statistic. Longs wrap. `mean` and `squares` are those of Welford's algorithm
 * over values shifted left: the mean so far, and the sum of squares of differences from it.
 */
export interface Statistic {
  count: bigint
  sum: bigint
  min: bigint
  max: bigint
  mean: bigint
  squares: bigint
  readonly buckets: bigint[]
}

export type Extractor = StatisticUse['extractors'][number]

const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n

export function emptyStatistic(use: StatisticUse = NO_USE): Statistic {
  const buckets = Array.from({ length: bucketsOf(use) }, () => 0n)
  return { count: 0n, sum: 0n, min: MOST, max: LEAST, mean: 0n, squares: 0n, buckets }
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}

/** `s <<< value` */
export function addValue(s: Statistic, use: StatisticUse, value: bigint): void {
  s.count = wrap(s.count + 1n)
  s.sum = wrap(s.sum + value)
  if (value < s.min) s.min = value
  if (value > s.max) s.max = value
  const shifted = wrap(value << BigInt(use.varianceShift))
  const delta = wrap(shifted - s.mean)
  s.mean = wrap(s.mean + delta / s.count)
  s.squares = wrap(s.squares + delta * (shifted - s.mean))
  const bucket = use.histogram && bucketOf(use.histogram, value)
  if (bucket !== undefined) s.buckets[bucket] = (s.buckets[bucket] ?? 0n) + 1n
}

/** Adds what another CPU counted. */
export function mergeInto(s: Statistic, other: Statistic): void {
  if (other.count === 0n) return
  const count = wrap(s.count + other.count)
  const delta = wrap(other.mean - s.mean)
  // How far the mean of all is from that of the other.
  const step = wrap(delta * s.count) / count
  s.mean = wrap(other.mean - step)
  s.squares = wrap(s.squares + other.squares + delta * other.count * step)
  s.count = count
  s.sum = wrap(s.sum + other.sum)
  if (other.min < s.min) s.min = other.min
  if (other.max > s.max) s.max = other.max
  other.buckets.forEach((n, bucket) => {
    s.buckets[bucket] = wrap((s.buckets[bucket] ?? 0n) + n)
  })
}

/** Undefined where an empty statistic has no such value. */
export function extract(s: Statistic, use: StatisticUse, extractor: Extractor): bigint | undefined {
  if (extractor === 'count') return s.count
  if (extractor === 'sum') return s.sum
  if (s.count === 0n) return undefined
  switch (extractor) {
    case 'min':
      return s.min
    case 'max':
      return s.max
    case 'avg':
      return s.sum / s.count
    case 'variance':
      return variance(s, BigInt(use.varianceShift))
  }
}

/** As SystemTap: the mean by Welford's algorithm is a little off, and the difference is made good. */
function variance({ count, sum, mean, squares }: Statistic, shift: bigint): bigint {
  if (count < 2n) return 0n
  const off = mean - wrap(sum << shift) / count
  return wrap(squares / (count - 1n) + off * off) >> (2n * shift)
}

// In a map, least and largest value are kept so that the larger, as unsigned, always wins, and 0
// stands for none: a new element of zeroes is an empty statistic.

function encodeField(field: StatisticField, value: bigint): bigint {
  if (field === 'min') return value ^ MOST
  return field === 'max' ? value ^ LEAST : value
}

/** Reads a statistic at an offset of a map's value. */
export function readStatistic(bytes: Uint8Array, at: number, use: StatisticUse): Statistic {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at)
  const s = emptyStatistic(use)
  for (const field of statisticFields(use)) {
    const offset = fieldOffset(use, field)
    if (offset !== undefined) s[field] = encodeField(field, view.getBigInt64(offset, true))
  }
  const start = bucketsOffset(use)
  for (const bucket of s.buckets.keys()) {
    s.buckets[bucket] = view.getBigInt64(start + 8 * bucket, true)
  }
  return s
}

export function writeStatistic(
  s: Statistic,
  bytes: Uint8Array,
  at: number,
  use: StatisticUse,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at)
  for (const field of statisticFields(use)) {
    const offset = fieldOffset(use, field)
    if (offset !== undefined) view.setBigInt64(offset, encodeField(field, s[field]), true)
  }
  const start = bucketsOffset(use)
  s.buckets.forEach((n, bucket) => {
    view.setBigInt64(start + 8 * bucket, n, true)
  })
}

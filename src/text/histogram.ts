// The histograms of statistics: which bucket takes a value, and how SystemTap draws them.

export type Histogram =
  | { readonly kind: 'log' }
  | {
      readonly kind: 'linear'
      readonly low: bigint
      readonly high: bigint
      readonly width: bigint
    }

/** Bucket of the value 0 in a logarithmic histogram; 1 is the next, then 2, 4, 8 … */
export const LOG_ZERO = 64
export const LOG_BUCKETS = 128

/** Most buckets of a linear histogram: STP_MAX_BUCKETS. */
export const MAX_BUCKETS = 128

/** Linear: one below `low` and one above `high` with those between. */
export function bucketCount(shape: Histogram): number {
  if (shape.kind === 'log') return LOG_BUCKETS
  const { low, high, width } = shape
  if (width <= 0n || high < low) return 0
  const count = (high - low) / width + 3n
  return count > MAX_BUCKETS ? 0 : Number(count)
}

/** The bucket that counts a value; undefined where a shape has none. */
export function bucketOf(shape: Histogram, value: bigint): number | undefined {
  if (shape.kind === 'log') {
    return value < 0n ? LOG_ZERO - bitLength(-value) : LOG_ZERO + bitLength(value)
  }
  const count = bucketCount(shape)
  if (count === 0) return undefined
  if (value < shape.low) return 0
  const bucket = (value - shape.low) / shape.width + 1n
  return bucket >= BigInt(count) ? count - 1 : Number(bucket)
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length
}

/**
 * Where a bucket starts: the value nearest to 0 for a logarithmic one. The one above all others is
 * told by the start of the last before it, as SystemTap does.
 */
export function bucketValue(shape: Histogram, bucket: number): bigint {
  if (shape.kind === 'log') {
    if (bucket === LOG_ZERO) return 0n
    return bucket < LOG_ZERO
      ? -(1n << BigInt(LOG_ZERO - 1 - bucket))
      : 1n << BigInt(bucket - LOG_ZERO - 1)
  }
  const { low, width } = shape
  const regular = Math.min(Math.max(bucket, 1), bucketCount(shape) - 2)
  return low + BigInt(regular - 1) * width
}

/** HIST_WIDTH and HIST_ELISION. */
const WIDTH = 50
const ELISION = 2

/** The lines of `print(@hist_…)`; the last is empty. */
export function histogramText(shape: Histogram, counts: readonly bigint[]): string {
  const size = bucketCount(shape)
  if (size === 0) return ''
  const { first, last } = shownRange(shape, counts, size)
  const shown = counts.slice(first, last + 1)
  const most = shown.reduce((a, b) => (b > a ? b : a), 0n)
  const scale = most <= WIDTH ? 1n : (most + BigInt(WIDTH) - 1n) / BigInt(WIDTH)
  const labels = shown.map((_, i) => rowLabel(shape, first + i, size))
  const valueWidth = Math.max('value'.length, ...labels.map(label => label.length))
  const countWidth = most.toString().length
  const head = `${'value'.padStart(valueWidth)} |${'-'.repeat(WIDTH)} count\n`
  let elided = false
  const rows = shown.map((count, i) => {
    const isQuiet = shown.slice(Math.max(0, i - ELISION), i + ELISION + 1).every(n => n === 0n)
    const isFirst = isQuiet && !elided
    elided = isQuiet
    if (isQuiet) return isFirst ? `${'~'.padStart(valueWidth + 2)}\n` : ''
    const bar = '@'.repeat(Number(count / scale)).padEnd(WIDTH)
    const label = (labels[i] ?? '').padStart(valueWidth)
    return `${label} |${bar} ${count.toString().padStart(countWidth)}\n`
  })
  return `${head}${rows.join('')}\n`
}

/** From the first bucket that counts something to the last, and two more on both sides. */
function shownRange(
  shape: Histogram,
  counts: readonly bigint[],
  size: number,
): { first: number; last: number } {
  const used = counts.flatMap((count, bucket) => (count === 0n ? [] : [bucket]))
  const lowest = used[0] ?? (shape.kind === 'log' ? LOG_ZERO : 0)
  const highest = used.at(-1) ?? lowest
  if (shape.kind === 'log') {
    const floor = lowest >= LOG_ZERO ? LOG_ZERO : 0
    return {
      first: Math.max(floor, lowest - ELISION),
      last: Math.min(size - 1, highest + ELISION),
    }
  }
  // What lies outside has a row only where there is something.
  const floor = (counts[0] ?? 0n) === 0n ? 1 : 0
  const ceiling = (counts[size - 1] ?? 0n) === 0n ? size - 2 : size - 1
  return {
    first: Math.max(floor, lowest - ELISION),
    last: Math.min(ceiling, highest + ELISION),
  }
}

function rowLabel(shape: Histogram, bucket: number, size: number): string {
  const value = bucketValue(shape, bucket).toString()
  if (shape.kind === 'log') return value
  return bucket === 0 ? `<${value}` : bucket === size - 1 ? `>${value}` : value
}

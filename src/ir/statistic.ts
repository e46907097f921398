import type { Extractor, Global } from '../sema/checked.ts'
import { bucketCount, type Histogram } from '../text/histogram.ts'

// What is kept of a statistic, in the same form in both worlds.

/** What a script asks of a statistic. */
export type StatisticUse = NonNullable<Global['statistic']>

/** In the order in which they are kept; each is 8 bytes. The buckets of a histogram follow. */
export type StatisticField = 'count' | 'sum' | 'min' | 'max' | 'mean' | 'squares'

/** Of a statistic that nothing asks for; it still counts. */
export const NO_USE: StatisticUse = { extractors: [], varianceShift: 0 }

const NEEDS: Readonly<Record<Extractor, readonly StatisticField[]>> = {
  count: [],
  sum: ['sum'],
  min: ['min'],
  max: ['max'],
  avg: ['sum'],
  variance: ['sum', 'mean', 'squares'],
}

const ORDER: readonly StatisticField[] = ['count', 'sum', 'min', 'max', 'mean', 'squares']

/** The count is always there: it tells an empty statistic. */
export function statisticFields({ extractors }: StatisticUse): readonly StatisticField[] {
  const needed = new Set(extractors.flatMap(extractor => NEEDS[extractor]))
  return ORDER.filter(field => field === 'count' || needed.has(field))
}

export function bucketsOf({ histogram }: StatisticUse): number {
  return histogram === undefined ? 0 : bucketCount(histogram)
}

/** Where the buckets start. */
export function bucketsOffset(use: StatisticUse): number {
  return 8 * statisticFields(use).length
}

export function statisticBytes(use: StatisticUse): number {
  return bucketsOffset(use) + 8 * bucketsOf(use)
}

/** Where a field is kept; undefined for one that is not. */
export function fieldOffset(use: StatisticUse, field: StatisticField): number | undefined {
  const index = statisticFields(use).indexOf(field)
  return index < 0 ? undefined : 8 * index
}

export function histogramOf({ statistic }: Pick<Global, 'statistic'>): Histogram | undefined {
  return statistic?.histogram
}

/** Whether an extractor has no value for an empty statistic; the others give 0. */
export function failsWhenEmpty(extractor: Extractor): boolean {
  return extractor !== 'count' && extractor !== 'sum'
}

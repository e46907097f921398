import type { CheckedExpression, CheckedForeach, CheckedHistogram } from '../../sema/checked.ts'
import { bucketCount } from '../../text/histogram.ts'
import { EMPTY, number, ONE, register } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import { assignVariable } from './assign.ts'
import type { Builder } from './builder.ts'
import { valueBefore, values } from './order.ts'

type Of<Kind extends CheckedExpression['kind']> = Extract<CheckedExpression, { kind: Kind }>

/** `s <<< v`; its value is v. */
export function lowerAccumulate(b: Builder, e: Of<'accumulate'>): Operand {
  const { global, span } = e
  const keys = e.keys.map((key, i) => valueBefore(b, key, [...e.keys.slice(i + 1), e.value]))
  const value = b.value(e.value)
  b.emit({ op: 'stat-add', global, keys, value, span })
  return value
}

export function lowerAggregate(b: Builder, e: Of<'aggregate'>): Operand {
  const { extractor, global, span } = e
  const keys = values(b, e.keys)
  return b.make('long', to => ({ op: 'stat-get', to, extractor, global, keys, span }))
}

/** `@hist_log(s)[i]`, and `i in @hist_log(s)`, which as in SystemTap gives the same. */
export function lowerBucket(b: Builder, e: Of<'bucket' | 'in-histogram'>): Operand {
  const { histogram } = e
  const { span } = e.kind === 'bucket' ? e : histogram
  const all = values(b, [...histogram.keys, e.index])
  const keys = all.slice(0, -1)
  return bucket(b, histogram, keys, all.at(-1) ?? ONE, span)
}

function bucket(
  b: Builder,
  { global }: CheckedHistogram,
  keys: readonly Operand[],
  index: Operand,
  span: CheckedHistogram['span'],
): Operand {
  return b.make('long', to => ({ op: 'stat-bucket', to, global, keys, index, span }))
}

/** println() adds nothing: a histogram ends with an empty line. */
export function lowerPrintHistogram(b: Builder, e: Of<'print-histogram'>): Operand {
  const { histogram, span } = e
  b.emit({ op: 'print-histogram', global: histogram.global, keys: values(b, histogram.keys), span })
  return EMPTY
}

/** Over the numbers of the buckets, which are known: a loop that counts. */
export function lowerHistogramForeach(
  b: Builder,
  s: CheckedForeach,
  histogram: CheckedHistogram,
): void {
  const keys = values(b, histogram.keys).map((key, i) =>
    b.snapshot(histogram.keys[i]?.type === 'string' ? 'string' : 'long', key),
  )
  const limit = s.limit && b.snapshot('long', b.value(s.limit))
  const next = b.variable('long', 'bucket')
  const [header, then, step, after] = [b.block(), b.block(), b.block(), b.block()]
  b.copy(next, number(0n))
  b.start(header)
  b.markLoop(s.span)
  const below = (most: Operand): Operand =>
    b.make('long', to => ({ op: 'compare', what: 'lt', to, a: register(next), b: most }))
  const isBucket = below(number(BigInt(bucketCount(histogram.shape))))
  const test = limit === undefined ? isBucket : b.binary('and', isBucket, below(limit))
  b.end({ op: 'branch', test, then, otherwise: after })
  b.start(then)
  const index = b.snapshot('long', register(next))
  const [key] = s.keys
  if (key !== undefined) assignVariable(b, key, index)
  if (s.value !== undefined) assignVariable(b, s.value, bucket(b, histogram, keys, index, s.span))
  b.inLoop({ onBreak: after, onContinue: step }, () => b.statement(s.body))
  b.start(step)
  b.copy(next, b.binary('add', register(next), ONE))
  b.jump(header)
  b.start(after)
}

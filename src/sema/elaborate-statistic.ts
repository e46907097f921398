import type {
  AggregateExpression,
  AssignExpression,
  Expression,
  HistogramExpression,
  SliceKey,
} from '../syntax/ast.ts'
import type { CheckedExpression, CheckedHistogram, Global } from './checked.ts'
import { type Elaboration, nothing } from './elaboration.ts'
import { extractorOf, shapeOf } from './statistic.ts'

type Elaborate = (b: Elaboration, e: Expression) => CheckedExpression

/** `s <<< v`; what is no statistic was reported before. */
export function elaborateAccumulate(
  b: Elaboration,
  e: AssignExpression,
  elaborate: Elaborate,
): CheckedExpression {
  const value = elaborate(b, e.value)
  const of = statisticOf(b, e.target, elaborate)
  return of ? { kind: 'accumulate', type: 'long', ...of, value, span: e.span } : nothing(e.span)
}

export function elaborateAggregate(
  b: Elaboration,
  e: AggregateExpression,
  elaborate: Elaborate,
): CheckedExpression {
  const of = statisticOf(b, e.statistic, elaborate)
  if (of === undefined) return nothing(e.span)
  return { kind: 'aggregate', type: 'long', extractor: extractorOf(e.name), ...of, span: e.span }
}

export function elaborateHistogram(
  b: Elaboration,
  e: HistogramExpression,
  elaborate: Elaborate,
): CheckedHistogram | undefined {
  const of = statisticOf(b, e.statistic, elaborate)
  const shape = shapeOf(e)
  return of && shape && { kind: 'histogram', ...of, shape, span: e.span }
}

/** `@hist_log(s)[i]` and `i in @hist_log(s)`. */
export function elaborateBucket(
  b: Elaboration,
  at: {
    readonly kind: 'bucket' | 'in-histogram'
    readonly histogram: HistogramExpression
    readonly keys: readonly SliceKey[]
    readonly span: CheckedExpression['span']
  },
  elaborate: Elaborate,
): CheckedExpression {
  const { kind, span } = at
  const histogram = elaborateHistogram(b, at.histogram, elaborate)
  const [key] = at.keys
  if (histogram === undefined || key === undefined || key.kind === 'any') return nothing(span)
  return { kind, type: 'long', histogram, index: elaborate(b, key), span }
}

interface Statistic {
  readonly global: Global
  readonly keys: readonly CheckedExpression[]
}

function statisticOf(b: Elaboration, e: Expression, elaborate: Elaborate): Statistic | undefined {
  const named = e.kind === 'element' ? e.array : e
  if (named.kind !== 'name') return undefined
  const symbol = b.names.global(named.name, b.scope)
  const global = symbol && b.objects.globals.get(symbol)
  if (global === undefined) return undefined
  const keys = e.kind === 'element' ? e.keys : []
  return {
    global,
    keys: keys.map(k => (k.kind === 'any' ? nothing(k.span) : elaborate(b, k))),
  }
}

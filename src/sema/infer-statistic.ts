import type {
  AggregateExpression,
  AssignExpression,
  Expression,
  HistogramExpression,
  SliceKey,
} from '../syntax/ast.ts'
import { broken, type Cell, known } from './cell.ts'
import {
  elementUse,
  type Inference,
  keyCells,
  markRead,
  markWritten,
  noteChange,
  scalarCell,
} from './inference.ts'
import { histogramKeys } from './statistic-errors.ts'
import type { GlobalSymbol } from './symbol.ts'

/** How the parts of an expression are looked at. */
export interface InferParts {
  readonly long: (c: Inference, e: Expression, why?: string) => void
  readonly keys: (
    c: Inference,
    keys: readonly SliceKey[],
    cells: readonly Cell[] | undefined,
  ) => void
}

/** `s <<< v`, `a[k] <<< v` */
export function inferAccumulate(c: Inference, e: AssignExpression, infer: InferParts): Cell {
  infer.long(c, e.value, "'<<<' takes longs")
  const global = inferStatistic(c, e.target, infer)
  if (global === undefined) return broken()
  markWritten(global)
  if (e.target.kind === 'element') noteChange(c, global, e.target.span)
  return known('long', e.span)
}

/** `@count(s)` */
export function inferAggregate(c: Inference, e: AggregateExpression, infer: InferParts): Cell {
  const global = inferStatistic(c, e.statistic, infer)
  if (global === undefined) return broken()
  markRead(global, e.span)
  return known('long', e.span)
}

/** `@hist_log(s)` where it is printed, indexed, iterated or asked about. */
export function inferHistogram(c: Inference, e: HistogramExpression, infer: InferParts): void {
  const global = inferStatistic(c, e.statistic, infer)
  if (global !== undefined) markRead(global, e.span)
}

/** A bucket: `@hist_log(s)[i]`, `i in @hist_log(s)`. */
export function inferBucket(
  c: Inference,
  e: HistogramExpression,
  keys: readonly SliceKey[],
  infer: InferParts,
): Cell {
  inferHistogram(c, e, infer)
  const [index] = keys
  if (keys.length !== 1 || index === undefined || index.kind === 'any') {
    c.shared.reporter.report(histogramKeys(e.span, keys.length))
    return broken()
  }
  infer.long(c, index, 'a bucket has a number')
  return known('long', e.span)
}

/** The global of a statistic, with as many keys as it has elsewhere; what is none was reported. */
function inferStatistic(c: Inference, e: Expression, infer: InferParts): GlobalSymbol | undefined {
  const { names } = c.shared
  if (e.kind === 'name') {
    if (c.owner.locals.get(e.name)?.parameter) return undefined
    const global = names.global(e.name, c.scope)
    if (global === undefined) return undefined
    scalarCell(c, global, e.span)
    return global
  }
  if (e.kind !== 'element' || e.array.kind !== 'name') return undefined
  const global = names.global(e.array.name, c.scope)
  infer.keys(c, e.keys, global && keyCells(c, global, elementUse(e)))
  return global
}

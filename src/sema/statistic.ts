import type {
  AggregateExpression,
  Expression,
  HistogramExpression,
  Statement,
} from '../syntax/ast.ts'
import type { Span } from '../text/source.ts'
import type { Extractor, HistogramShape, StatisticUse } from './checked.ts'
import type { Reporter } from './reporter.ts'
import type { Names } from './scope.ts'
import {
  bucketCount,
  conflictingShift,
  histogramTwice,
  notStatistic,
  shiftOutOfRange,
  sortByAggregate,
  statisticInitial,
  statisticLocal,
} from './statistic-errors.ts'
import type {
  GlobalSymbol,
  HandlerPart,
  HandlerSymbol,
  OwnerSymbol,
  Scope,
  StatisticFacts,
} from './symbol.ts'
import { eachStatement, walkExpression, walkStatement } from './walk.ts'

interface Collection {
  readonly names: Names
  readonly reporter: Reporter
}

interface Place extends Collection {
  readonly owner: OwnerSymbol
  readonly scope: Scope
}

/**
 * Finds the globals that are statistics, before types are looked for: those that `<<<` stores in,
 * and those that an aggregate or a histogram asks about.
 */
export function collectStatistics(
  x: Collection,
  owners: readonly { readonly owner: OwnerSymbol; readonly parts: readonly HandlerPart[] }[],
): void {
  for (const { owner, parts } of owners) {
    for (const { scope, block } of parts) {
      const place = { ...x, owner, scope }
      walkStatement(block, e => collect(place, e))
    }
    if (owner.kind === 'handler') collectConditions(x, owner)
  }
  for (const { owner, parts } of owners) {
    for (const { scope, block } of parts) {
      const place = { ...x, owner, scope }
      eachStatement(block, s => collectSort(place, s))
    }
  }
}

function collectConditions(x: Collection, owner: HandlerSymbol): void {
  for (const { scope, expression } of new Set(owner.points.flatMap(p => p.conditions))) {
    walkExpression(expression, e => collect({ ...x, owner, scope }, e))
  }
}

function collect(x: Place, e: Expression): void {
  if (e.kind === 'assign' && e.operator === '<<<')
    mark(x, e.target, { span: e.span, what: "'<<<'" })
  else if (e.kind === 'aggregate') collectAggregate(x, e)
  else if (e.kind === 'histogram') collectHistogram(x, e)
}

/** The global that is meant, now known as a statistic; reported where it cannot be one. */
function mark(
  x: Place,
  target: Expression,
  use: { readonly span: Span; readonly what: string },
): StatisticFacts | undefined {
  const { reporter } = x
  const named = target.kind === 'element' ? target.array : target
  if (named.kind !== 'name') {
    reporter.report(notStatistic(target.span, use.what))
    return undefined
  }
  const global = globalOf(x, named.name, target.kind === 'element')
  if (global === undefined) {
    // An array that does not exist was reported when names were looked up.
    if (target.kind === 'name') reporter.report(statisticLocal(named.span, named.name))
    return undefined
  }
  if (global.statistic === undefined) {
    const { item } = global
    if (item.initial) reporter.report(statisticInitial(item.nameSpan, item.name, use.span))
    global.statistic = {
      since: use.span,
      extractors: new Set(),
      histogram: undefined,
      shift: undefined,
    }
  }
  return global.statistic
}

function globalOf(x: Place, name: string, isArray: boolean): GlobalSymbol | undefined {
  if (!isArray && x.owner.locals.get(name)?.parameter) return undefined
  return x.names.global(name, x.scope)
}

function collectAggregate(x: Place, e: AggregateExpression): void {
  const facts = mark(x, e.statistic, { span: e.span, what: e.name })
  if (facts === undefined) return
  facts.extractors.add(extractorOf(e.name))
  if (e.name !== '@variance') return
  const [shift] = e.parameters
  const bits = shift === undefined ? 0 : shiftOf(shift)
  if (bits === undefined) {
    x.reporter.report(shiftOutOfRange(shift?.span ?? e.span))
    return
  }
  if (shift === undefined) return
  if (facts.shift !== undefined && facts.shift.bits !== bits) {
    x.reporter.report(conflictingShift(shift.span, nameOf(e.statistic), facts.shift.span))
  } else facts.shift ??= { bits, span: shift.span }
}

/** How far `@variance` shifts its sums for precision. */
const MAX_SHIFT = 62n

function shiftOf(e: Expression): number | undefined {
  if (e.kind !== 'number' || e.value < 0n || e.value > MAX_SHIFT) return undefined
  return Number(e.value)
}

function collectHistogram(x: Place, e: HistogramExpression): void {
  const facts = mark(x, e.statistic, { span: e.span, what: e.name })
  const shape = shapeOf(e)
  if (facts === undefined || shape === undefined) return
  const first = facts.histogram
  if (first === undefined) {
    facts.histogram = { shape, span: e.span }
    if (!fits(shape)) x.reporter.report(bucketCount(e.span, MAX_BUCKETS))
  } else if (!same(first.shape, shape)) {
    x.reporter.report(histogramTwice(e.span, nameOf(e.statistic), first.span))
  }
}

/** The shape of a histogram; undefined where its numbers are missing, which the parser reports. */
export function shapeOf(e: HistogramExpression): HistogramShape | undefined {
  if (e.name === '@hist_log') return { kind: 'log' }
  const [low, high, width] = e.parameters
  if (low?.kind !== 'number' || high?.kind !== 'number' || width?.kind !== 'number') {
    return undefined
  }
  return { kind: 'linear', low: low.value, high: high.value, width: width.value }
}

/** Buckets between the one for what is too low and the one for what is too high. */
const MAX_BUCKETS = 126

function fits(shape: HistogramShape): boolean {
  if (shape.kind === 'log') return true
  const { low, high, width } = shape
  if (width <= 0n || high < low) return false
  const buckets = (high - low) / width + 1n
  return buckets >= 1n && buckets <= BigInt(MAX_BUCKETS)
}

function same(a: HistogramShape, b: HistogramShape): boolean {
  if (a.kind === 'log' || b.kind === 'log') return a.kind === b.kind
  return a.low === b.low && a.high === b.high && a.width === b.width
}

/** A foreach that sorts by an aggregate goes over statistics. */
function collectSort(x: Place, s: Statement): void {
  if (s.kind !== 'foreach' || s.sort === undefined || s.array.kind !== 'name') return
  const { aggregate, by, span } = s.sort
  const facts = x.names.global(s.array.name, x.scope)?.statistic
  if (facts !== undefined && by === 'value')
    facts.extractors.add(extractorOf(aggregate ?? '@count'))
  if (facts === undefined && aggregate !== undefined) {
    x.reporter.report(sortByAggregate(span, aggregate, s.array.name))
  }
}

export function extractorOf(name: AggregateExpression['name']): Extractor {
  switch (name) {
    case '@count':
      return 'count'
    case '@sum':
      return 'sum'
    case '@min':
      return 'min'
    case '@max':
      return 'max'
    case '@avg':
      return 'avg'
    case '@variance':
      return 'variance'
  }
}

function nameOf(e: Expression): string {
  const named = e.kind === 'element' ? e.array : e
  return named.kind === 'name' ? named.name : ''
}

const DISPLAYED: readonly Extractor[] = ['count', 'min', 'max', 'sum', 'avg']

/** What the checked tree says of a statistic; what is displayed at the end asks for the usual. */
export function statisticUse(facts: StatisticFacts, displayed: boolean): StatisticUse {
  const extractors = new Set([...facts.extractors, ...(displayed ? DISPLAYED : [])])
  return {
    extractors: [...extractors],
    ...(facts.histogram && { histogram: facts.histogram.shape }),
    varianceShift: facts.shift?.bits ?? 0,
  }
}

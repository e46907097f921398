import type {
  Expression,
  ForeachStatement,
  HistogramExpression,
  Name,
  Statement,
} from '../syntax/ast.ts'
import type { Span } from '../text/source.ts'
import { broken, type Cell, unify, unknown } from './cell.ts'
import { outsideLoop, unknownDeleted } from './errors.ts'
import {
  inferDiscarded,
  inferElement,
  inferInto,
  inferKeys,
  inferLong,
  inferPlainHistogram,
  markPragmas,
} from './infer-expression.ts'
import {
  arrayOf,
  type Inference,
  keyCells,
  markWritten,
  mustBe,
  noteChange,
  reportClash,
  type Shared,
  storeName,
} from './inference.ts'
import { histogramKeys, statisticLoopValue } from './statistic-errors.ts'
import type { FunctionSymbol, GlobalSymbol, HandlerSymbol, OwnerSymbol, Scope } from './symbol.ts'

/** Finds names and types in the body of a function. */
export function inferFunction(shared: Shared, f: FunctionSymbol): void {
  const { body } = f
  const c = start(shared, f, f.scope)
  if (body.kind !== 'embedded') inferStatement(c, body)
  else if (!f.native) markPragmas(c, body.text)
}

/** Finds names and types in a handler, with the aliases around it, and in its conditions. */
export function inferHandler(shared: Shared, handler: HandlerSymbol): void {
  for (const { scope, block } of handler.parts) {
    inferStatement(start(shared, handler, scope), block)
  }
  for (const { scope, expression } of new Set(handler.points.flatMap(p => p.conditions))) {
    inferLong({ ...start(shared, handler, scope), globalsOnly: true }, expression)
  }
}

function start(shared: Shared, owner: OwnerSymbol, scope: Scope): Inference {
  return { shared, owner, scope, inLoop: false, iterated: [], globalsOnly: false }
}

function inferStatement(c: Inference, s: Statement): void {
  switch (s.kind) {
    case 'block':
      for (const inner of s.statements) inferStatement(c, inner)
      return
    case 'expression':
      inferDiscarded(c, s.expression)
      return
    case 'if':
      inferLong(c, s.test)
      inferStatement(c, s.then)
      if (s.otherwise !== undefined) inferStatement(c, s.otherwise)
      return
    case 'while':
      inferLong(c, s.test)
      inferStatement({ ...c, inLoop: true }, s.body)
      return
    case 'for':
      if (s.start !== undefined) inferDiscarded(c, s.start)
      if (s.test !== undefined) inferLong(c, s.test)
      if (s.step !== undefined) inferDiscarded(c, s.step)
      inferStatement({ ...c, inLoop: true }, s.body)
      return
    case 'foreach':
      inferForeach(c, s)
      return
    case 'break':
    case 'continue':
      if (!c.inLoop) c.shared.reporter.reportIf(kept => kept(s.span), outsideLoop(s.span, s.kind))
      return
    case 'next':
    case 'empty':
      return
    case 'return':
      inferReturn(c, s.span, s.value)
      return
    case 'delete':
      inferDelete(c, s.target)
      return
    case 'try':
      inferStatement(c, s.body)
      if (s.message !== undefined) {
        mustBe(c, storeName(c, s.message), 'string', { span: s.message.span })
      }
      inferStatement(c, s.handler)
      return
    case 'embedded':
      markPragmas(c, s.text)
      return
  }
}

function inferReturn(c: Inference, span: Span, value: Expression | undefined): void {
  const { owner } = c
  if (owner.kind !== 'function') return
  if (value === undefined) {
    owner.plainReturn ??= span
    return
  }
  owner.givesValue = true
  inferInto(c, value, owner.result, `'${owner.name}' returns this type`)
}

function inferDelete(c: Inference, target: Expression): void {
  if (target.kind === 'element') {
    const array = inferElement(c, target)
    if (array === undefined) return
    markWritten(array)
    noteChange(c, array, target.span)
    noteTaken(c, array, target)
  } else if (target.kind === 'name') deleteName(c, target)
}

/** What is deleted must have a type, though its value is not asked for. */
function noteTaken(c: Inference, global: GlobalSymbol, { span }: Expression): void {
  if (global.statistic !== undefined) return
  c.shared.taken.push({ kind: 'global', cell: global.value, name: global.name, span })
}

function deleteName(c: Inference, target: Name): void {
  const local = c.owner.locals.get(target.name)
  const global = c.shared.names.global(target.name, c.scope)
  if (global !== undefined && !local?.parameter) {
    markWritten(global)
    noteTaken(c, global, target)
  } else if (local === undefined || local.parameter) {
    c.shared.reporter.report(unknownDeleted(target.span, target.name))
  } else storeName(c, target)
}

function inferForeach(c: Inference, s: ForeachStatement): void {
  if (s.array.kind === 'histogram') {
    inferBuckets(c, s, s.array)
    return
  }
  const array = arrayOf(c, s.array)
  const use = { count: s.keys.length, span: s.array.span }
  const cells = array && keyCells(c, array, use)
  if (s.slice !== undefined) {
    const slice = { count: s.slice.length, span: s.array.span }
    inferKeys(c, s.slice, array && keyCells(c, array, slice))
  }
  s.keys.forEach((key, i) => {
    storeLoopVariable(c, key, cells?.[i])
  })
  if (s.value !== undefined) storeLoopVariable(c, s.value, valueCell(c, s, array))
  const iterated = loops(c, s, array)
  // The limit is worked out when the loop starts, and may not change the array either.
  if (s.limit !== undefined) inferLong({ ...c, iterated }, s.limit, 'a limit is a long')
  inferStatement({ ...c, inLoop: true, iterated }, s.body)
}

/** `foreach (bucket in @hist_log(s))`: all that it gives are longs. */
function inferBuckets(c: Inference, s: ForeachStatement, histogram: HistogramExpression): void {
  inferPlainHistogram(c, histogram)
  if (s.limit !== undefined) inferLong(c, s.limit, 'a limit is a long')
  if (s.keys.length !== 1) {
    c.shared.reporter.report(histogramKeys(histogram.span, s.keys.length))
  }
  for (const name of s.value === undefined ? s.keys : [...s.keys, s.value]) {
    mustBe(c, storeName(c, name), 'long', { span: name.span, why: 'buckets have numbers' })
  }
  inferStatement({ ...c, inLoop: true }, s.body)
}

function valueCell(
  c: Inference,
  s: ForeachStatement,
  array: GlobalSymbol | undefined,
): Cell | undefined {
  if (array?.statistic === undefined) return array?.value
  c.shared.reporter.report(statisticLoopValue(s.value?.span ?? s.span, array.name))
  return broken()
}

function loops(
  c: Inference,
  s: ForeachStatement,
  array: GlobalSymbol | undefined,
): Inference['iterated'] {
  if (array === undefined) return c.iterated
  array.read = true
  const head = s.span.source.span(s.span.start, s.array.span.end)
  return [...c.iterated, { array, span: head }]
}

function storeLoopVariable(c: Inference, name: Name, cell: Cell = unknown()): void {
  const clash = unify(storeName(c, name), cell)
  if (clash) reportClash(c, clash, { span: name.span })
}

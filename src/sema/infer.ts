import type { Expression, ForeachStatement, Name, Statement } from '../syntax/ast.ts'
import type { Span } from '../text/source.ts'
import { type Cell, unify, unknown } from './cell.ts'
import {
  nextInFunction,
  noEmbeddedCode,
  noStatistics,
  notSupported,
  outsideLoop,
  returnInProbe,
} from './errors.ts'
import { inferDiscarded, inferElement, inferInto, inferLong } from './infer-expression.ts'
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
import type { FunctionSymbol, GlobalSymbol, HandlerSymbol, OwnerSymbol, Scope } from './symbol.ts'

/** Finds names and types in the body of a function. */
export function inferFunction(shared: Shared, f: FunctionSymbol): void {
  const { body } = f.item
  if (body.kind !== 'embedded') inferStatement(start(shared, f, f.scope), body)
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
      if (!c.inLoop) c.shared.reporter.report(outsideLoop(s.span, s.kind))
      return
    case 'next':
      if (c.owner.kind === 'function') c.shared.reporter.report(nextInFunction(s.span))
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
      c.shared.reporter.reportOnce(noEmbeddedCode(s.span))
      return
    case 'empty':
      return
  }
}

function inferReturn(c: Inference, span: Span, value: Expression | undefined): void {
  const { owner } = c
  if (owner.kind !== 'function') {
    c.shared.reporter.report(returnInProbe(span))
    return
  }
  if (value === undefined) return
  owner.givesValue = true
  inferInto(c, value, owner.result, `'${owner.name}' returns this type`)
}

function inferDelete(c: Inference, target: Expression): void {
  if (target.kind === 'element') {
    const array = inferElement(c, target)
    if (array === undefined) return
    markWritten(array)
    noteChange(c, array, target.span)
  } else if (target.kind === 'name') {
    const global = c.shared.names.global(target.name, c.scope)
    if (global === undefined || c.owner.locals.get(target.name)?.parameter) {
      storeName(c, target)
    } else {
      markWritten(global)
      noteChange(c, global, target.span)
    }
  } else if (target.kind === 'histogram') {
    c.shared.reporter.reportOnce(noStatistics(target.span))
  }
}

function inferForeach(c: Inference, s: ForeachStatement): void {
  refuseParts(c, s)
  if (s.limit !== undefined) inferLong(c, s.limit, 'a limit is a long')
  const array = arrayOf(c, s.array)
  const use = { count: s.keys.length, span: s.array.span }
  const cells = array && keyCells(c, array, use)
  s.keys.forEach((key, i) => {
    storeLoopVariable(c, key, cells?.[i])
  })
  if (s.value !== undefined) storeLoopVariable(c, s.value, array?.value)
  inferStatement({ ...c, inLoop: true, iterated: loops(c, s, array) }, s.body)
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

function refuseParts(c: Inference, s: ForeachStatement): void {
  const { reporter } = c.shared
  if (s.slice !== undefined) {
    reporter.reportOnce(notSupported(s.span, 'foreach over a part of an array is not supported'))
  }
  if (s.sort?.aggregate !== undefined) reporter.reportOnce(noStatistics(s.sort.span))
}

function storeLoopVariable(c: Inference, name: Name, cell: Cell = unknown()): void {
  const clash = unify(storeName(c, name), cell)
  if (clash) reportClash(c, clash, { span: name.span })
}

import type {
  AssignExpression,
  BinaryExpression,
  CallExpression,
  ElementExpression,
  EmbeddedCode,
  Expression,
  HistogramExpression,
  InExpression,
  Name,
  PrintExpression,
  SliceKey,
} from '../syntax/ast.ts'
import { conversionsOf, parseFormat } from '../text/format.ts'
import type { Span } from '../text/source.ts'
import { broken, type Cell, known, unify, unknown } from './cell.ts'
import type { ValueType } from './checked.ts'
import { formatArguments, notAssignable, tooManyPrinted } from './errors.ts'
import {
  type InferParts,
  inferAccumulate,
  inferAggregate,
  inferBucket,
  inferHistogram,
} from './infer-statistic.ts'
import { inferOperator, inferStoredTyped, inferTyped } from './infer-target.ts'
import {
  arrayOf,
  elementUse,
  type Inference,
  keyCells,
  markRead,
  markWritten,
  mustBe,
  noteChange,
  reportClash,
  scalarCell,
  storeName,
  variableOf,
} from './inference.ts'
import { badPattern } from './pattern.ts'
import { pragmasOf } from './pragmas.ts'
import { statisticAssigned, statisticAsValue } from './statistic-errors.ts'
import type { GlobalSymbol } from './symbol.ts'

/** Finds the names and types in an expression; gives the cell of its own type. */
export function inferExpression(c: Inference, e: Expression): Cell {
  switch (e.kind) {
    case 'number':
      return known('long', e.span)
    case 'string':
      return known('string', e.span)
    case 'name':
      return inferName(c, e)
    case 'element': {
      if (e.array.kind === 'histogram') return inferBucket(c, e.array, e.keys, parts)
      const array = inferElement(c, e)
      return array === undefined ? broken() : take(c, array, e.span)
    }
    case 'call':
      return inferCall(c, e)
    case 'print':
      return inferPrint(c, e)
    case 'unary':
      inferLong(c, e.operand, `'${e.operator}' is for longs`)
      return known('long', e.span)
    case 'increment':
      inferTarget(c, e.target, { reads: true, type: 'long', why: `'${e.operator}' is for longs` })
      return known('long', e.span)
    case 'binary':
      return inferBinary(c, e)
    case 'in':
      return inferIn(c, e)
    case 'conditional': {
      inferLong(c, e.test)
      const then = inferExpression(c, e.then)
      inferInto(c, e.otherwise, then, 'both sides of : have one type')
      return then
    }
    case 'assign':
      return inferAssign(c, e, { reads: true })
    case 'target':
    case 'member':
    case 'cast':
      return inferTyped(c, e, inferExpression)
    case 'operator':
      return inferOperator(c, e, inferExpression)
    case 'match': {
      inferAs(c, e.left, { type: 'string', why: `'${e.operator}' is for strings` })
      const problem = badPattern(e.pattern)
      if (problem) c.shared.reporter.reportIf(kept => kept(e.span), problem)
      return known('long', e.span)
    }
    case 'aggregate':
      return inferAggregate(c, e, parts)
    case 'histogram':
      inferHistogram(c, e, parts)
      return broken()
    case 'embedded':
      return inferEmbedded(c, e)
  }
}

function inferName(c: Inference, e: Name): Cell {
  const variable = variableOf(c, e)
  if (variable.kind === 'global') {
    scalarCell(c, variable, e.span)
    if (variable.keys?.length === 0) return take(c, variable, e.span)
    return broken()
  }
  markRead(variable, e.span)
  return variable.cell
}

/** The value of a global or of an element, which something takes. */
function take(c: Inference, global: GlobalSymbol, span: Span): Cell {
  const { statistic, name, value } = global
  if (statistic !== undefined) {
    c.shared.reporter.report(statisticAsValue(span, name, statistic.since))
    return broken()
  }
  global.read = true
  c.shared.taken.push({ kind: 'global', cell: value, name, span })
  return value
}

/** C is of type long, unless it says that it gives a string. */
function inferEmbedded(c: Inference, { text, span }: EmbeddedCode): Cell {
  markPragmas(c, text)
  return known(pragmasOf(text).string ? 'string' : 'long', span)
}

/** Notes which globals C reads and writes, as it says. */
export function markPragmas(c: Pick<Inference, 'shared' | 'scope'>, text: string): void {
  const { reads, writes } = pragmasOf(text)
  const find = (name: string): GlobalSymbol | undefined => c.shared.names.global(name, c.scope)
  for (const global of reads.map(find)) if (global !== undefined) global.read = true
  for (const global of writes.map(find)) if (global !== undefined) markWritten(global)
}

/** An expression whose value nobody wants: what it changes is not read by that. */
export function inferDiscarded(c: Inference, e: Expression): void {
  if (e.kind === 'assign') inferAssign(c, e, { reads: false })
  else if (e.kind === 'increment') {
    inferTarget(c, e.target, { reads: false, type: 'long', why: `'${e.operator}' is for longs` })
  } else if (e.kind === 'call') {
    // Whether it gives a value, and of which type, does not matter here.
    inferCall(c, e, { taken: false })
  } else inferExpression(c, e)
}

export function inferLong(c: Inference, e: Expression, why?: string): void {
  inferAs(c, e, { type: 'long', ...(why !== undefined && { why }) })
}

function inferAs(
  c: Inference,
  e: Expression,
  wanted: { readonly type: ValueType; readonly why?: string },
): void {
  mustBe(c, inferExpression(c, e), wanted.type, { span: e.span, ...wanted })
}

/** An expression that goes where a value of this cell's type belongs. */
export function inferInto(c: Inference, e: Expression, into: Cell, why?: string): void {
  const clash = unify(into, inferExpression(c, e))
  if (clash) reportClash(c, clash, { span: e.span, ...(why !== undefined && { why }) })
}

/** The array of an element, with the types of its keys. */
export function inferElement(c: Inference, e: ElementExpression): GlobalSymbol | undefined {
  if (e.array.kind === 'histogram') return undefined
  const array = arrayOf(c, e.array)
  const cells = array && keyCells(c, array, elementUse(e))
  inferKeys(c, e.keys, cells)
  return cells && array
}

/** The keys of an element or a slice; `*` fits any. */
export function inferKeys(
  c: Inference,
  keys: readonly SliceKey[],
  cells: readonly Cell[] | undefined,
): void {
  keys.forEach((key, i) => {
    if (key.kind !== 'any')
      inferInto(c, key, cells?.[i] ?? unknown(), `key ${i + 1} of the array has this type`)
  })
}

function inferIn(c: Inference, e: InExpression): Cell {
  if (e.array.kind === 'histogram') {
    inferBucket(c, e.array, e.keys, parts)
    return known('long', e.span)
  }
  const array = arrayOf(c, e.array)
  const use = { count: e.keys.length, span: e.array.span }
  inferKeys(c, e.keys, array && keyCells(c, array, use))
  if (array !== undefined) array.read = true
  return known('long', e.span)
}

/** All functions that a call may come to have one type, as `next` may lead to any of them. */
function inferCall(c: Inference, e: CallExpression, use = { taken: true }): Cell {
  const { names, taken, iteratedCalls, onCall } = c.shared
  const candidates = names.candidates(e.name, e.arguments.length, c.scope)
  const last = candidates.findIndex(f => !f.fallsThrough)
  candidates.forEach((callee, i) => {
    // Those behind one that does not go on must fit, but are never called.
    if (last < 0 || i <= last) c.owner.calls.add(callee)
    onCall(callee)
  })
  const given = e.arguments.map(a => ({ cell: inferExpression(c, a), span: a.span }))
  if (candidates.length === 0) return broken()
  const result = unknown()
  for (const callee of candidates) {
    if (c.iterated.length > 0) iteratedCalls.push({ callee, span: e.span, loops: c.iterated })
    given.forEach(({ cell, span }, i) => {
      const parameter = callee.parameters[i]
      if (parameter === undefined) return
      const clash = unify(parameter.cell, cell)
      const why = `'${e.name}' takes it as '${parameter.name}'`
      if (clash) reportClash(c, clash, { span, why })
    })
    const clash = unify(result, callee.result)
    if (clash) reportClash(c, clash, { span: e.nameSpan, why: `another '${e.name}' returns that` })
  }
  if (use.taken) taken.push({ kind: 'call', cell: result, name: e.name, span: e.span })
  return result
}

/** As much as SystemTap prints at once. */
const MAX_PRINTED = 32

function inferPrint(c: Inference, e: PrintExpression): Cell {
  const type = e.name.startsWith('s') ? 'string' : 'long'
  const [only] = e.arguments
  if (only?.kind === 'histogram') {
    inferHistogram(c, only, parts)
    return known(type, e.span)
  }
  if (e.arguments.length > MAX_PRINTED) {
    c.shared.reporter.report(tooManyPrinted(e.span, e.arguments.length, MAX_PRINTED))
  }
  const format =
    e.name === 'printf' || e.name === 'sprintf' ? parseFormat(e.literal?.value ?? '') : undefined
  const kinds = format !== undefined && 'format' in format ? conversionsOf(format.format) : []
  if (format !== undefined && 'format' in format && kinds.length !== e.arguments.length) {
    const given = e.arguments.length
    c.shared.reporter.report(formatArguments(e.nameSpan, e.name, { wants: kinds.length, given }))
  }
  e.arguments.forEach((argument, i) => {
    const kind = kinds[i]
    if (kind === undefined) inferExpression(c, argument)
    else {
      const wanted = kind === 'string' ? 'string' : 'long'
      inferAs(c, argument, { type: wanted, why: `value ${i + 1} of the format` })
    }
  })
  return known(type, e.span)
}

function inferBinary(c: Inference, e: BinaryExpression): Cell {
  switch (e.operator) {
    case '.': {
      const wanted = { type: 'string', why: "'.' joins strings" } as const
      inferAs(c, e.left, wanted)
      inferAs(c, e.right, wanted)
      return known('string', e.span)
    }
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=': {
      const left = inferExpression(c, e.left)
      inferInto(c, e.right, left, `both sides of '${e.operator}' have one type`)
      return known('long', e.span)
    }
    default:
      inferLong(c, e.left, `'${e.operator}' is for longs`)
      inferLong(c, e.right, `'${e.operator}' is for longs`)
      return known('long', e.span)
  }
}

function inferAssign(c: Inference, e: AssignExpression, { reads }: { reads: boolean }): Cell {
  if (e.operator === '<<<') return inferAccumulate(c, e, parts)
  if (e.operator === '=') {
    // The value first: `x = x + 1` reads x before anything is stored in it.
    const value = inferExpression(c, e.value)
    const cell = inferTarget(c, e.target, { reads: false })
    const clash = unify(cell, value)
    if (clash) reportClash(c, clash, { span: e.value.span })
    return cell
  }
  const type = e.operator === '.=' ? 'string' : 'long'
  const why = `'${e.operator}' is for ${type}s`
  inferAs(c, e.value, { type, why })
  inferTarget(c, e.target, { reads, type, why })
  return known(type, e.span)
}

/** What is stored in: `reads` when its value is wanted too. */
function inferTarget(
  c: Inference,
  target: Expression,
  use: { readonly reads: boolean; readonly type?: ValueType; readonly why?: string },
): Cell {
  const cell = storedCell(c, target, use.reads)
  const why = use.why === undefined ? {} : { why: use.why }
  if (use.type !== undefined) mustBe(c, cell, use.type, { span: target.span, ...why })
  return cell
}

function storedCell(c: Inference, target: Expression, reads: boolean): Cell {
  switch (target.kind) {
    case 'name':
      return storedName(c, target, reads)
    case 'element': {
      const array = inferElement(c, target)
      if (array === undefined) return broken()
      const { statistic, name } = array
      if (statistic !== undefined) {
        c.shared.reporter.report(statisticAssigned(target.span, name, statistic.since))
        return broken()
      }
      markWritten(array)
      if (reads) array.read = true
      noteChange(c, array, target.span)
      return array.value
    }
    case 'target':
    case 'cast':
    case 'member':
      return inferStoredTyped(c, target, inferExpression)
    default:
      c.shared.reporter.report(notAssignable(target.span))
      return broken()
  }
}

function storedName(c: Inference, name: Name, reads: boolean): Cell {
  if (reads) {
    const variable = variableOf(c, name)
    if (variable.kind === 'global') variable.read = true
  }
  return storeName(c, name)
}

const parts: InferParts = { long: inferLong, keys: inferKeys }

/** A histogram that a foreach goes over. */
export function inferPlainHistogram(c: Inference, e: HistogramExpression): void {
  inferHistogram(c, e, parts)
}

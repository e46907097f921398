import type {
  AssignExpression,
  BinaryExpression,
  CallExpression,
  ElementExpression,
  Expression,
  InExpression,
  Name,
  PrintExpression,
  SliceKey,
} from '../syntax/ast.ts'
import { conversionsOf, parseFormat } from '../text/format.ts'
import { broken, type Cell, known, unify, unknown } from './cell.ts'
import type { ValueType } from './checked.ts'
import {
  formatArguments,
  noStatistics,
  notAssignable,
  notSupported,
  unknownFunction,
  wrongArgumentCount,
} from './errors.ts'
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
import { refusal } from './refusal.ts'
import type { GlobalSymbol } from './symbol.ts'

/** Finds the names and types in an expression; gives the cell of its own type. */
export function inferExpression(c: Inference, e: Expression): Cell {
  switch (e.kind) {
    case 'number':
      return known('long', e.span)
    case 'string':
      return known('string', e.span)
    case 'name': {
      const variable = variableOf(c, e)
      markRead(variable, e.span)
      return scalarCell(c, variable, e.span)
    }
    case 'element': {
      const array = inferElement(c, e)
      if (array !== undefined) array.read = true
      return array?.value ?? broken()
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
    case 'match':
    case 'aggregate':
    case 'histogram':
    case 'embedded':
      refuse(c, e)
      return broken()
  }
}

/** An expression whose value nobody wants: what it changes is not read by that. */
export function inferDiscarded(c: Inference, e: Expression): void {
  if (e.kind === 'assign') inferAssign(c, e, { reads: false })
  else if (e.kind === 'increment') {
    inferTarget(c, e.target, { reads: false, type: 'long', why: `'${e.operator}' is for longs` })
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
  const array = arrayOf(c, e.array)
  const cells = array && keyCells(c, array, elementUse(e))
  inferKeys(c, e.keys, cells)
  return cells && array
}

function inferKeys(
  c: Inference,
  keys: readonly SliceKey[],
  cells: readonly Cell[] | undefined,
): void {
  keys.forEach((key, i) => {
    if (key.kind === 'any') {
      c.shared.reporter.reportOnce(notSupported(key.span, "'*' for any key is not supported"))
    } else inferInto(c, key, cells?.[i] ?? unknown(), `key ${i + 1} of the array has this type`)
  })
}

function inferIn(c: Inference, e: InExpression): Cell {
  const array = arrayOf(c, e.array)
  const use = { count: e.keys.length, span: e.array.span }
  inferKeys(c, e.keys, array && keyCells(c, array, use))
  if (array !== undefined) array.read = true
  return known('long', e.span)
}

function inferCall(c: Inference, e: CallExpression): Cell {
  const { names, reporter } = c.shared
  const callee = names.function(e.name, e.arguments.length, c.scope)
  if (callee === undefined) {
    for (const a of e.arguments) inferExpression(c, a)
    const others = names.functionsNamed(e.name, c.scope)
    const first = others.find(f => f.scope.origin === 'script')
    const takes = [...new Set(others.map(f => f.parameters.length))]
    reporter.report(
      others.length === 0
        ? unknownFunction(e.nameSpan, e.name, names.nearFunctions(e.name, c.scope))
        : wrongArgumentCount(e.span, e.name, {
            count: e.arguments.length,
            takes,
            ...(first && { declared: first.item.nameSpan }),
          }),
    )
    return broken()
  }
  c.owner.calls.add(callee)
  c.shared.onCall(callee)
  if (c.iterated.length > 0) {
    c.shared.iteratedCalls.push({ callee, span: e.span, loops: c.iterated })
  }
  e.arguments.forEach((argument, i) => {
    const parameter = callee.parameters[i]
    const why = `'${e.name}' takes it as '${parameter?.name}'`
    inferInto(c, argument, parameter?.cell ?? unknown(), why)
  })
  return callee.result
}

function inferPrint(c: Inference, e: PrintExpression): Cell {
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
      const type = kind === 'string' ? 'string' : 'long'
      inferAs(c, argument, { type, why: `value ${i + 1} of the format` })
    }
  })
  return e.name.startsWith('s') ? known('string', e.span) : unknown()
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
  if (e.operator === '<<<') {
    c.shared.reporter.reportOnce(noStatistics(e.operatorSpan))
    return broken()
  }
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
      markWritten(array)
      if (reads) array.read = true
      noteChange(c, array, target.span)
      return array.value
    }
    case 'target':
    case 'cast':
    case 'member':
      return inferStoredTyped(c, target, inferExpression)
    case 'histogram':
      refuse(c, target)
      return broken()
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

function refuse(c: Inference, e: Expression): void {
  const reason = refusal(e)
  if (reason) c.shared.reporter.reportOnce(reason)
}

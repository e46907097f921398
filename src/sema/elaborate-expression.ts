import type {
  AssignExpression,
  BinaryExpression,
  BinaryOperator,
  CallExpression,
  ConditionalExpression,
  ElementExpression,
  Expression,
  InExpression,
  Name,
  PrintExpression,
  SliceKey,
  UnaryExpression,
} from '../syntax/ast.ts'
import { typeOf } from './cell.ts'
import type { CheckedElement, CheckedExpression, CheckedKey, Global, Variable } from './checked.ts'
import { elaborateOperator } from './elaborate-operator.ts'
import { elaboratePrint } from './elaborate-print.ts'
import {
  elaborateAccumulate,
  elaborateAggregate,
  elaborateBucket,
  elaborateHistogram,
} from './elaborate-statistic.ts'
import { elaborateStore, elaborateTyped, isTyped } from './elaborate-target.ts'
import { type Elaboration, nothing, number } from './elaboration.ts'
import { localInEntry, notAssignable } from './errors.ts'
import { pragmasOf } from './pragmas.ts'

/** An expression whose value is used. */
export function elaborate(b: Elaboration, e: Expression): CheckedExpression {
  const checked = elaborateAny(b, e)
  if (checked.type !== 'void') return checked
  return valueOfVoid(checked, wantedOf(b, e))
}

/**
 * What prints, and what only acts, has the value 0 or "" where one is wanted: a text of nothing,
 * and whether that is something.
 */
function valueOfVoid(e: CheckedExpression, wanted: 'long' | 'string'): CheckedExpression {
  const { span } = e
  const format = [{ kind: 'conversion', conversion: 's', flag: '' }] as const
  const text = { kind: 'print', type: 'string', format, arguments: [e], span } as const
  if (wanted === 'string') return text
  const right = nothing(span, 'string')
  const operator = '!=' satisfies BinaryOperator
  return { kind: 'binary', type: 'long', operator, left: text, right, span, operatorSpan: span }
}

/** The type that the use of a function without a value asks for. */
function wantedOf(b: Elaboration, e: Expression): 'long' | 'string' {
  if (e.kind !== 'call') return 'long'
  const [symbol] = b.names.candidates(e.name, e.arguments.length, b.scope)
  return (symbol && typeOf(symbol.result)) ?? 'long'
}

/** An expression that may give no value: a call of what only acts, or something printed. */
export function elaborateAny(b: Elaboration, e: Expression): CheckedExpression {
  switch (e.kind) {
    case 'number':
      return { kind: 'number', type: 'long', value: e.value, span: e.span }
    case 'string':
      return { kind: 'string', type: 'string', value: e.value, span: e.span }
    case 'name':
      return elaborateName(b, e) ?? nothing(e.span)
    case 'element':
      if (e.array.kind === 'histogram') {
        const at = { kind: 'bucket', histogram: e.array, keys: e.keys, span: e.span } as const
        return elaborateBucket(b, at, elaborate)
      }
      return elaborateElement(b, e) ?? nothing(e.span)
    case 'call':
      return elaborateCall(b, e)
    case 'print':
      return elaboratePrintOf(b, e)
    case 'unary':
      return elaborateUnary(b, e)
    case 'increment': {
      if (isTyped(e.target)) return elaborateStore(b, e, e.target, elaborate)
      const { operator, prefix, span } = e
      const target = elaborateStored(b, e.target)
      return target
        ? { kind: 'increment', type: 'long', operator, prefix, target, span }
        : nothing(span)
    }
    case 'binary':
      return elaborateBinary(b, e)
    case 'in':
      return elaborateIn(b, e)
    case 'conditional':
      return elaborateConditional(b, e)
    case 'assign':
      return elaborateAssign(b, e)
    case 'target':
    case 'member':
    case 'cast':
      return elaborateTyped(b, e, elaborate)
    case 'operator':
      return elaborateOperator(b, e, elaborate)
    case 'match': {
      const left = elaborate(b, e.left)
      const { span, pattern } = e
      const negated = e.operator === '!~'
      return { kind: 'match', type: 'long', negated, left, pattern: pattern.value, span }
    }
    case 'aggregate':
      return elaborateAggregate(b, e, elaborate)
    case 'histogram':
      // It stands where it is printed, indexed or iterated; elsewhere it was refused.
      return nothing(e.span)
    case 'embedded': {
      const { text, span } = e
      return { kind: 'embedded', type: pragmasOf(text).string ? 'string' : 'long', text, span }
    }
  }
}

function elaboratePrintOf(b: Elaboration, e: PrintExpression): CheckedExpression {
  const [only] = e.arguments
  if (only?.kind !== 'histogram') {
    return elaboratePrint(b, e, { value: elaborate, valueOrVoid: elaborateAny })
  }
  const histogram = elaborateHistogram(b, only, elaborate)
  if (histogram === undefined) return nothing(e.span)
  const type = e.name.startsWith('s') ? 'string' : 'void'
  const newline = e.name.endsWith('ln')
  return { kind: 'print-histogram', type, histogram, newline, span: e.span }
}

/** Undefined where the name is none, which was reported. */
export function elaborateName(b: Elaboration, { name, span }: Name): Variable | undefined {
  const symbol = b.owner.locals.get(name)
  const global = symbol?.parameter ? undefined : b.names.global(name, b.scope)
  if (global !== undefined) {
    const object = b.objects.globals.get(global)
    if (object === undefined || object.type === 'statistic') return undefined
    return { kind: 'global', global: object, type: object.type, span }
  }
  const local = symbol && b.locals.get(symbol)
  if (local === undefined) return undefined
  if (b.atEntry) b.reporter.report(localInEntry(span, name))
  return { kind: 'local', local, type: local.type, span }
}

export function elaborateElement(b: Elaboration, e: ElementExpression): CheckedElement | undefined {
  const array = arrayOf(b, e.array)
  const keys = elaborateKeys(b, e.keys)
  if (array === undefined || array.type === 'statistic') return undefined
  return { kind: 'element', type: array.type, array, keys, span: e.span }
}

export function arrayOf(b: Elaboration, array: ElementExpression['array']): Global | undefined {
  const symbol = array.kind === 'name' ? b.names.global(array.name, b.scope) : undefined
  return symbol && b.objects.globals.get(symbol)
}

/** Keys that match anything were refused where they mean nothing. */
export function elaborateKeys(
  b: Elaboration,
  keys: readonly SliceKey[],
): readonly CheckedExpression[] {
  return keys.map(k => (k.kind === 'any' ? nothing(k.span) : elaborate(b, k)))
}

/** Keys of `in`, delete and foreach, where `*` fits any. */
export function elaborateSlice(b: Elaboration, keys: readonly SliceKey[]): readonly CheckedKey[] {
  return keys.map(k => (k.kind === 'any' ? { kind: 'any' } : elaborate(b, k)))
}

function elaborateCall(b: Elaboration, e: CallExpression): CheckedExpression {
  const args = e.arguments.map(a => elaborate(b, a))
  const [first, ...others] = b.names
    .candidates(e.name, e.arguments.length, b.scope)
    .flatMap(f => b.objects.functions.get(f) ?? [])
  if (first === undefined) return nothing(e.span)
  const { result, id, name } = first
  // Those behind one that does not go on are never tried.
  const stop = [first, ...others].findIndex(f => !f.fallsThrough)
  const next = (stop < 0 ? others : others.slice(0, stop)).map(f => f.id)
  const to = { id, name, ...(next.length > 0 && { next }) }
  return { kind: 'call', type: result, function: to, arguments: args, span: e.span }
}

function elaborateUnary(b: Elaboration, e: UnaryExpression): CheckedExpression {
  const operand = elaborate(b, e.operand)
  if (e.operator === '+') return operand
  if (e.operator === '!' && operand.kind === 'number') {
    return number(operand.value === 0n ? 1n : 0n, e.span)
  }
  return { kind: 'unary', type: 'long', operator: e.operator, operand, span: e.span }
}

function elaborateBinary(b: Elaboration, e: BinaryExpression): CheckedExpression {
  const { operator, operatorSpan, span } = e
  const left = elaborate(b, e.left)
  // What @defined rules out is not looked at: `@defined($x) && $x->y`.
  if (operator === '&&' && isZero(left)) return number(0n, span)
  if (operator === '||' && left.kind === 'number' && !isZero(left)) return number(1n, span)
  const right = elaborate(b, e.right)
  if ((operator === '&&' || operator === '||') && left.kind === 'number') return truth(right)
  const type = operator === '.' ? 'string' : 'long'
  return { kind: 'binary', type, operator, left, right, span, operatorSpan }
}

function isZero(e: CheckedExpression): boolean {
  return e.kind === 'number' && e.value === 0n
}

/** 1 for what is not 0. */
function truth(e: CheckedExpression): CheckedExpression {
  const { span } = e
  if (e.kind === 'number') return number(isZero(e) ? 0n : 1n, span)
  const right = number(0n, span)
  const operator = '!=' satisfies BinaryOperator
  return { kind: 'binary', type: 'long', operator, left: e, right, span, operatorSpan: span }
}

function elaborateIn(b: Elaboration, e: InExpression): CheckedExpression {
  if (e.array.kind === 'histogram') {
    const at = { kind: 'in-histogram', histogram: e.array, keys: e.keys, span: e.span } as const
    return elaborateBucket(b, at, elaborate)
  }
  const array = arrayOf(b, e.array)
  const keys = elaborateSlice(b, e.keys)
  if (array === undefined) return nothing(e.span)
  return { kind: 'in', type: 'long', array, keys, span: e.span }
}

function elaborateConditional(b: Elaboration, e: ConditionalExpression): CheckedExpression {
  const test = elaborate(b, e.test)
  if (test.kind === 'number') return elaborate(b, isZero(test) ? e.otherwise : e.then)
  const then = elaborate(b, e.then)
  const otherwise = elaborate(b, e.otherwise)
  const type = then.type === 'string' ? 'string' : 'long'
  return { kind: 'conditional', type, test, then, otherwise, span: e.span }
}

const assigned: Readonly<Record<AssignExpression['operator'], BinaryOperator | ''>> = {
  '=': '',
  '<<<': '',
  '+=': '+',
  '-=': '-',
  '*=': '*',
  '/=': '/',
  '%=': '%',
  '<<=': '<<',
  '>>=': '>>',
  '&=': '&',
  '^=': '^',
  '|=': '|',
  '.=': '.',
}

function elaborateAssign(b: Elaboration, e: AssignExpression): CheckedExpression {
  if (e.operator === '<<<') return elaborateAccumulate(b, e, elaborate)
  if (isTyped(e.target)) return elaborateStore(b, e, e.target, elaborate)
  const value = elaborate(b, e.value)
  const target = elaborateStored(b, e.target)
  if (target === undefined) return nothing(e.span)
  const { span, operatorSpan } = e
  const operator = assigned[e.operator]
  return { kind: 'assign', type: target.type, operator, target, value, span, operatorSpan }
}

function elaborateStored(b: Elaboration, e: Expression): Variable | CheckedElement | undefined {
  switch (e.kind) {
    case 'name':
      return elaborateName(b, e)
    case 'element':
      return elaborateElement(b, e)
    default:
      b.reporter.report(notAssignable(e.span))
      return undefined
  }
}

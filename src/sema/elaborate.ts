import type { Expression, ForeachStatement, Statement } from '../syntax/ast.ts'
import type { CheckedForeach, CheckedStatement, Variable } from './checked.ts'
import {
  arrayOf,
  elaborate,
  elaborateAny,
  elaborateName,
  elaborateSlice,
} from './elaborate-expression.ts'
import { elaborateHistogram } from './elaborate-statistic.ts'
import type { Elaboration } from './elaboration.ts'
import { extractorOf } from './statistic.ts'

const NOTHING: CheckedStatement = { kind: 'block', statements: [] }

/** Builds the checked form of a statement. */
export function elaborateStatement(b: Elaboration, s: Statement): CheckedStatement {
  switch (s.kind) {
    case 'block':
      return { kind: 'block', statements: s.statements.map(inner => elaborateStatement(b, inner)) }
    case 'expression':
      return { kind: 'expression', expression: elaborateAny(b, s.expression) }
    case 'if':
      return elaborateIf(b, s)
    case 'while': {
      const test = elaborate(b, s.test)
      return { kind: 'while', test, body: elaborateStatement(b, s.body), span: s.span }
    }
    case 'for': {
      const start = s.start && elaborateAny(b, s.start)
      const test = s.test && elaborate(b, s.test)
      const body = elaborateStatement(b, s.body)
      const step = s.step && elaborateAny(b, s.step)
      return {
        kind: 'for',
        ...(start && { start }),
        ...(test && { test }),
        ...(step && { step }),
        body,
        span: s.span,
      }
    }
    case 'foreach':
      return elaborateForeach(b, s) ?? NOTHING
    case 'break':
    case 'continue':
      return { kind: s.kind }
    case 'next':
      return { kind: 'next', span: s.span }
    case 'return':
      return { kind: 'return', ...(s.value && { value: elaborate(b, s.value) }) }
    case 'delete':
      return elaborateDelete(b, s.target, s.span)
    case 'try': {
      const body = elaborateStatement(b, s.body)
      const message = s.message && elaborateName(b, s.message)
      const handler = elaborateStatement(b, s.handler)
      return { kind: 'try', body, ...(message && { message }), handler }
    }
    case 'empty':
      return NOTHING
    case 'embedded':
      return { kind: 'embedded', text: s.text, span: s.span }
  }
}

/** With a test that is known, only the branch that runs is looked at. */
function elaborateIf(b: Elaboration, s: Extract<Statement, { kind: 'if' }>): CheckedStatement {
  const test = elaborate(b, s.test)
  if (test.kind === 'number') {
    const taken = test.value === 0n ? s.otherwise : s.then
    return taken === undefined ? NOTHING : elaborateStatement(b, taken)
  }
  const then = elaborateStatement(b, s.then)
  const otherwise = s.otherwise && elaborateStatement(b, s.otherwise)
  return { kind: 'if', test, then, ...(otherwise && { otherwise }) }
}

/** A global as a whole, an element, or a local, which is the same as storing 0 or "" in it. */
function elaborateDelete(
  b: Elaboration,
  target: Expression,
  span: CheckedForeach['span'],
): CheckedStatement {
  if (target.kind === 'element') {
    const array = arrayOf(b, target.array)
    const keys = elaborateSlice(b, target.keys)
    return array ? { kind: 'delete', global: array, keys, span } : NOTHING
  }
  if (target.kind !== 'name') return NOTHING
  if (!b.owner.locals.get(target.name)?.parameter) {
    const array = arrayOf(b, target)
    if (array !== undefined) return { kind: 'delete', global: array, span }
  }
  const local = elaborateName(b, target)
  return local ? clear(local) : NOTHING
}

function clear(target: Variable): CheckedStatement {
  const { span, type } = target
  const value =
    type === 'long'
      ? ({ kind: 'number', type, value: 0n, span } as const)
      : ({ kind: 'string', type, value: '', span } as const)
  const expression = {
    kind: 'assign',
    operator: '',
    target,
    value,
    span,
    operatorSpan: span,
  } as const
  return { kind: 'expression', expression: { ...expression, type } }
}

function elaborateForeach(b: Elaboration, s: ForeachStatement): CheckedForeach | undefined {
  const array = iteratedOf(b, s)
  const slice = s.slice && elaborateSlice(b, s.slice)
  const limit = s.limit && elaborate(b, s.limit)
  const keys = s.keys.map(key => elaborateName(b, key))
  const value = s.value && elaborateName(b, s.value)
  const body = elaborateStatement(b, s.body)
  if (array === undefined) return undefined
  return {
    kind: 'foreach',
    array,
    keys: keys.filter(k => k !== undefined),
    ...(value && { value }),
    ...(slice && { slice }),
    ...sortOf(s, array),
    ...(limit && { limit }),
    body,
    span: s.span,
  }
}

function iteratedOf(b: Elaboration, s: ForeachStatement): CheckedForeach['array'] | undefined {
  const { array } = s
  return array.kind === 'histogram' ? elaborateHistogram(b, array, elaborate) : arrayOf(b, array)
}

/** Statistics are ordered by how many values they have, unless the script says by what. */
function sortOf(
  { sort }: ForeachStatement,
  array: CheckedForeach['array'],
): Pick<CheckedForeach, 'sort'> {
  if (sort === undefined) return {}
  const { by, ascending, aggregate } = sort
  const statistics = array.kind === undefined && array.type === 'statistic'
  if (!statistics || by !== 'value') return { sort: { by, ascending } }
  return { sort: { by, ascending, aggregate: extractorOf(aggregate ?? '@count') } }
}

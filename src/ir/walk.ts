import type {
  CheckedExpression,
  CheckedFunction,
  CheckedKey,
  CheckedProgram,
  CheckedStatement,
} from '../sema/checked.ts'

export interface Visitor {
  readonly expression: (e: CheckedExpression) => void
  readonly statement: (s: CheckedStatement) => void
  /** A function whose body is C. */
  readonly embedded: (f: CheckedFunction) => void
}

/** Shows a visitor each statement and expression of a program, outer ones first. */
export function walkProgram(program: CheckedProgram, v: Visitor): void {
  for (const f of program.functions) {
    if (f.body.kind === 'embedded-body') v.embedded(f)
    else if (f.body.kind !== 'native') walkStatement(f.body, v)
  }
  for (const probe of program.probes) {
    if (probe.condition !== undefined) walkExpression(probe.condition, v)
    for (const e of probe.entries) walkExpression(e, v)
    walkStatement(probe.body, v)
  }
}

function walkStatement(s: CheckedStatement, v: Visitor): void {
  v.statement(s)
  for (const e of expressionsOf(s)) walkExpression(e, v)
  for (const inner of statementsOf(s)) walkStatement(inner, v)
}

function walkExpression(e: CheckedExpression, v: Visitor): void {
  v.expression(e)
  for (const inner of operandsOf(e)) walkExpression(inner, v)
}

function statementsOf(s: CheckedStatement): readonly CheckedStatement[] {
  switch (s.kind) {
    case 'block':
      return s.statements
    case 'if':
      return s.otherwise === undefined ? [s.then] : [s.then, s.otherwise]
    case 'while':
    case 'for':
    case 'foreach':
      return [s.body]
    case 'try':
      return [s.body, s.handler]
    default:
      return []
  }
}

function expressionsOf(s: CheckedStatement): readonly CheckedExpression[] {
  switch (s.kind) {
    case 'expression':
      return [s.expression]
    case 'if':
    case 'while':
      return [s.test]
    case 'for':
      return present([s.start, s.test, s.step])
    case 'foreach':
      return [
        ...present([s.value, s.limit]),
        ...s.keys,
        ...keys(s.slice ?? []),
        ...(s.array.kind === 'histogram' ? s.array.keys : []),
      ]
    case 'return':
      return present([s.value])
    case 'delete':
      return keys(s.keys ?? [])
    case 'try':
      return present([s.message])
    default:
      return []
  }
}

/** The expressions that one is made of. */
export function operandsOf(e: CheckedExpression): readonly CheckedExpression[] {
  switch (e.kind) {
    case 'number':
    case 'string':
    case 'local':
    case 'global':
    case 'argument':
    case 'result':
    case 'entry':
    case 'embedded':
    case 'context':
    case 'register':
    case 'perf-counter':
    case 'symbol':
      return []
    case 'element':
    case 'aggregate':
      return e.keys
    case 'in':
      return keys(e.keys)
    case 'call':
    case 'print':
      return e.arguments
    case 'unary':
      return [e.operand]
    case 'increment':
      return [e.target]
    case 'binary':
      return [e.left, e.right]
    case 'match':
      return [e.left]
    case 'conditional':
      return [e.test, e.then, e.otherwise]
    case 'assign':
      return [e.target, e.value]
    case 'accumulate':
      return [...e.keys, e.value]
    case 'bucket':
    case 'in-histogram':
      return [...e.histogram.keys, e.index]
    case 'print-histogram':
      return e.histogram.keys
    case 'set-context':
      return [e.value]
    case 'store':
      return [e.address, e.value]
    case 'set-value':
      return [e.of, e.value]
    case 'quoted-string':
      return [e.address]
    case 'enum-name':
      return [e.value]
    case 'load':
      return [e.address]
    case 'address':
      return e.index === undefined ? [e.base] : [e.base, e.index]
  }
}

function keys(list: readonly CheckedKey[]): readonly CheckedExpression[] {
  return list.filter(isExpression)
}

function isExpression(key: CheckedKey): key is CheckedExpression {
  return key.kind !== 'any'
}

function present<T>(list: readonly (T | undefined)[]): readonly T[] {
  return list.filter(e => e !== undefined)
}

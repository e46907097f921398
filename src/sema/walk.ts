import type {
  Accessor,
  Block,
  EmbeddedCode,
  Expression,
  SliceKey,
  Statement,
} from '../syntax/ast.ts'
import { pragmasOf } from './pragmas.ts'

/** Calls `visit` for each expression of a statement, those inside others included. */
export function walkStatement(s: Statement, visit: (e: Expression) => void): void {
  for (const e of expressionsOf(s)) walkExpression(e, visit)
  for (const inner of statementsOf(s)) walkStatement(inner, visit)
}

/** Calls `visit` for a statement and each of those inside it. */
export function eachStatement(s: Statement, visit: (s: Statement) => void): void {
  visit(s)
  for (const inner of statementsOf(s)) eachStatement(inner, visit)
}

/** Whether a body has a `next`, by which a function gives a call to its next overload. */
export function mayGoOn(body: Block | EmbeddedCode): boolean {
  let found = false
  eachStatement(body, s => {
    if (s.kind === 'next') found = true
    if (s.kind === 'embedded' && pragmasOf(s.text).next) found = true
  })
  return found
}

export function walkExpression(e: Expression, visit: (e: Expression) => void): void {
  visit(e)
  for (const inner of operandsOf(e)) walkExpression(inner, visit)
}

export function statementsOf(s: Statement): readonly Statement[] {
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
    case 'expression':
    case 'break':
    case 'continue':
    case 'next':
    case 'return':
    case 'delete':
    case 'empty':
    case 'embedded':
      return []
  }
}

export function expressionsOf(s: Statement): readonly Expression[] {
  switch (s.kind) {
    case 'expression':
      return [s.expression]
    case 'if':
    case 'while':
      return [s.test]
    case 'for':
      return present([s.start, s.test, s.step])
    case 'foreach':
      return [...present([s.value, s.limit]), ...s.keys, s.array, ...keys(s.slice ?? [])]
    case 'return':
      return present([s.value])
    case 'delete':
      return [s.target]
    case 'try':
      return present([s.message])
    case 'block':
    case 'break':
    case 'continue':
    case 'next':
    case 'empty':
    case 'embedded':
      return []
  }
}

/** The expressions that one is made of. */
export function operandsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'number':
    case 'string':
    case 'name':
    case 'embedded':
      return []
    case 'element':
    case 'in':
      return [e.array, ...keys(e.keys)]
    case 'call':
    case 'print':
    case 'operator':
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
    case 'target':
      return indices(e.path)
    case 'member':
      return [e.base, ...indices(e.path)]
    case 'cast':
      return [e.operand, ...indices(e.path)]
    case 'aggregate':
    case 'histogram':
      return [e.statistic, ...e.parameters]
  }
}

function keys(list: readonly SliceKey[]): readonly Expression[] {
  return list.filter(k => k.kind !== 'any')
}

function indices(path: readonly Accessor[]): readonly Expression[] {
  return path.flatMap(a => (a.kind === 'index' ? [a.index] : []))
}

function present(list: readonly (Expression | undefined)[]): readonly Expression[] {
  return list.filter(e => e !== undefined)
}

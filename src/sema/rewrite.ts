import type { Accessor, Expression, SliceKey, Statement } from '../syntax/ast.ts'

type Change = (e: Expression) => Expression

/** An expression with each of its operands replaced by what `change` gives for it. */
export function mapOperands(e: Expression, change: Change): Expression {
  switch (e.kind) {
    case 'number':
    case 'string':
    case 'name':
    case 'embedded':
      return e
    case 'element':
      return { ...e, array: container(e.array, change), keys: keys(e.keys, change) }
    case 'in':
      return { ...e, array: container(e.array, change), keys: keys(e.keys, change) }
    case 'call':
    case 'print':
    case 'operator':
      return { ...e, arguments: e.arguments.map(change) }
    case 'unary':
      return { ...e, operand: change(e.operand) }
    case 'increment':
      return { ...e, target: change(e.target) }
    case 'binary':
      return { ...e, left: change(e.left), right: change(e.right) }
    case 'match':
      return { ...e, left: change(e.left) }
    case 'conditional': {
      const test = change(e.test)
      const then = change(e.then)
      return { ...e, test, then, otherwise: change(e.otherwise) }
    }
    case 'assign':
      return { ...e, target: change(e.target), value: change(e.value) }
    case 'target':
      return { ...e, path: path(e.path, change) }
    case 'member':
      return { ...e, base: change(e.base), path: path(e.path, change) }
    case 'cast':
      return { ...e, operand: change(e.operand), path: path(e.path, change) }
    case 'aggregate':
    case 'histogram':
      return { ...e, statistic: change(e.statistic), parameters: e.parameters.map(change) }
  }
}

/** A statement with each of its own expressions replaced, and each statement inside it. */
export function mapStatement(
  s: Statement,
  change: Change,
  inner: (s: Statement) => Statement,
): Statement {
  switch (s.kind) {
    case 'block':
      return { ...s, statements: s.statements.map(inner) }
    case 'expression':
      return { ...s, expression: change(s.expression) }
    case 'if': {
      const { otherwise, ...rest } = s
      const test = change(s.test)
      const then = inner(s.then)
      const head = { ...rest, test, then }
      return otherwise === undefined ? head : { ...head, otherwise: inner(otherwise) }
    }
    case 'while':
      return { ...s, test: change(s.test), body: inner(s.body) }
    case 'for':
      return {
        ...s,
        ...(s.start && { start: change(s.start) }),
        ...(s.test && { test: change(s.test) }),
        ...(s.step && { step: change(s.step) }),
        body: inner(s.body),
      }
    case 'foreach':
      return {
        ...s,
        array: container(s.array, change),
        ...(s.slice && { slice: keys(s.slice, change) }),
        ...(s.limit && { limit: change(s.limit) }),
        body: inner(s.body),
      }
    case 'return':
      return s.value === undefined ? s : { ...s, value: change(s.value) }
    case 'delete':
      return { ...s, target: change(s.target) }
    case 'try': {
      const { body, handler } = s
      return { ...s, body: asBlock(inner(body), body), handler: asBlock(inner(handler), handler) }
    }
    case 'break':
    case 'continue':
    case 'next':
    case 'empty':
    case 'embedded':
      return s
  }
}

type BlockStatement = Extract<Statement, { kind: 'block' }>

function asBlock(s: Statement, like: BlockStatement): BlockStatement {
  return s.kind === 'block' ? s : { ...like, statements: s.kind === 'empty' ? [] : [s] }
}

type Container = Extract<Expression, { kind: 'element' }>['array']

/** What has keys stays a name or a histogram. */
function container(array: Container, change: Change): Container {
  if (array.kind === 'name') return array
  return { ...array, statistic: change(array.statistic) }
}

function keys(list: readonly SliceKey[], change: Change): readonly SliceKey[] {
  return list.map(k => (k.kind === 'any' ? k : change(k)))
}

function path(list: readonly Accessor[], change: Change): readonly Accessor[] {
  return list.map(a => (a.kind === 'index' ? { ...a, index: change(a.index) } : a))
}

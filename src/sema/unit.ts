import type {
  CallExpression,
  CastExpression,
  ConditionalExpression,
  Expression,
  MemberExpression,
  OperatorExpression,
  Statement,
  TargetExpression,
} from '../syntax/ast.ts'
import type { Shape } from './shape.ts'
import type { OwnerSymbol, Scope } from './symbol.ts'
import { operandsOf } from './walk.ts'

/** What a body is read against: it asks for the C types of names, and tells those it stores. */
export interface UnitReader {
  readonly name: (scope: Scope, name: string) => Shape | undefined
  readonly store: (scope: Scope, name: string, shape: Shape | undefined) => void
  readonly give: (shape: Shape | undefined) => void
  readonly call: (scope: Scope, name: string, arity: number) => Shape | undefined
  /** 'text' where a target is a string; undefined where it does not exist. */
  readonly typed: (e: TargetExpression | CastExpression) => Shape | 'text' | undefined
  readonly member: (e: MemberExpression, base: Shape | undefined) => Shape | 'text' | undefined
  readonly join: (a: Shape | undefined, b: Shape | undefined) => Shape | undefined
  readonly isReturn: boolean
  /** `$$vars` and the like are there. */
  readonly hasText: boolean
}

interface Reading extends UnitReader {
  readonly scope: Scope
}

/** Reads a body once, in its order: assignments tell what later uses of a name point to. */
export function readUnit(owner: OwnerSymbol, reader: UnitReader): void {
  if (owner.kind === 'function') {
    if (owner.body.kind === 'block') statement({ ...reader, scope: owner.scope }, owner.body)
    return
  }
  for (const { scope, block } of owner.parts) statement({ ...reader, scope }, block)
  for (const { scope, expression } of new Set(owner.points.flatMap(p => p.conditions))) {
    shape({ ...reader, scope }, expression)
  }
}

function statement(r: Reading, s: Statement): void {
  switch (s.kind) {
    case 'block':
      for (const inner of s.statements) statement(r, inner)
      return
    case 'expression':
      shape(r, s.expression)
      return
    case 'if': {
      const known = truth(r, s.test)
      shape(r, s.test)
      if (known !== false) statement(r, s.then)
      if (known !== true && s.otherwise !== undefined) statement(r, s.otherwise)
      return
    }
    case 'while':
      shape(r, s.test)
      statement(r, s.body)
      return
    case 'for':
      for (const e of [s.start, s.test]) if (e !== undefined) shape(r, e)
      statement(r, s.body)
      if (s.step !== undefined) shape(r, s.step)
      return
    case 'foreach':
      if (s.limit !== undefined) shape(r, s.limit)
      for (const k of s.slice ?? []) if (k.kind !== 'any') shape(r, k)
      statement(r, s.body)
      return
    case 'return':
      if (s.value !== undefined) r.give(shape(r, s.value))
      return
    case 'delete':
      shape(r, s.target)
      return
    case 'try':
      statement(r, s.body)
      statement(r, s.handler)
      return
    case 'break':
    case 'continue':
    case 'next':
    case 'empty':
    case 'embedded':
      return
  }
}

/** The C type of an expression's value, where something tells it. */
function shape(r: Reading, e: Expression): Shape | undefined {
  switch (e.kind) {
    case 'name':
      return r.name(r.scope, e.name)
    case 'call':
      return call(r, e)
    case 'conditional':
      return conditional(r, e)
    case 'assign': {
      const value = shape(r, e.value)
      if (e.target.kind !== 'name') shape(r, e.target)
      if (e.operator !== '=') return undefined
      if (e.target.kind === 'name') r.store(r.scope, e.target.name, value)
      return value
    }
    case 'target':
    case 'cast': {
      for (const operand of operandsOf(e)) shape(r, operand)
      const found = r.typed(e)
      return found === 'text' ? undefined : found
    }
    case 'member': {
      const found = member(r, e)
      return found === 'text' ? undefined : found
    }
    case 'operator':
      return operator(r, e)
    default:
      for (const operand of operandsOf(e)) shape(r, operand)
      return undefined
  }
}

function call(r: Reading, e: CallExpression): Shape | undefined {
  for (const a of e.arguments) shape(r, a)
  return r.call(r.scope, e.name, e.arguments.length)
}

function conditional(r: Reading, e: ConditionalExpression): Shape | undefined {
  const known = truth(r, e.test)
  shape(r, e.test)
  if (known !== undefined) return shape(r, known ? e.then : e.otherwise)
  const then = shape(r, e.then)
  return r.join(then, shape(r, e.otherwise))
}

function member(r: Reading, e: MemberExpression): Shape | 'text' | undefined {
  const base = shape(r, e.base)
  for (const a of e.path) if (a.kind === 'index') shape(r, a.index)
  return r.member(e, base)
}

/** What it asks about is read as well, so that it is known when it is looked up. */
function operator(r: Reading, e: OperatorExpression): undefined {
  for (const a of e.arguments) shape(r, a)
}

/** What a test comes to whatever happens; what it rules out is not there. */
function truth(r: Reading, e: Expression): boolean | undefined {
  switch (e.kind) {
    case 'number':
      return e.value !== 0n
    case 'unary': {
      const operand = e.operator === '!' ? truth(r, e.operand) : undefined
      return operand === undefined ? undefined : !operand
    }
    case 'binary': {
      if (e.operator !== '&&' && e.operator !== '||') return undefined
      const decides = e.operator === '||'
      const left = truth(r, e.left)
      const right = truth(r, e.right)
      if (left === decides || right === decides) return decides
      return left === undefined ? undefined : right
    }
    case 'operator':
      return e.name === '@defined' ? e.arguments.every(a => isDefined(r, a)) : undefined
    default:
      return undefined
  }
}

function isDefined(r: Reading, e: Expression): boolean {
  switch (e.kind) {
    case 'target':
    case 'cast': {
      const found = r.typed(e)
      return found === 'text' ? r.hasText : found !== undefined
    }
    case 'member':
      return member(r, e) !== undefined
    case 'operator':
      return e.name !== '@entry' || (r.isReturn && e.arguments.every(a => isDefined(r, a)))
    default:
      return operandsOf(e).every(operand => isDefined(r, operand))
  }
}

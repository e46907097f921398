import type { BinaryOperator, Block, Expression, Statement } from '../syntax/ast.ts'
import { mapOperands, mapStatement } from './rewrite.ts'
import type { FunctionSymbol, HandlerSymbol, OwnerSymbol } from './symbol.ts'
import { walkStatement } from './walk.ts'

/**
 * Leaves out what a constant test rules out, once types are right on both sides: `if (0) …`. Only
 * what decides about a branch is worked out here.
 */
export function foldTests(
  handlers: readonly HandlerSymbol[],
  functions: readonly FunctionSymbol[],
): void {
  for (const h of handlers) {
    h.parts = h.parts.map(({ scope, block }) => ({ scope, block: foldBlock(block) }))
  }
  for (const f of functions) if (f.body.kind === 'block') f.body = foldBlock(f.body)
  for (const h of handlers)
    forget(
      h,
      h.parts.map(p => p.block),
    )
  for (const f of functions) if (f.body.kind === 'block') forget(f, [f.body])
}

/** Locals that stood only in what was left out are none. */
function forget(owner: OwnerSymbol, blocks: readonly Block[]): void {
  const names = new Set<string>()
  for (const block of blocks) {
    walkStatement(block, e => {
      if (e.kind === 'name') names.add(e.name)
    })
  }
  for (const [name, local] of owner.locals) {
    if (!local.parameter && !names.has(name)) owner.locals.delete(name)
  }
}

function foldBlock(block: Block): Block {
  const folded = foldStatement(block)
  return folded.kind === 'block' ? folded : { ...block, statements: [folded] }
}

function foldStatement(s: Statement): Statement {
  switch (s.kind) {
    case 'if': {
      const test = truth(s.test)
      if (test === undefined) break
      return foldStatement((test ? s.then : s.otherwise) ?? nothing(s))
    }
    case 'while':
      if (truth(s.test) === false) return nothing(s)
      break
    case 'for':
      if (s.test !== undefined && truth(s.test) === false) {
        const { start, span } = s
        return start === undefined
          ? nothing(s)
          : { kind: 'expression', expression: foldExpression(start), span }
      }
      break
    default:
      break
  }
  return mapStatement(s, foldExpression, foldStatement)
}

function nothing({ span }: Statement): Block {
  return { kind: 'block', statements: [], span }
}

function foldExpression(e: Expression): Expression {
  if (e.kind === 'conditional') {
    const test = truth(e.test)
    if (test !== undefined) return foldExpression(test ? e.then : e.otherwise)
  }
  if (e.kind === 'binary' && (e.operator === '&&' || e.operator === '||')) {
    const decides = e.operator === '||'
    if (truth(e.left) === decides) return { kind: 'number', value: decides ? 1n : 0n, span: e.span }
  }
  return mapOperands(e, foldExpression)
}

type Constant = bigint | string

/** Whether a test holds, where that hangs on nothing. */
function truth(e: Expression): boolean | undefined {
  const value = constantOf(e)
  return typeof value === 'bigint' ? value !== 0n : undefined
}

function constantOf(e: Expression): Constant | undefined {
  switch (e.kind) {
    case 'number':
    case 'string':
      return e.value
    case 'unary': {
      const value = constantOf(e.operand)
      return typeof value === 'bigint' ? unary(e.operator, value) : undefined
    }
    case 'binary': {
      const left = constantOf(e.left)
      if (typeof left === 'bigint') {
        if (e.operator === '&&' && left === 0n) return 0n
        if (e.operator === '||' && left !== 0n) return 1n
      }
      const right = constantOf(e.right)
      if (left === undefined || right === undefined) return undefined
      return binary(e.operator, left, right)
    }
    case 'conditional': {
      const test = truth(e.test)
      return test === undefined ? undefined : constantOf(test ? e.then : e.otherwise)
    }
    default:
      return undefined
  }
}

function unary(operator: '+' | '-' | '!' | '~', value: bigint): bigint {
  switch (operator) {
    case '+':
      return value
    case '-':
      return BigInt.asIntN(64, -value)
    case '!':
      return value === 0n ? 1n : 0n
    case '~':
      return ~value
  }
}

/** Undefined for what a test rarely has: it is left for later. */
function binary(operator: BinaryOperator, a: Constant, b: Constant): Constant | undefined {
  if (typeof a !== typeof b) return undefined
  switch (operator) {
    case '==':
      return flag(a === b)
    case '!=':
      return flag(a !== b)
    case '<':
      return flag(a < b)
    case '<=':
      return flag(a <= b)
    case '>':
      return flag(a > b)
    case '>=':
      return flag(a >= b)
    default:
      return typeof a === 'bigint' && typeof b === 'bigint' ? arithmetic(operator, a, b) : undefined
  }
}

function arithmetic(operator: BinaryOperator, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, a + b)
    case '-':
      return BigInt.asIntN(64, a - b)
    case '*':
      return BigInt.asIntN(64, a * b)
    case '&':
      return a & b
    case '|':
      return a | b
    case '^':
      return a ^ b
    case '&&':
      return flag(a !== 0n && b !== 0n)
    case '||':
      return flag(a !== 0n || b !== 0n)
    default:
      return undefined
  }
}

function flag(value: boolean): bigint {
  return value ? 1n : 0n
}

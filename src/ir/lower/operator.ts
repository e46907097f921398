import type { CheckedExpression } from '../../sema/checked.ts'
import type { BinaryOperator } from '../../syntax/ast.ts'
import type { Span } from '../../text/source.ts'
import { number, ZERO } from '../instruction.ts'
import type { Comparison, Operand, PlainOp } from '../ir.ts'
import type { Builder } from './builder.ts'
import { values } from './order.ts'

type Unary = Extract<CheckedExpression, { kind: 'unary' }>
type Binary = Extract<CheckedExpression, { kind: 'binary' }>

export function lowerUnary(b: Builder, e: Unary): Operand {
  if (e.operator === '-' && e.operand.kind === 'number') return number(-e.operand.value)
  const a = b.value(e.operand)
  switch (e.operator) {
    case '-':
      return b.make('long', to => ({ op: 'unary', what: 'neg', to, a }))
    case '~':
      return b.binary('xor', a, number(-1n))
    case '!':
      return b.make('long', to => ({ op: 'compare', what: 'eq', to, a, b: ZERO }))
  }
}

/** All but `&&` and `||`. */
export function lowerBinary(b: Builder, e: Binary): Operand {
  const [left, right] = values(b, [e.left, e.right])
  if (left === undefined || right === undefined) return ZERO
  const comparison = comparisons[e.operator]
  if (comparison === undefined) return operate(b, e.operator, left, right, e.operatorSpan)
  const op = e.left.type === 'string' ? 'compare-text' : 'compare'
  return b.make('long', to => ({ op, what: comparison, to, a: left, b: right }))
}

/** The value of `left operator right`; `span` is where a division by 0 is reported. */
export function operate(
  b: Builder,
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
  span: Span,
): Operand {
  if (operator === '.') return b.make('string', to => ({ op: 'concat', to, a: left, b: right }))
  if (operator === '/' || operator === '%') {
    const what = operator === '/' ? 'div' : 'rem'
    return b.make('long', to => ({ op: 'divide', what, to, a: left, b: right, span }))
  }
  const plain = plainOps[operator]
  if (plain === undefined) throw new Error(`no arithmetic for operator ${operator}`)
  return b.binary(plain, left, right)
}

const comparisons: Partial<Record<BinaryOperator, Comparison>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
}

const plainOps: Partial<Record<BinaryOperator, PlainOp>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'shl',
  '>>': 'shr',
  '>>>': 'ushr',
}

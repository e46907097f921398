import type { CheckedExpression } from '../../sema/checked.ts'
import { ONE, register, ZERO } from '../instruction.ts'
import type { BlockId, Operand } from '../ir.ts'
import type { Builder } from './builder.ts'

type Conditional = Extract<CheckedExpression, { kind: 'conditional' }>

/** Goes to `then` when the value is not 0. `&&`, `||` and `!` make no value here, only jumps. */
export function lowerTest(
  b: Builder,
  e: CheckedExpression,
  then: BlockId,
  otherwise: BlockId,
): void {
  if (e.kind === 'unary' && e.operator === '!') {
    lowerTest(b, e.operand, otherwise, then)
    return
  }
  if (e.kind === 'binary' && (e.operator === '&&' || e.operator === '||')) {
    const right = b.block()
    if (e.operator === '&&') lowerTest(b, e.left, right, otherwise)
    else lowerTest(b, e.left, then, right)
    b.start(right)
    lowerTest(b, e.right, then, otherwise)
    return
  }
  const test = b.value(e)
  if (test.kind === 'number') b.jump(test.value === 0n ? otherwise : then)
  else b.end({ op: 'branch', test, then, otherwise })
}

/** The 1 or 0 of `&&` and `||`. */
export function lowerLogic(b: Builder, e: CheckedExpression): Operand {
  const result = b.variable('long', 'logic')
  const then = b.block()
  const otherwise = b.block()
  const join = b.block()
  lowerTest(b, e, then, otherwise)
  b.start(then)
  b.copy(result, ONE)
  b.jump(join)
  b.start(otherwise)
  b.copy(result, ZERO)
  b.start(join)
  return register(result)
}

export function lowerConditional(b: Builder, e: Conditional): Operand {
  const result = b.variable(e.type, 'choice')
  const then = b.block()
  const otherwise = b.block()
  const join = b.block()
  lowerTest(b, e.test, then, otherwise)
  b.start(then)
  b.copy(result, b.value(e.then))
  b.jump(join)
  b.start(otherwise)
  b.copy(result, b.value(e.otherwise))
  b.start(join)
  return register(result)
}

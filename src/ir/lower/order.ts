import type { CheckedExpression, CheckedKey } from '../../sema/checked.ts'
import type { Operand, Reg } from '../ir.ts'
import { operandsOf } from '../walk.ts'
import type { Builder } from './builder.ts'

/**
 * Values of expressions from left to right. The value of a local is its register, so one that a
 * later expression writes is copied: in `f(x, x++)` the first argument is the old x.
 */
export function values(b: Builder, list: readonly CheckedExpression[]): Operand[] {
  return list.map((expression, index) => valueBefore(b, expression, list.slice(index + 1)))
}

/** The value of an expression that is used only after `later` are worked out. */
export function valueBefore(
  b: Builder,
  expression: CheckedExpression,
  later: readonly CheckedExpression[],
): Operand {
  const value = b.value(expression)
  if (value.kind !== 'reg' || value.reg >= b.body.locals.length) return value
  if (!later.some(other => writes(b, other, value.reg))) return value
  return b.snapshot(expression.type === 'string' ? 'string' : 'long', value)
}

/** As `values`, with undefined for a key that matches any. */
export function keyValues(b: Builder, keys: readonly CheckedKey[]): (Operand | undefined)[] {
  return keys.map((key, index) => {
    if (key.kind === 'any') return undefined
    return valueBefore(b, key, keys.slice(index + 1).filter(isExpression))
  })
}

function isExpression(key: CheckedKey): key is CheckedExpression {
  return key.kind !== 'any'
}

/** Whether it assigns this local, itself or in a part of it. */
function writes(b: Builder, e: CheckedExpression, reg: Reg): boolean {
  if (e.kind === 'assign' || e.kind === 'increment') {
    if (e.target.kind === 'local' && b.local(e.target.local) === reg) return true
  }
  return operandsOf(e).some(part => writes(b, part, reg))
}

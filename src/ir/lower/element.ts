import type { CheckedElement, CheckedExpression, CheckedStatement } from '../../sema/checked.ts'
import { emptyValue } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'
import { keyValues, values } from './order.ts'

type In = Extract<CheckedExpression, { kind: 'in' }>
type Delete = Extract<CheckedStatement, { kind: 'delete' }>

export function lowerElement(b: Builder, e: CheckedElement): Operand {
  const keys = values(b, e.keys)
  return b.make(e.type, to => ({ op: 'element-get', to, array: e.array, keys }))
}

export function lowerIn(b: Builder, e: In): Operand {
  const keys = keyValues(b, e.keys)
  return b.make('long', to => ({ op: 'element-has', to, array: e.array, keys }))
}

export function lowerDelete(b: Builder, s: Delete): void {
  const { global } = s
  if (s.keys !== undefined) {
    b.emit({ op: 'element-delete', array: global, keys: keyValues(b, s.keys) })
  } else if (global.keys.length > 0 || global.type === 'statistic') {
    b.emit({ op: 'array-clear', array: global })
  } else {
    // A scalar is reset to nothing, not to the value of its declaration.
    const value = emptyValue(global.type === 'string' ? 'string' : 'long')
    b.emit({ op: 'global-set', global, value })
  }
}

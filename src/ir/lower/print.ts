import type { CheckedPrint } from '../../sema/checked.ts'
import { EMPTY } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'
import { values } from './order.ts'
import { lowerPretty } from './pretty.ts'

/** The print family: the string-returning forms are `format`, the others `print`. */
export function lowerPrint(b: Builder, e: CheckedPrint): Operand {
  if (e.onFault !== undefined) return lowerPretty(b, e, e.onFault)
  const args = values(b, e.arguments)
  const { format, span } = e
  if (e.type === 'string') return b.make('string', to => ({ op: 'format', to, format, args, span }))
  b.emit({ op: 'print', format, args, span })
  return EMPTY
}

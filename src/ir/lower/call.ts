import type { CheckedExpression } from '../../sema/checked.ts'
import { EMPTY } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'
import { natives } from './native/table.ts'
import { values } from './order.ts'

type Call = Extract<CheckedExpression, { kind: 'call' }>

/** A call of a script function, or what stands for a native one. */
export function lowerCall(b: Builder, e: Call, { discarded }: { discarded: boolean }): Operand {
  const called = b.body.functions[e.function.id]
  const args = values(b, e.arguments)
  if (called?.body.kind === 'native') {
    const native = natives[e.function.name]
    if (native === undefined) throw new Error(`no native function ${e.function.name}`)
    return native(b, args, e.span) ?? EMPTY
  }
  b.calls.add(e.function.id)
  const call = { op: 'call', function: e.function.id, args, span: e.span } as const
  if (e.type === 'void' || discarded) {
    b.emit(call)
    return EMPTY
  }
  return b.make(e.type, to => ({ ...call, to }))
}

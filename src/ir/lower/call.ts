import type { CheckedExpression } from '../../sema/checked.ts'
import type { Span } from '../../text/source.ts'
import { EMPTY } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'
import { natives } from './native/table.ts'
import { values } from './order.ts'

type Call = Extract<CheckedExpression, { kind: 'call' }>

/** A call of a script function, or what stands for a native one. */
export function lowerCall(b: Builder, e: Call, { discarded }: { discarded: boolean }): Operand {
  const args = values(b, e.arguments)
  const called = b.body.functions[e.function.id]
  if (called?.body.kind === 'native') return lowerNative(b, called.name, args, e.span)
  const callee = b.body.callee(e.function)
  b.calls.add(callee)
  const call = { op: 'call', function: callee, args, span: e.span } as const
  if (e.type === 'void' || discarded) {
    b.emit(call)
    return EMPTY
  }
  return b.make(e.type, to => ({ ...call, to }))
}

export function lowerNative(
  b: Builder,
  name: string,
  args: readonly Operand[],
  span: Span,
): Operand {
  const native = natives[name]
  if (native === undefined) throw new Error(`no native function ${name}`)
  return native(b, args, span) ?? EMPTY
}

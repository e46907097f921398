import type { CheckedPrint } from '../../sema/checked.ts'
import type { Span } from '../../text/source.ts'
import { ONE, register, ZERO } from '../instruction.ts'
import { MAXSTRINGLEN, type Operand, UNREADABLE } from '../ir.ts'
import type { Builder } from './builder.ts'

/**
 * `$x$`: all members are read, and where one cannot be, the text is another. The text is made of
 * what was read by functions that cannot fail, so that it can be left to the reader of a print.
 */
export function lowerPretty(b: Builder, e: CheckedPrint, onFault: string): Operand {
  const handler = b.block()
  const after = b.block()
  const isRead = b.variable('long', 'read')
  const members = e.arguments.map(() => b.variable('long', 'member'))
  b.guarded(handler, () => {
    e.arguments.forEach((arg, n) => {
      const value = b.value(arg.kind === 'quoted-string' ? arg.address : arg)
      b.copy(members[n] ?? isRead, value)
    })
    b.copy(isRead, ONE)
    b.jump(after)
  })
  b.start(handler)
  b.copy(isRead, ZERO)
  b.start(after)
  const args = e.arguments.map((arg, n) => {
    const member = register(members[n] ?? isRead)
    return arg.kind === 'quoted-string' ? quotedText(b, member, arg.span) : member
  })
  const { format, span } = e
  const text = b.make('string', to => ({ op: 'format', to, format, args, span }))
  const otherwise = { kind: 'text', value: onFault } as const
  return b.pure('string', 'choose', [register(isRead), text, otherwise], span)
}

/** In quotes; of a bad address, the address. */
export function quotedText(b: Builder, address: Operand, span: Span): Operand {
  const text = b.make('string', to => ({
    op: 'load-text',
    to,
    address,
    limit: MAXSTRINGLEN - 1,
    otherwise: { kind: 'text', value: UNREADABLE },
    user: false,
    span,
  }))
  return b.pure('string', 'quoted', [text, address], span)
}

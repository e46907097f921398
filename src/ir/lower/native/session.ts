import { argument, type Native } from './native.ts'

/** What a script tells the session or the user. */
export const session: Readonly<Record<string, Native>> = {
  exit: b => {
    b.emit({ op: 'exit' })
    return undefined
  },
  error: (b, args, span) => {
    b.fail(argument(args, 0), span)
    return undefined
  },
  warn: (b, args) => {
    b.emit({ op: 'warn', message: argument(args, 0) })
    return undefined
  },
  log: (b, args, span) => {
    const line = [
      { kind: 'conversion', conversion: 's', flag: '' },
      { kind: 'literal', text: '\n' },
    ] as const
    b.emit({ op: 'print', format: line, args: [argument(args, 0)], span })
    return undefined
  },
}

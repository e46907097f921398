import { MAXSTRINGLEN } from '../../ir.ts'
import { argument, type Native } from './native.ts'

/** Reads of kernel memory at an address that the script gives. */
export const memory: Readonly<Record<string, Native>> = {
  // With a second argument: what it gives for a bad address, instead of an error.
  kernel_string: (b, args, span) => {
    const otherwise = args[1]
    return b.make('string', to => ({
      op: 'load-text',
      to,
      address: argument(args, 0),
      limit: MAXSTRINGLEN - 1,
      ...(otherwise && { otherwise }),
      user: false,
      span,
    }))
  },
  kernel_char: load(1),
  kernel_short: load(2),
  kernel_int: load(4),
  kernel_long: load(8),
  kernel_pointer: load(8),
}

function load(size: 1 | 2 | 4 | 8): Native {
  return (b, args, span) => {
    const address = argument(args, 0)
    return b.make('long', to => ({
      op: 'load',
      to,
      address,
      size,
      signed: true,
      user: false,
      span,
    }))
  }
}

import { EMPTY, number, ZERO } from '../../instruction.ts'
import { MAXSTRINGLEN, type PureName } from '../../ir.ts'
import { argument, type Native } from './native.ts'
import { failUnless, isBelow } from './regex.ts'

export const text: Readonly<Record<string, Native>> = {
  strlen: (b, args, span) => b.pure('long', 'strlen', [argument(args, 0)], span),
  substr: pure('string', 'substr', 3),
  strpos: pure('long', 'strpos', 2),
  isinstr: (b, args, span) => {
    const at = b.pure('long', 'strpos', [argument(args, 0), argument(args, 1)], span)
    return b.make('long', to => ({ op: 'compare', what: 'ge', to, a: at, b: ZERO }))
  },
  stringat: (b, args, span) => {
    const index = argument(args, 1)
    const what = `the position is not from 0 to ${MAXSTRINGLEN - 1}`
    failUnless(b, isBelow(b, index, BigInt(MAXSTRINGLEN)), what, span)
    return b.pure('long', 'stringat', [argument(args, 0), index], span)
  },
  isdigit: (b, args, span) => {
    const first = b.pure('long', 'stringat', [argument(args, 0), ZERO], span)
    return isBelow(b, b.binary('sub', first, number(DIGIT_0)), 10n)
  },
  strtol: pure('long', 'strtol', 2),
  text_str: (b, args, span) => b.pure('string', 'escape', [argument(args, 0), ZERO, ZERO], span),
  text_strn: pure('string', 'escape', 3),
  string_quoted: (b, args, span) =>
    b.pure('string', 'escape', [argument(args, 0), ZERO, number(1n)], span),
  // With one argument: goes on with the text of the call before.
  tokenize: (b, args) => {
    const [first, second] = args
    const [text, delimiters] = second === undefined ? [EMPTY, first] : [first, second]
    if (text === undefined || delimiters === undefined) return EMPTY
    return b.make('string', to => ({ op: 'tokenize', to, text, delimiters }))
  },
  __pad: pure('string', 'pad', 1),
}

const DIGIT_0 = 48n

function pure(type: 'long' | 'string', name: PureName, count: number): Native {
  return (b, args, span) => {
    const taken = Array.from({ length: count }, (_, n) => argument(args, n))
    return b.pure(type, name, taken, span)
  }
}

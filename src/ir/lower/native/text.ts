import { argument, type Native } from './native.ts'

export const text: Readonly<Record<string, Native>> = {
  strlen: (b, args, span) => b.pure('long', 'strlen', [argument(args, 0)], span),
  substr: (b, args, span) =>
    b.pure('string', 'substr', [argument(args, 0), argument(args, 1), argument(args, 2)], span),
  __pad: (b, args, span) => b.pure('string', 'pad', [argument(args, 0)], span),
}

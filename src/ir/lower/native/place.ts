import { argument, type Native } from './native.ts'

/** Where it runs: probe point, address, stack, symbols. */
export const place: Readonly<Record<string, Native>> = {
  pp: (b, _, span) => b.pure('string', 'point-text', [b.context('point')], span),
  ppfunc: (b, _, span) => b.pure('string', 'point-function', [b.context('point')], span),
  addr: b => b.context('address'),
  __caller_address: b => b.context('caller-address'),
  symname: (b, args, span) => b.pure('string', 'symname', [argument(args, 0)], span),
  symdata: (b, args, span) => b.pure('string', 'symdata', [argument(args, 0)], span),
  print_backtrace: (b, _, span) => {
    const where = [b.context('stack'), b.context('point'), b.context('address')]
    const lines = b.pure('string', 'backtrace-lines', where, span)
    b.emit({
      op: 'print',
      format: [{ kind: 'conversion', conversion: 's', flag: '' }],
      args: [lines],
      span,
    })
    return undefined
  },
}

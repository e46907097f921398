import { number } from '../../instruction.ts'
import { argument, type Native } from './native.ts'

export const time: Readonly<Record<string, Native>> = {
  gettimeofday_s: since(1_000_000_000n),
  gettimeofday_ms: since(1_000_000n),
  gettimeofday_us: since(1000n),
  gettimeofday_ns: b => b.context('realtime-ns'),
  ctime: (b, args, span) => b.pure('string', 'ctime', [argument(args, 0)], span),
  tz_ctime: (b, args, span) => b.pure('string', 'tz-ctime', [argument(args, 0)], span),
}

/** Time of day in units of so many ns. */
function since(unit: bigint): Native {
  return b => b.binary('udiv', b.context('realtime-ns'), number(unit))
}

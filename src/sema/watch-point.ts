import type { ProbePoint } from '../syntax/ast.ts'
import type { WatchPoint } from './checked.ts'
import { found, hex, numberIn, placeOf, type Resolution, refused, stringIn } from './component.ts'
import { watchLength } from './point-errors.ts'

/** `kernel.data(0x…).length(8).rw`, `kernel.data("jiffies").write`: one byte without a length. */
export function resolveWatch(p: ProbePoint): Resolution {
  const symbol = stringIn(p, 'data')
  const address = numberIn(p, 'data') ?? 0n
  const wanted = numberIn(p, 'length') ?? 1n
  const length = lengthOf(wanted)
  if (length === undefined) return refused(watchLength(placeOf(p, 'length'), wanted))
  const access = p.components.at(-1)?.name === 'rw' ? 'rw' : 'write'
  const what = symbol === undefined ? hex(address) : JSON.stringify(symbol.value)
  const text = `kernel.data(${what}).length(${length}).${access}`
  const { span } = p
  return found([{ kind: 'watch', address, symbol: symbol?.value, length, access, text, span }])
}

function lengthOf(value: bigint): WatchPoint['length'] | undefined {
  switch (value) {
    case 1n:
      return 1
    case 2n:
      return 2
    case 4n:
      return 4
    case 8n:
      return 8
  }
  return undefined
}

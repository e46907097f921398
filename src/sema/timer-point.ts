import type { PointComponent, ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { found, numberIn, pointText, type Resolution, refused } from './component.ts'
import {
  frequencyOutOfRange,
  intervalOutOfRange,
  jiffiesOutOfRange,
  jiffiesRandomizeOutOfRange,
  randomizeOutOfRange,
} from './point-errors.ts'

const SECOND = 1_000_000_000n
/** SystemTap's bounds for every timer but those in jiffies: 100 µs to a day. */
const SHORTEST = 100_000n
const LONGEST = 86_400n * SECOND
const MOST_JIFFIES = 1_000_000n

const units: Readonly<Record<string, bigint>> = {
  s: SECOND,
  sec: SECOND,
  ms: 1_000_000n,
  msec: 1_000_000n,
  us: 1000n,
  usec: 1000n,
  ns: 1n,
  nsec: 1n,
}

/** `timer.s(2)`, `timer.ms(10).randomize(2)`, `timer.hz(100)`, `timer.jiffies(5)`. */
export function resolveTimer(p: ProbePoint, { hz }: { readonly hz: () => bigint }): Resolution {
  const [, unit] = p.components
  if (unit === undefined) return refused()
  const value = numberIn(p, unit.name) ?? 0n
  const interval = intervalOf(unit, value, hz)
  if ('code' in interval) return refused(interval)
  const { periodNs, unitNs } = interval
  const randomize = numberIn(p, 'randomize') ?? 0n
  if (randomize < 0n || randomize * unitNs > periodNs) {
    const tooMuch = unit.name === 'jiffies' ? jiffiesRandomizeOutOfRange : randomizeOutOfRange
    return refused(tooMuch(p.components[2]?.span ?? unit.span))
  }
  const text = pointText(p.components)
  const randomizeNs = randomize * unitNs
  return found([{ kind: 'timer', text, span: p.span, periodNs, randomizeNs }])
}

/** `timer.profile`, `timer.profile.tick`, `timer.profile.freq.hz(97)`. */
export function resolveProfile(p: ProbePoint): Resolution {
  const hz = numberIn(p, 'hz')
  if (hz !== undefined && hz <= 0n) {
    return refused(frequencyOutOfRange(p.components.at(-1)?.span ?? p.span))
  }
  return found([{ kind: 'profile', text: pointText(p.components), span: p.span, hz }])
}

interface Interval {
  readonly periodNs: bigint
  /** What `.randomize` counts in. */
  readonly unitNs: bigint
}

function intervalOf(unit: PointComponent, value: bigint, hz: () => bigint): Interval | Diagnostic {
  if (unit.name === 'jiffies') {
    if (value < 1n || value > MOST_JIFFIES) return jiffiesOutOfRange(unit.span)
    const unitNs = SECOND / hz()
    return { periodNs: value * unitNs, unitNs }
  }
  const frequency = unit.name === 'hz'
  if (frequency && value <= 0n) return frequencyOutOfRange(unit.span)
  const unitNs = frequency ? 1n : (units[unit.name] ?? 1n)
  const periodNs = frequency ? (SECOND + value - 1n) / value : value * unitNs
  if (periodNs >= SHORTEST && periodNs <= LONGEST) return { periodNs, unitNs }
  const low = (SHORTEST + unitNs - 1n) / unitNs
  return intervalOutOfRange(unit.span, low, LONGEST / unitNs)
}

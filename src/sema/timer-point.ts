import type { PointComponent, ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import {
  found,
  numberOf,
  pointText,
  type Resolution,
  refused,
  strayComponents,
} from './component.ts'
import {
  frequencyOutOfRange,
  intervalOutOfRange,
  jiffiesOutOfRange,
  randomizeOutOfRange,
  unknownSuffix,
  unsupportedPoint,
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
  const [, unit, ...rest] = p.components
  if (unit === undefined) return refused(unknownSuffix(p.span, '', suffixes))
  if (unit.name === 'profile') return refused(unsupportedPoint(p.span, pointText(p.components)))
  const value = numberOf(unit)
  if (typeof value !== 'bigint') {
    return refused(isUnit(unit.name) ? value : unknownSuffix(unit.span, unit.name, suffixes))
  }
  if (unit.name === 'hz') {
    if (value <= 0n) return refused(frequencyOutOfRange(unit.span))
    return timer(p, { unit, rest, periodNs: (SECOND + value - 1n) / value, unitNs: undefined })
  }
  if (unit.name === 'jiffies') {
    if (value < 1n || value > MOST_JIFFIES) return refused(jiffiesOutOfRange(unit.span))
    const unitNs = SECOND / hz()
    return timer(p, { unit, rest, periodNs: value * unitNs, unitNs })
  }
  const unitNs = units[unit.name]
  if (unitNs === undefined) return refused(unknownSuffix(unit.span, unit.name, suffixes))
  return timer(p, { unit, rest, periodNs: value * unitNs, unitNs })
}

const suffixes = { after: 'timer', near: [...Object.keys(units), 'hz', 'jiffies'] }

function isUnit(name: string): boolean {
  return suffixes.near.includes(name)
}

interface Timer {
  readonly unit: PointComponent
  readonly rest: readonly PointComponent[]
  readonly periodNs: bigint
  /** Undefined where `.randomize` makes no sense. */
  readonly unitNs: bigint | undefined
}

function timer(p: ProbePoint, { unit, rest, periodNs, unitNs }: Timer): Resolution {
  const jiffies = unit.name === 'jiffies'
  if (!jiffies && (periodNs < SHORTEST || periodNs > LONGEST)) {
    const scale = unitNs ?? 1n
    const low = (SHORTEST + scale - 1n) / scale
    return refused(intervalOutOfRange(unit.span, low, LONGEST / scale))
  }
  const randomize = randomizeOf(rest, periodNs, unitNs)
  if (typeof randomize !== 'bigint') return refused(randomize)
  const text = pointText(p.components)
  return found([{ kind: 'timer', text, span: p.span, periodNs, randomizeNs: randomize }])
}

function randomizeOf(
  rest: readonly PointComponent[],
  periodNs: bigint,
  unitNs: bigint | undefined,
): bigint | Diagnostic {
  const [first, ...more] = rest
  if (first === undefined) return 0n
  if (first.name !== 'randomize' || unitNs === undefined) {
    const near = unitNs === undefined ? [] : ['randomize']
    return unknownSuffix(first.span, first.name, { after: 'timer', near })
  }
  const value = numberOf(first)
  if (typeof value !== 'bigint') return value
  const randomizeNs = value * unitNs
  if (randomizeNs < 0n || randomizeNs > periodNs) return randomizeOutOfRange(first.span)
  return strayComponents(more, 'randomize') ?? randomizeNs
}

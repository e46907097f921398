/** A timer of a script, in nanoseconds. */
export interface TimerSpec {
  readonly periodNs: bigint
  /** Up to ± this much is added to each period. */
  readonly randomizeNs: bigint
  readonly fire: () => void
}

export interface Timers {
  close(): void
  /** By index of the timer: runs left out because klew was busy. */
  missed(): readonly bigint[]
}

/** How far behind its schedule a timer still makes up for every run; further back they drop. */
const LATE_NS = 20_000_000n
const NS_PER_MS = 1_000_000
/** The shortest that Node waits. */
const LEAST_MS = 1

/**
 * Runs timers on an absolute schedule, so that they do not drift. Node counts milliseconds: a
 * period below one runs in batches, as often as its schedule says. A timer that was held up runs
 * the few times it missed, but never a long burst.
 */
export function startTimers(specs: readonly TimerSpec[], now: () => bigint): Timers {
  let closed = false
  const missed = specs.map(() => 0n)
  const handles: (NodeJS.Timeout | undefined)[] = []
  const start = now()
  specs.forEach((spec, i) => {
    arm(spec, i, start + period(spec))
  })
  return {
    missed: () => missed,
    close: () => {
      closed = true
      for (const handle of handles) clearTimeout(handle)
    },
  }

  function arm(spec: TimerSpec, i: number, next: bigint): void {
    const ms = Math.max(LEAST_MS, Math.ceil(Number(next - now()) / NS_PER_MS))
    handles[i] = setTimeout(() => run(spec, i, next), ms)
  }

  function run(spec: TimerSpec, i: number, due: bigint): void {
    let next = due
    const time = now()
    if (time - next > LATE_NS) {
      const behind = (time - next) / spec.periodNs
      missed[i] = (missed[i] ?? 0n) + behind
      next += behind * spec.periodNs
    }
    while (next <= time && !closed) {
      spec.fire()
      next += period(spec)
    }
    if (!closed) arm(spec, i, next)
  }
}

function period({ periodNs, randomizeNs }: TimerSpec): bigint {
  if (randomizeNs === 0n) return periodNs
  const shift = BigInt(Math.round((2 * Math.random() - 1) * Number(randomizeNs)))
  const result = periodNs + shift
  return result < 1n ? 1n : result
}

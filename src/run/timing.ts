import type { ProgramTime } from '../load/loaded.ts'

/** How often a probe ran and how long it took, of -t. */
export interface ProbeTime {
  /** Those that are counted together, by index in `Image.points`. */
  readonly points: readonly number[]
  readonly hits: bigint
  readonly totalNs: bigint
  /** Of handlers outside the kernel, whose every run is measured. */
  readonly leastNs?: bigint
  readonly mostNs?: bigint
  /** Runs that the kernel left out, as the program was running on that CPU already. */
  readonly missed: bigint
}

/** Measures the handlers that run in this process. */
export class HandlerTimes {
  readonly #times = new Map<number, { hits: bigint; total: bigint; least: bigint; most: bigint }>()

  add(point: number, ns: bigint): void {
    const time = this.#times.get(point)
    if (time === undefined) {
      this.#times.set(point, { hits: 1n, total: ns, least: ns, most: ns })
      return
    }
    time.hits++
    time.total += ns
    if (ns < time.least) time.least = ns
    if (ns > time.most) time.most = ns
  }

  /** Handlers by point, and programs, in the order of their points; what never ran is left out. */
  report(programs: readonly ProgramTime[]): ProbeTime[] {
    const own = [...this.#times].map(([point, { hits, total, least, most }]): ProbeTime => {
      return { points: [point], hits, totalNs: total, leastNs: least, mostNs: most, missed: 0n }
    })
    const kernel = programs.map(({ points, runs, timeNs, missed }): ProbeTime => {
      return { points, hits: runs, totalNs: timeNs, missed }
    })
    return [...own, ...kernel]
      .filter(({ hits, missed }) => hits + missed > 0n)
      .sort((a, b) => (a.points[0] ?? 0) - (b.points[0] ?? 0))
  }
}

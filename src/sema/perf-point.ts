import type { ProbePoint } from '../syntax/ast.ts'
import type { PerfPoint, ProcessTarget } from './checked.ts'
import {
  componentOf,
  found,
  numberIn,
  placeOf,
  type Resolution,
  refused,
  stringIn,
} from './component.ts'
import { noTarget, samplePeriod } from './point-errors.ts'
import type { PointOptions } from './point-table.ts'

/** How many events make one sample where a point does not say. */
const USUAL_PERIOD = 1_000_000n

/** `perf.type(0).config(1).sample(1000)`; with a counter nothing is sampled. */
export function resolvePerf(p: ProbePoint, options: PointOptions): Resolution {
  const type = numberIn(p, 'type') ?? 0n
  const config = numberIn(p, 'config') ?? 0n
  const counter = stringIn(p, 'counter')?.value
  const sample = numberIn(p, 'sample')
  if (sample !== undefined && sample < 1n) {
    return refused(samplePeriod(placeOf(p, 'sample'), sample))
  }
  const hz = numberIn(p, 'hz')
  const events = counter === undefined ? (sample ?? USUAL_PERIOD) : 0n
  const period: PerfPoint['period'] =
    hz === undefined ? { kind: 'sample', events } : { kind: 'frequency', hz }
  const process = targetOf(p)
  if (process?.kind === 'target' && options.target === false) {
    return refused(noTarget(placeOf(p, 'process')))
  }
  const text = [
    `perf.type(${type}).config(${config}).sample(${hz ?? events})`,
    ...(process === undefined
      ? []
      : [process.kind === 'path' ? pathText(process.path) : 'process']),
    ...(counter === undefined ? [] : [`counter(${JSON.stringify(counter)})`]),
  ].join('.')
  return found([{ kind: 'perf', type, config, period, process, counter, text, span: p.span }])
}

function targetOf(p: ProbePoint): ProcessTarget | undefined {
  const process = componentOf(p, 'process')
  if (process === undefined) return undefined
  const path = stringIn(p, 'process')?.value
  return path === undefined ? { kind: 'target' } : { kind: 'path', path }
}

function pathText(path: string): string {
  return `process(${JSON.stringify(path)})`
}

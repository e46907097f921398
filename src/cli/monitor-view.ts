import type { Image } from '../image.ts'
import type { ProbeTime } from '../run/timing.ts'

/** What the screen of --monitor shows. */
export interface MonitorView {
  readonly name: string
  readonly upMs: number
  readonly paused: boolean
  readonly image: Image
  readonly times: readonly ProbeTime[]
  readonly globals: string
  readonly sort: MonitorSort
  /** The last lines that were printed; more than fit. */
  readonly output: readonly string[]
  readonly hidden: boolean
}

export const MONITOR_SORTS = ['index', 'hits', 'min', 'avg', 'max'] as const
export type MonitorSort = (typeof MONITOR_SORTS)[number]

/** Of what globals may take of the screen, as does the list of probes. */
const SHARE = 3

/** The screen as lines, none longer than it is wide and no more than it is high. */
export function monitorLines(
  view: MonitorView,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): string[] {
  const status = view.hidden ? [] : statusLines(view, Math.max(1, Math.floor(rows / SHARE)))
  const head = [...status, `--- output ---  ${KEYS}`]
  const room = Math.max(0, rows - head.length)
  const output = room === 0 ? [] : view.output.slice(-room)
  return [...head, ...output].slice(0, rows).map(line => line.slice(0, columns))
}

const KEYS = 'keys: p pause, r resume, c clear globals, s sort, x hide or show, q quit'

function statusLines(view: MonitorView, most: number): string[] {
  const { name, upMs, paused, image, sort } = view
  const state = paused ? 'paused' : 'running'
  const title = `klew ${name}: ${state}, up ${clock(upMs)}, sorted by ${sort}`
  const globals = view.globals.split('\n').filter(line => line !== '')
  return [
    title,
    'index       hits    min ns    avg ns    max ns  probe',
    ...cut(probeLines(image, view.times, sort), most),
    ...(globals.length === 0 ? [] : ['--- globals ---', ...cut(globals, most)]),
  ]
}

function probeLines(image: Image, times: readonly ProbeTime[], sort: MonitorSort): string[] {
  const rows = times.map((time, index) => {
    const { points, hits, totalNs, leastNs, mostNs } = time
    const first = image.points[points[0] ?? -1]?.text ?? ''
    const probe = points.length > 1 ? `${first} and ${points.length - 1} more` : first
    const avg = hits === 0n ? 0n : totalNs / hits
    return { index: BigInt(index), hits, min: leastNs, avg, max: mostNs, probe }
  })
  const key = (row: (typeof rows)[number]): bigint => row[sort] ?? -1n
  // By index upwards, by all else the largest first.
  const order = sort === 'index' ? 1 : -1
  rows.sort((a, b) => (key(a) < key(b) ? -order : key(a) > key(b) ? order : 0))
  return rows.map(({ index, hits, min = '', avg, max = '', probe }) => {
    const numbers = [min, avg, max].map(n => `${n}`.padStart(10)).join('')
    return `${`${index}`.padStart(5)}${`${hits}`.padStart(11)}${numbers}  ${probe}`
  })
}

function cut(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines]
  return [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`]
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

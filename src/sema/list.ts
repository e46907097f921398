import type { Facts } from '../kernel/facts.ts'
import type { Types } from '../kernel/types.ts'
import type { ProbePoint, ScriptFile } from '../syntax/ast.ts'
import { parseProbePoint } from '../syntax/parser.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import { typeOf } from './cell.ts'
import type { ResolvedPoint } from './checked.ts'
import { pointText } from './component.ts'
import { type Around, aroundNothing, type Expansion, expandList } from './expand.ts'
import { inferAll } from './infer-all.ts'
import { environmentOf, KernelView } from './kernel-view.ts'
import type { Library } from './library.ts'
import { resolvePoint } from './points.ts'
import { Reporter } from './reporter.ts'
import { Names } from './scope.ts'
import type { HandlerSymbol } from './symbol.ts'

export interface Listing {
  /** Sorted, each once; empty where nothing matches, which the diagnostics explain. */
  readonly lines: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The probe points that a pattern stands for, as `stap -l` prints them, and with `withVariables`
 * their variables, as `-L` does: `kernel.function("ip_rcv@net/ipv4/ip_input.c:560")
 * $skb:struct sk_buff*`. Points of an alias are one line, with the alias's own variables.
 */
export function list(
  source: Source,
  withVariables: boolean,
  library: Library,
  facts: Facts,
): Listing {
  const parsed = parseProbePoint(source)
  if (parsed.diagnostics.some(d => d.severity === 'error')) {
    return { lines: [], diagnostics: parsed.diagnostics }
  }
  const reporter = new Reporter()
  const empty: ScriptFile = { kind: 'file', items: [], span: source.span(0, 0) }
  const names = new Names([empty], { library, reporter, environment: environmentOf(facts, false) })
  const kernel = new KernelView(facts)
  const options = { guru: false, target: false }
  const resolve: Expansion['resolve'] = p => resolvePoint(kernel, p, options)
  const x: Expansion = { names, reporter, library, resolve, aliases: [], skipped: [] }
  const entries = parsed.points.flatMap(point => entriesOf(x, point))
  const { types } = kernel
  const lines = withVariables
    ? merge(entries).map(e => [e.head, ...variables(x, e, types)].join(' '))
    : entries.map(e => e.head)
  return { lines: [...new Set(lines)].sort(byBytes), diagnostics: reporter.diagnostics }
}

/** The order of strcmp(3), which `sort` has for text of one byte a character. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A line of the list, and what is behind it: points with what one way through aliases adds. */
interface Entry {
  readonly head: string
  readonly ways: readonly Way[]
}

interface Way {
  readonly points: readonly ResolvedPoint[]
  readonly around: Around
}

function entriesOf(x: Expansion, point: ProbePoint): readonly Entry[] {
  const entries: Entry[] = []
  const mark = point.sufficient ? '!' : point.optional ? '?' : ''
  expandList(x, [point], aroundNothing(x.names.script), (around, found) => {
    const points = found.map(f => f.point)
    const [step] = around.path
    if (step === undefined) {
      for (const p of points) entries.push({ head: p.text + mark, ways: [{ points: [p], around }] })
      return
    }
    // What stands behind the alias's name in the pattern stands behind it in the line too.
    const { name } = step.alias.item
    const suffix = step.suffix
    entries.push({ head: pointText([...name, ...suffix]) + mark, ways: [{ points, around }] })
  })
  return entries
}

/** Entries of one line as one. */
function merge(entries: readonly Entry[]): readonly Entry[] {
  const byHead = new Map<string, Way[]>()
  for (const { head, ways } of entries) {
    const known = byHead.get(head)
    if (known) known.push(...ways)
    else byHead.set(head, [...ways])
  }
  return [...byHead].map(([head, ways]) => ({ head, ways }))
}

/** The variables that all ways through aliases set, then the target variables of all points. */
function variables(x: Expansion, { ways }: Entry, types: Types | undefined): readonly string[] {
  const own = common(ways.map(way => aliasVariables(x, way)))
  return [...own, ...common(ways.flatMap(w => w.points).map(p => targets(p, types)))]
}

function common([first = [], ...others]: readonly (readonly string[])[]): readonly string[] {
  const sets = others.map(o => new Set(o))
  return first.filter(v => sets.every(s => s.has(v)))
}

/** What `process.begin` and its like have, as SystemTap lists it for all of them. */
const OF_PROCESS = ['$syscall', '$arg1', '$arg2', '$arg3', '$arg4', '$arg5', '$arg6']

function targets(point: ResolvedPoint, types: Types | undefined): readonly string[] {
  if (point.kind === 'process') return OF_PROCESS.map(name => `${name}:long`)
  if (point.kind !== 'function' && point.kind !== 'tracepoint') return []
  const { prototype } = point
  if (prototype === undefined || types === undefined) return []
  const spelled = prototype.parameters
    .filter(p => p.name !== '')
    .map(p => `$${p.name}:${types.spell(p.type)}`)
  const atReturn = point.kind === 'function' && point.at === 'return'
  if (!atReturn || types.resolve(prototype.result).kind === 'void') return spelled
  return [`$return:${types.spell(prototype.result)}`, ...spelled]
}

function aliasVariables(x: Expansion, { points, around }: Way): readonly string[] {
  const parts = [...around.before, ...around.after]
  const [first] = parts
  if (first === undefined) return []
  const handler: HandlerSymbol = {
    kind: 'handler',
    parts,
    points: points.map(point => ({ point, conditions: [] })),
    locals: new Map(),
    calls: new Set(),
    changes: new Set(),
    span: first.block.span,
  }
  // What is wrong with one alias is no reason not to list it, or another.
  inferAll({ names: x.names, reporter: new Reporter() }, [handler])
  const own = [...handler.locals.values()].filter(l => l.assigned)
  return own.map(l => `${l.name}:${typeOf(l.cell) ?? 'unknown'}`)
}

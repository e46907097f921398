import type { Facts } from '../kernel/facts.ts'
import type { Types } from '../kernel/types.ts'
import type { ProbePoint, ScriptFile } from '../syntax/ast.ts'
import { parseProbePoint } from '../syntax/parser.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import { typeOf } from './cell.ts'
import type { ResolvedPoint } from './checked.ts'
import { pointText } from './component.ts'
import { type Around, type Expansion, expandList } from './expand.ts'
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
  const names = new Names(empty, { library, reporter, environment: environmentOf(facts, false) })
  const kernel = new KernelView(facts)
  const resolve: Expansion['resolve'] = p => resolvePoint(kernel, p)
  const x: Expansion = { names, reporter, library, resolve, aliases: [], skipped: [] }
  const entries = parsed.points.flatMap(point => entriesOf(x, point))
  const { types } = kernel
  const lines = withVariables
    ? merge(entries).map(e => [e.head, ...variables(x, e, types)].join(' '))
    : entries.map(e => e.head)
  return { lines: [...new Set(lines)].sort(), diagnostics: reporter.diagnostics }
}

/** A line of the list, and what is behind it. */
interface Entry {
  readonly head: string
  readonly points: readonly ResolvedPoint[]
  readonly around: Around
}

function entriesOf(x: Expansion, point: ProbePoint): readonly Entry[] {
  const entries: Entry[] = []
  const around = { scope: x.names.script, before: [], after: [], conditions: [], path: [] }
  expandList(x, [point], around, (inner, found) => {
    const points = found.map(f => f.point)
    const [alias] = inner.path
    if (alias === undefined) {
      entries.push(...points.map(p => ({ head: p.text, points: [p], around: inner })))
      return
    }
    // What stands behind the alias's name in the pattern stands behind it in the line too.
    const suffix = point.components.slice(alias.item.name.length)
    entries.push({ head: pointText([...alias.item.name, ...suffix]), points, around: inner })
  })
  return entries
}

/** Entries of one line as one. */
function merge(entries: readonly Entry[]): readonly Entry[] {
  const byHead = new Map<string, Entry>()
  for (const e of entries) {
    const known = byHead.get(e.head)
    byHead.set(e.head, known ? { ...known, points: [...known.points, ...e.points] } : e)
  }
  return [...byHead.values()]
}

/** An alias's variables, then the target variables that all points have. */
function variables(x: Expansion, e: Entry, types: Types | undefined): readonly string[] {
  const [first, ...others] = e.points.map(p => targets(p, types))
  const common = (first ?? []).filter(v => others.every(o => o.includes(v)))
  return [...aliasVariables(x, e), ...common]
}

function targets(point: ResolvedPoint, types: Types | undefined): readonly string[] {
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

function aliasVariables(x: Expansion, { points, around }: Entry): readonly string[] {
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
  inferAll(x, [handler])
  const own = [...handler.locals.values()].filter(l => l.assigned && !l.name.startsWith('_'))
  return own.map(l => `${l.name}:${typeOf(l.cell) ?? 'long'}`)
}

import type { AliasItem, PointComponent, ProbeItem, ProbePoint, ScriptFile } from '../syntax/ast.ts'
import { pointText, type Resolution, type Skipped } from './component.ts'
import type { Library } from './library.ts'
import { dropUnused } from './liveness.ts'
import { aliasLoop } from './point-errors.ts'
import type { Reporter } from './reporter.ts'
import type { Names } from './scope.ts'
import type { HandlerCondition, HandlerPart, HandlerPoint, HandlerSymbol, Scope } from './symbol.ts'

/** What the expansion of probes asks of the rest of the checker. */
export interface Expansion {
  readonly names: Names
  readonly reporter: Reporter
  readonly aliases: readonly Alias[]
  readonly library: Library
  readonly resolve: (p: ProbePoint) => Resolution
  /** Functions that wildcards match and that cannot be probed. */
  readonly skipped: Skipped[]
}

export interface Alias {
  readonly item: AliasItem
  readonly scope: Scope
}

export function aliasesOf(file: ScriptFile, scope: Scope): readonly Alias[] {
  return file.items.flatMap(item => (item.kind === 'alias' ? [{ item, scope }] : []))
}

/**
 * Finds what a probe stands for: for its own points one handler, and one more for each alias that
 * it names, whose statements stand around those of the probe.
 */
export function expandProbe(x: Expansion, probe: ProbeItem): readonly HandlerSymbol[] {
  const handlers: { around: Around; points: HandlerPoint[] }[] = []
  const scope = x.names.script
  const own: Around = { scope, before: [], after: [], conditions: [], path: [] }
  expandList(x, probe.points, own, (around, found) => {
    const { before, after } = around
    const known = handlers.find(h => h.around.before === before && h.around.after === after)
    if (known) known.points.push(...found)
    else handlers.push({ around, points: [...found] })
  })
  return handlers.map(({ around, points }) => ({
    kind: 'handler',
    parts: partsOf(around, { scope, block: probe.body }),
    points,
    locals: new Map(),
    calls: new Set(),
    changes: new Set(),
    span: probe.span,
  }))
}

/** What stands around the body of a probe, gathered on the way through its aliases. */
export interface Around {
  readonly scope: Scope
  readonly before: readonly HandlerPart[]
  readonly after: readonly HandlerPart[]
  readonly conditions: readonly HandlerCondition[]
  /** Aliases that led here, outermost first. */
  readonly path: readonly Alias[]
}

type Take = (around: Around, points: readonly HandlerPoint[]) => void

/** Expands points in order; gives the number found. A `!` that finds something ends the list. */
export function expandList(
  x: Expansion,
  points: readonly ProbePoint[],
  around: Around,
  take: Take,
): number {
  let total = 0
  for (const point of points) {
    const found = expandPoint(x, point, around, take)
    total += found
    if (point.sufficient && found > 0) break
  }
  return total
}

function expandPoint(x: Expansion, point: ProbePoint, around: Around, take: Take): number {
  const conditions =
    point.condition === undefined
      ? around.conditions
      : [...around.conditions, { scope: around.scope, expression: point.condition }]
  const here = { ...around, conditions }
  const aliases = matching(x, point)
  if (aliases.length > 0) {
    return aliases.reduce((sum, a) => sum + expandAlias(x, { alias: a, point }, here, take), 0)
  }
  const { points, skipped, diagnostics } = x.resolve(point)
  x.skipped.push(...skipped)
  if (!point.optional) for (const d of diagnostics) x.reporter.report(d)
  if (points.length > 0)
    take(
      here,
      points.map(p => ({ point: p, conditions })),
    )
  return points.length
}

function expandAlias(
  x: Expansion,
  { alias, point }: { readonly alias: Alias; readonly point: ProbePoint },
  around: Around,
  take: Take,
): number {
  const { item, scope } = alias
  if (around.path.some(a => a.item === item)) {
    x.reporter.report(aliasLoop(point.span, pointText(item.name)))
    return 0
  }
  const suffix = point.components.slice(item.name.length)
  const points = item.points.map(p => ({
    ...p,
    components: [...p.components, ...suffix],
    optional: p.optional || point.optional,
  }))
  const inner: Around = {
    scope,
    before: item.prologue ? [{ scope, block: item.prologue }, ...around.before] : around.before,
    after: item.epilogue ? [...around.after, { scope, block: item.epilogue }] : around.after,
    conditions: around.conditions,
    path: [...around.path, alias],
  }
  return expandList(x, points, inner, take)
}

/** Aliases that a point names; what it has behind the name goes to their points. */
function matching(x: Expansion, point: ProbePoint): readonly Alias[] {
  const [first] = point.components
  if (first === undefined) return []
  const script = x.aliases.filter(a => names(a.item.name, point.components))
  const library = x.library.aliasSources(first.name).flatMap(({ source }) => {
    const { file, scope } = x.names.library(source)
    return aliasesOf(file, scope).filter(a => names(a.item.name, point.components))
  })
  return [...script, ...library]
}

function names(alias: readonly PointComponent[], point: readonly PointComponent[]): boolean {
  return alias.length <= point.length && alias.every((a, i) => same(a, point[i]))
}

function same(alias: PointComponent, point: PointComponent | undefined): boolean {
  if (point === undefined) return false
  const pattern = new RegExp(`^${point.name.replace(/\*+/g, '.*')}$`)
  return pattern.test(alias.name) && alias.argument?.value === point.argument?.value
}

function partsOf({ before, after }: Around, own: HandlerPart): readonly HandlerPart[] {
  return dropUnused([...before, own, ...after], own)
}

import type {
  AliasItem,
  Block,
  PointComponent,
  ProbeItem,
  ProbePoint,
  ScriptFile,
} from '../syntax/ast.ts'
import type { Diagnostic, Note } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import { pointText, type Resolution, type Skipped } from './component.ts'
import type { Library } from './library.ts'
import { dropUnused } from './liveness.ts'
import {
  aliasArgument,
  aliasLoop,
  aliasTooDeep,
  emptyAlias,
  notInLibrary,
  tooManyAliases,
} from './point-errors.ts'
import { matchPoint, type PointMatch } from './point-tree.ts'
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
  /** What a bare `process` in its points is about: `LibrarySource.process`. */
  readonly process?: string
}

export function aliasesOf(file: ScriptFile, scope: Scope, process?: string): readonly Alias[] {
  const of = process === undefined ? {} : { process }
  return file.items.flatMap(item => (item.kind === 'alias' ? [{ item, scope, ...of }] : []))
}

/** What is wrong with the names of aliases themselves, whether a probe names them or not. */
export function aliasProblems(aliases: readonly Alias[]): readonly Diagnostic[] {
  return aliases.flatMap(({ item }) => {
    const component = item.name.find(c => c.argument !== undefined)
    return component === undefined ? [] : [aliasArgument(component.span, component.name)]
  })
}

/**
 * Finds what a probe stands for: for its own points one handler, and one more for each alias that
 * it names, whose statements stand around those of the probe.
 */
export function expandProbe(
  x: Expansion,
  probe: ProbeItem,
  scope: Scope = x.names.script,
): readonly HandlerSymbol[] {
  const handlers = new Map<string, { around: Around; points: HandlerPoint[] }>()
  const own = aroundNothing(scope)
  const numbers = new Map<object, number>()
  const numberOf = (part: HandlerPart): number => {
    const known = numbers.get(part.block) ?? numbers.size
    numbers.set(part.block, known)
    return known
  }
  expandList(x, probe.points, own, (around, found) => {
    const key = [around.before.map(numberOf), around.after.map(numberOf)].join(';')
    const known = handlers.get(key)
    if (known) known.points.push(...found)
    else handlers.set(key, { around, points: [...found] })
  })
  return [...handlers.values()].map(({ around, points }) => ({
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
  readonly path: readonly AliasStep[]
  /** Points looked at so far, shared by the whole expansion of a probe. */
  readonly work: { steps: number }
}

export interface AliasStep {
  readonly alias: Alias
  /** The point that names it. */
  readonly point: ProbePoint
  /** What that has behind the name. */
  readonly suffix: readonly PointComponent[]
}

export function aroundNothing(scope: Scope): Around {
  return { scope, before: [], after: [], conditions: [], path: [], work: { steps: 0 } }
}

/** Aliases of aliases multiply; no library comes near to this. */
const MOST_STEPS = 50_000

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
  if (++around.work.steps > MOST_STEPS) {
    x.reporter.report(tooManyAliases(around.path[0]?.point.span ?? point.span, MOST_STEPS))
    return 0
  }
  const here = withCondition(around, point)
  const matches = matching(x, point)
  if ('code' in matches) return complain(x, { point, around }, [notHere(x, point) ?? matches])
  const before = x.reporter.diagnostics.length
  const problems: Diagnostic[] = []
  let total = 0
  for (const match of matches) {
    if (match.kind === 'alias') {
      const optional = point.optional || match.doubtful
      total += expandAlias(x, { ...match, point: { ...point, optional } }, here, take)
    } else
      total += expandBuiltIn(x, { ...point, components: match.components }, here, {
        take,
        problems,
      })
  }
  if (total === 0) complain(x, { point, around }, problems.slice(0, 1))
  const silent = total > 0 || point.optional || x.reporter.diagnostics.length > before
  if (!silent && problems.length === 0) {
    complain(x, { point, around }, [emptyAlias(point.span, pointText(point.components))])
  }
  return total
}

function withCondition(around: Around, { condition }: ProbePoint): Around {
  if (condition === undefined) return around
  const { scope, conditions } = around
  return { ...around, conditions: [...conditions, { scope, expression: condition }] }
}

function expandBuiltIn(
  x: Expansion,
  point: ProbePoint,
  around: Around,
  { take, problems }: { readonly take: Take; readonly problems: Diagnostic[] },
): number {
  const { points, skipped, diagnostics } = x.resolve(point)
  x.skipped.push(...skipped)
  problems.push(...diagnostics)
  const here = withOwnStatements(around, points[0])
  const { conditions } = here
  if (points.length > 0) {
    take(
      here,
      points.map(p => ({ point: p, conditions })),
    )
  }
  return points.length
}

/** Says why a point that must be there is not, with the aliases that led to it. */
function complain(
  x: Expansion,
  { point, around }: { readonly point: ProbePoint; readonly around: Around },
  problems: readonly Diagnostic[],
): 0 {
  if (point.optional) return 0
  const notes: readonly Note[] = around.path.toReversed().map(({ point: p }) => ({
    span: p.span,
    text: `while resolving probe point '${pointText(p.components)}'`,
  }))
  for (const d of problems) x.reporter.report({ ...d, notes: [...d.notes, ...notes] })
  return 0
}

interface NamedAlias {
  readonly alias: Alias
  readonly suffix: readonly PointComponent[]
  readonly point: ProbePoint
}

/** Aliases of aliases; expanding them is recursive. */
const MOST_ALIASES = 200

function expandAlias(x: Expansion, named: NamedAlias, around: Around, take: Take): number {
  const { alias, suffix, point } = named
  const { item, scope } = alias
  if (around.path.some(step => step.alias.item === item)) {
    const loop = aliasLoop(point.span, pointText(item.name))
    return complain(x, { point: { ...point, optional: false }, around }, [loop])
  }
  if (around.path.length > MOST_ALIASES) {
    const deep = aliasTooDeep(point.span, MOST_ALIASES)
    return complain(x, { point: { ...point, optional: false }, around }, [deep])
  }
  const points = item.points.map(p => ({
    ...p,
    components: [...p.components.map(c => ofProcess(c, alias)), ...suffix],
    optional: p.optional || point.optional,
  }))
  const inner: Around = {
    ...around,
    scope,
    before: item.prologue ? [{ scope, block: item.prologue }, ...around.before] : around.before,
    after: item.epilogue ? [...around.after, { scope, block: item.epilogue }] : around.after,
    path: [...around.path, { alias, point, suffix }],
  }
  return expandList(x, points, inner, take)
}

/** In a file of the library that is for one program, `process` is that program. */
function ofProcess(c: PointComponent, { process: value }: Alias): PointComponent {
  if (value === undefined || c.name !== 'process' || c.argument !== undefined) return c
  return { ...c, argument: { kind: 'string', value, span: c.span } }
}

/** The aliases and built-in points that a point means. */
function matching(x: Expansion, point: ProbePoint): readonly PointMatch<Alias>[] | Diagnostic {
  const [first] = point.components
  if (first === undefined) return []
  const library = x.library
    .aliasSources(first.name.replace(/\*\*.*/, '*'))
    .flatMap(({ source, process }) => {
      const { file, scope } = x.names.library(source)
      return aliasesOf(file, scope, process)
    })
  const aliases = [...x.aliases, ...library].filter(a => !a.item.name.some(c => c.argument))
  const near = [...x.aliases.flatMap(a => a.item.name[0]?.name ?? []), ...x.library.aliasNames()]
  const matches = matchPoint(point.components, aliases, near)
  return 'code' in matches ? matches : withoutHidden(matches)
}

/** An alias of the library hides a built-in point of its name; one of a script adds to it. */
function withoutHidden(matches: readonly PointMatch<Alias>[]): readonly PointMatch<Alias>[] {
  const hidden = new Set(
    matches.flatMap(m =>
      m.kind === 'alias' && m.alias.scope.origin === 'library'
        ? [pointText(m.alias.item.name)]
        : [],
    ),
  )
  return matches.filter(m => m.kind === 'alias' || !hidden.has(pointText(m.components)))
}

/** Names of SystemTap's library that klew's has not yet: said so, and not taken for a mistake. */
function notHere(x: Expansion, { components }: ProbePoint): Diagnostic | undefined {
  const [first] = components
  if (first === undefined || !ELSEWHERE.has(first.name)) return undefined
  if (x.library.aliasNames().includes(first.name)) return undefined
  return notInLibrary(first.span, pointText(components))
}

const ELSEWHERE: ReadonlySet<string> = new Set(
  `_addrwatch _linuxmib _signal dw_syscall generic init ioblock ioblock_trace ioscheduler
  ioscheduler_trace ipmib irq_handler json_data kprocess linuxmib nd_syscall netdev nfs nfsd null
  prometheus scheduler scsi signal socket softirq staprun stap stapio sunrpc syscall syscall_any
  tcp tcpmib tp_syscall tty udp vfs vm workqueue`.split(/\s+/),
)

/**
 * Statements that belong to a built-in point: `input.char` has its text in a variable, and
 * `oneshot` ends the session when its handler is done.
 */
function withOwnStatements(
  around: Around,
  point: Resolution['points'][number] | undefined,
): Around {
  if (point?.kind === 'input') {
    const part = { scope: around.scope, block: inputBlock(point.unit, point.span) }
    return { ...around, before: [part, ...around.before] }
  }
  if (point?.text === 'oneshot') {
    const part = { scope: around.scope, block: exitBlock(point.span) }
    return { ...around, before: [part, ...around.before] }
  }
  return around
}

/** `char = $value` */
function inputBlock(name: 'char' | 'line', span: Span): Block {
  const target = { kind: 'name', name, span } as const
  const value = {
    kind: 'target',
    name: '$value',
    nameSpan: span,
    path: [],
    addressOf: false,
  } as const
  return {
    kind: 'block',
    span,
    statements: [
      {
        kind: 'expression',
        span,
        expression: {
          kind: 'assign',
          operator: '=',
          operatorSpan: span,
          target,
          value: { ...value, pretty: 0, span },
          span,
        },
      },
    ],
  }
}

/** `exit()` lets the handler that calls it go on to its end. */
function exitBlock(span: Span): Block {
  const expression = { kind: 'call', name: 'exit', nameSpan: span, arguments: [], span } as const
  return { kind: 'block', span, statements: [{ kind: 'expression', expression, span }] }
}

function partsOf({ before, after }: Around, own: HandlerPart): readonly HandlerPart[] {
  return dropUnused([...before, own, ...after], own)
}

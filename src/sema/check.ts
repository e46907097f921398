import type { Facts } from '../kernel/facts.ts'
import type { ScriptFile } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source, Span } from '../text/source.ts'
import { build } from './build.ts'
import { Casts } from './casts.ts'
import type { CheckedProgram } from './checked.ts'
import type { Skipped } from './component.ts'
import { type AskDefined, foldFunction, foldHandlers } from './defined.ts'
import { elaborate } from './elaborate-expression.ts'
import { elaborateOperator } from './elaborate-operator.ts'
import { type Elaboration, Entries } from './elaboration.ts'
import { elide } from './elide.ts'
import { emptyProgram, nothingToProbe } from './errors.ts'
import { aliasesOf, aliasProblems, type Expansion, expandProbe } from './expand.ts'
import { foldTests } from './fold.ts'
import { groupPoints } from './handler-groups.ts'
import { inferAll } from './infer-all.ts'
import { environmentOf, KernelView } from './kernel-view.ts'
import type { Library } from './library.ts'
import { pointConflicts } from './point-conflicts.ts'
import { resolvePoint } from './points.ts'
import { type IsKept, Reporter } from './reporter.ts'
import { resolveNames } from './resolve.ts'
import { Names } from './scope.ts'
import { collectStatistics } from './statistic.ts'
import type { FunctionSymbol, HandlerSymbol } from './symbol.ts'
import { eachStatement, walkStatement } from './walk.ts'

export interface CheckOptions {
  readonly guru: boolean
  /** Target variables that do not exist are 0 (--skip-badvars). */
  readonly suppressBadVars?: boolean
  /** Nothing is left out, though it has no effect (-u). */
  readonly unoptimised?: boolean
  /** The language is that of this SystemTap (--compatible). */
  readonly compatible?: string | undefined
  /** Elements of an array whose declaration does not say how many (-DMAXMAPENTRIES). */
  readonly mapEntries?: number
  /** Whether -c or -x names a process, where that is known. */
  readonly target?: boolean
}

export interface CheckResult {
  /** Undefined where there is an error among the diagnostics. */
  readonly program: CheckedProgram | undefined
  /** In the order of the scripts, then of the library. */
  readonly diagnostics: readonly Diagnostic[]
  /** The files of the library that were read. */
  readonly sources: readonly Source[]
  /** Functions that wildcards match and that cannot be probed. */
  readonly skipped: readonly Skipped[]
}

/**
 * Finds out what scripts mean, which share what is not private: which names stand for what, of
 * which types, and what their probe points and target variables are in this kernel. Never throws
 * because of a script; reports all mistakes in one run.
 */
export function check(
  scripts: readonly ScriptFile[],
  library: Library,
  facts: Facts,
  options: CheckOptions,
): CheckResult {
  const reporter = new Reporter()
  const { guru, compatible, suppressBadVars = false, target } = options
  const pointOptions = { guru, ...(target === undefined ? {} : { target }) }
  const environment = environmentOf(facts, guru)
  const names = new Names(scripts, { library, reporter, environment, guru, compatible })
  const kernel = new KernelView(facts)
  const skipped: Skipped[] = []
  const shared: Shared = { kernel, names, reporter, options: { suppressBadVars, guru } }
  const written = expandScripts(scripts, {
    names,
    reporter,
    library,
    skipped,
    aliases: scripts.flatMap((s, i) => aliasesOf(s, names.scripts[i] ?? names.script)),
    resolve: p => resolvePoint(kernel, p, pointOptions),
  })
  const handlers = analyse(shared, written, options)
  if (handlers.length === 0 && !reporter.failed) reportNothing(reporter, scripts)
  const casts = castsOf(shared, handlers)
  const program = build({ ...shared, casts }, handlers, options.mapEntries)
  return {
    program: reporter.failed ? undefined : program,
    diagnostics: inOrder(
      reporter.diagnostics,
      scripts.map(s => s.span.source),
    ),
    sources: names.sources,
    skipped,
  }
}

type Shared = Pick<Elaboration, 'kernel' | 'names' | 'reporter' | 'options'>

function expandScripts(scripts: readonly ScriptFile[], x: Expansion): readonly HandlerSymbol[] {
  for (const d of aliasProblems(x.aliases)) x.reporter.report(d)
  const handlers = scripts.flatMap((script, i) =>
    script.items.flatMap(item =>
      item.kind === 'probe' ? expandProbe(x, item, x.names.scripts[i]) : [],
    ),
  )
  for (const d of pointConflicts(handlers)) x.reporter.report(d)
  return handlers
}

/** Finds names, leaves out what has no effect, and finds types; gives what is left to run. */
function analyse(
  shared: Shared,
  written: readonly HandlerSymbol[],
  { unoptimised = false }: CheckOptions,
): readonly HandlerSymbol[] {
  const ask = asker(shared, written)
  const folded = foldHandlers(shared.kernel, written, ask)
  const resolved = resolveNames(shared, folded, f => foldFunction(f, ask))
  const { functions } = resolved
  // After a mistake, what is said of things left out would only follow from it.
  const reporter = shared.reporter.failed ? new Reporter() : shared.reporter
  const handlers = unoptimised ? folded : elide({ ...shared, reporter }, folded, functions)
  const bodies = [
    ...handlers.map(owner => ({ owner, parts: owner.parts })),
    ...functions.map(owner => {
      const { body, scope } = owner
      return { owner, parts: body.kind === 'block' ? [{ scope, block: body }] : [] }
    }),
  ]
  collectStatistics(shared, bodies)
  inferAll(shared, handlers, resolved)
  if (unoptimised || shared.reporter.failed) {
    shared.reporter.settle(() => true)
    return handlers
  }
  foldTests(handlers, functions)
  const left = elide(shared, handlers, functions)
  if (shared.reporter.inDoubt) shared.reporter.settle(keptIn(left, functions))
  return left
}

/** Tells of a place whether it is in what is left to run. */
function keptIn(handlers: readonly HandlerSymbol[], functions: readonly FunctionSymbol[]): IsKept {
  const kept = new Set<string>()
  const key = ({ source, start, end }: Span): string => `${source.name}:${start}:${end}`
  const blocks = handlers.flatMap(h => h.parts.map(p => p.block))
  const bodies = functions.flatMap(f => (f.body.kind === 'block' ? [f.body] : []))
  for (const block of [...blocks, ...bodies]) {
    eachStatement(block, s => kept.add(key(s.span)))
    walkStatement(block, e => kept.add(key(e.span)))
  }
  return span => kept.has(key(span))
}

/** Builds what a `@defined` asks about, and looks whether that works. */
function asker(shared: Shared, handlers: readonly HandlerSymbol[]): AskDefined {
  const casts = castsOf(shared, handlers)
  return (e, at) => {
    const b: Elaboration = {
      ...shared,
      ...at,
      casts,
      objects: { globals: new Map(), functions: new Map() },
      locals: new Map(),
      entries: new Entries(),
      atEntry: false,
    }
    const value = elaborateOperator(b, e, elaborate)
    return value.kind === 'number' && value.value !== 0n
  }
}

function castsOf({ kernel, names }: Shared, handlers: readonly HandlerSymbol[]): Casts {
  const pointsOf = (h: HandlerSymbol): readonly HandlerSymbol['points'][number]['point'][] =>
    groupPoints(kernel, h).flatMap(([first]) => (first === undefined ? [] : [first.point]))
  return new Casts({ kernel, names, handlers, pointsOf })
}

function reportNothing(reporter: Reporter, scripts: readonly ScriptFile[]): void {
  const [first] = scripts
  const [probe] = scripts.flatMap(s => s.items.filter(i => i.kind === 'probe'))
  const span = probe?.points[0]?.span
  if (span !== undefined) reporter.report(nothingToProbe(span))
  else if (first !== undefined) reporter.report(emptyProgram(first.span))
}

function inOrder(
  diagnostics: readonly Diagnostic[],
  scripts: readonly Source[],
): readonly Diagnostic[] {
  const rank = (d: Diagnostic): number => {
    const at = scripts.indexOf(d.span.source)
    return at < 0 ? scripts.length : at
  }
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || a.span.start - b.span.start)
}

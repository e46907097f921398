import type { Facts } from '../kernel/facts.ts'
import type { ScriptFile } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import { isBroken, typeOf } from './cell.ts'
import type {
  CheckedFunction,
  CheckedProbe,
  CheckedProgram,
  CheckedStatement,
  Global,
} from './checked.ts'
import type { Skipped } from './component.ts'
import { elaborateStatement } from './elaborate.ts'
import { type CalledFunction, type Elaboration, Entries, localsOf } from './elaboration.ts'
import { emptyProgram, nothingToProbe } from './errors.ts'
import { aliasesOf, type Expansion, expandProbe } from './expand.ts'
import { buildHandler } from './handlers.ts'
import { inferAll } from './infer-all.ts'
import { environmentOf, KernelView } from './kernel-view.ts'
import type { Library } from './library.ts'
import { resolvePoint } from './points.ts'
import { calledBy, reachable } from './reach.ts'
import { Reporter } from './reporter.ts'
import { Names } from './scope.ts'
import type { FunctionSymbol, GlobalSymbol, HandlerSymbol } from './symbol.ts'

export interface CheckOptions {
  readonly guru: boolean
  /** Target variables that do not exist are 0 (--skip-badvars). */
  readonly suppressBadVars?: boolean
}

export interface CheckResult {
  /** Undefined where there is an error among the diagnostics. */
  readonly program: CheckedProgram | undefined
  /** In the order of the script, then of the library. */
  readonly diagnostics: readonly Diagnostic[]
  /** The files of the library that were read. */
  readonly sources: readonly Source[]
  /** Functions that wildcards match and that cannot be probed. */
  readonly skipped: readonly Skipped[]
}

/**
 * Finds out what a script means: which names stand for what, of which types, and what its probe
 * points and target variables are in this kernel. Never throws because of a script; reports all
 * mistakes of it in one run.
 */
export function check(
  script: ScriptFile,
  library: Library,
  facts: Facts,
  options: CheckOptions,
): CheckResult {
  const reporter = new Reporter()
  const environment = environmentOf(facts, options.guru)
  const names = new Names(script, { library, reporter, environment })
  const kernel = new KernelView(facts)
  const skipped: Skipped[] = []
  const handlers = expandScript(script, {
    names,
    reporter,
    library,
    skipped,
    aliases: aliasesOf(script, names.script),
    resolve: p => resolvePoint(kernel, p),
  })
  inferAll({ names, reporter }, handlers)
  const { suppressBadVars = false } = options
  const shared = { kernel, names, reporter, options: { suppressBadVars } }
  const program = build(shared, handlers)
  return {
    program: reporter.failed ? undefined : program,
    diagnostics: inOrder(reporter.diagnostics, script.span.source),
    sources: names.sources,
    skipped,
  }
}

function expandScript(script: ScriptFile, x: Expansion): readonly HandlerSymbol[] {
  const probes = script.items.filter(item => item.kind === 'probe')
  const handlers = probes.flatMap(probe => expandProbe(x, probe))
  if (probes.length === 0) x.reporter.report(emptyProgram(script.span))
  else if (handlers.length === 0 && !x.reporter.failed) {
    x.reporter.report(nothingToProbe(probes[0]?.points[0]?.span ?? script.span))
  }
  return handlers
}

type Shared = Pick<Elaboration, 'kernel' | 'names' | 'reporter' | 'options'>

function build(shared: Shared, handlers: readonly HandlerSymbol[]): CheckedProgram {
  const globals = new Map(shared.names.globals.map((g, id) => [g, globalOf(g, id)]))
  const called = reachable(handlers)
  const functions = new Map(called.map((f, id) => [f, signature(f, id)]))
  const all = { ...shared, objects: { globals, functions } }
  // Functions that nobody calls are looked at for their mistakes, and left out.
  const unused = [...shared.names.script.functions.values()].flat().filter(f => !functions.has(f))
  for (const f of unused) bodyOf(all, f)
  const probes: CheckedProbe[] = handlers.flatMap(h => buildHandler(all, h))
  return {
    globals: [...globals.values()],
    functions: called.map((f, id) => functionOf(all, f, id)),
    probes,
  }
}

/** What an array holds by default; -DMAXMAPENTRIES. */
const MAXMAPENTRIES = 2048

function globalOf(symbol: GlobalSymbol, id: number): Global {
  const { item, name, origin, read, written } = symbol
  return {
    name,
    id,
    type: typeOf(symbol.value) ?? 'long',
    keys: (symbol.keys ?? []).map(k => typeOf(k) ?? 'long'),
    initial: item.initial?.value,
    capacity: item.size === undefined ? MAXMAPENTRIES : Number(item.size),
    wrap: item.wrap,
    displayAtEnd: origin === 'script' && written && !read,
    span: item.nameSpan,
  }
}

function signature(f: FunctionSymbol, id: number): CalledFunction {
  const type = typeOf(f.result) ?? 'long'
  const wanted = !f.native && typeOf(f.result) !== undefined
  const isVoid = !f.givesValue && !wanted && !isBroken(f.result)
  return { id, name: f.name, result: isVoid ? 'void' : type }
}

type Built = Omit<Elaboration, 'owner' | 'scope' | 'locals' | 'point' | 'entries' | 'atEntry'>

function functionOf(shared: Built, f: FunctionSymbol, id: number): CheckedFunction {
  const { body, locals } = bodyOf(shared, f)
  return {
    name: f.name,
    id,
    parameterCount: f.parameters.length,
    locals,
    result: signature(f, id).result,
    body: f.native ? { kind: 'native' } : body,
    recursive: calledBy(f).has(f),
    span: f.item.nameSpan,
  }
}

function bodyOf(
  shared: Built,
  owner: FunctionSymbol,
): { readonly body: CheckedStatement; readonly locals: CheckedFunction['locals'] } {
  const locals = localsOf(owner)
  const b: Elaboration = {
    ...shared,
    owner,
    scope: owner.scope,
    locals,
    point: undefined,
    entries: new Entries(),
    atEntry: false,
  }
  const { body } = owner.item
  const statement: CheckedStatement =
    body.kind === 'block' ? elaborateStatement(b, body) : { kind: 'block', statements: [] }
  return { body: statement, locals: [...locals.values()] }
}

function inOrder(diagnostics: readonly Diagnostic[], script: Source): readonly Diagnostic[] {
  const rank = (d: Diagnostic): number => (d.span.source === script ? 0 : 1)
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || a.span.start - b.span.start)
}

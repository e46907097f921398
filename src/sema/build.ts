import { isBroken, typeOf } from './cell.ts'
import type {
  CheckedFunction,
  CheckedProgram,
  CheckedStatement,
  EmbeddedBody,
  Global,
} from './checked.ts'
import { elaborateStatement } from './elaborate.ts'
import { type CalledFunction, type Elaboration, Entries, localsOf } from './elaboration.ts'
import { buildHandler } from './handlers.ts'
import { reachable, recursive } from './reach.ts'
import { statisticUse } from './statistic.ts'
import type { FunctionSymbol, GlobalSymbol, HandlerSymbol } from './symbol.ts'

type Shared = Pick<Elaboration, 'kernel' | 'names' | 'reporter' | 'options' | 'casts'>

/**
 * The checked tree of handlers and of what they call, once names and types are found. `mapEntries`
 * is what an array holds whose declaration does not say so.
 */
export function build(
  shared: Shared,
  handlers: readonly HandlerSymbol[],
  mapEntries: number = MAXMAPENTRIES,
): CheckedProgram {
  const used = shared.names.globals.filter(g => g.read || g.written)
  const globals = new Map(used.map((g, id) => [g, globalOf(g, id, mapEntries)]))
  const called = reachable(handlers)
  const functions = new Map(called.map((f, id) => [f, signature(f, id)]))
  const all = { ...shared, objects: { globals, functions } }
  const probes = handlers.flatMap(h => buildHandler(all, h))
  const circular = recursive(called)
  return {
    globals: [...globals.values()],
    functions: called.map((f, id) => functionOf(all, f, { id, recursive: circular.has(f) })),
    probes,
  }
}

/** -DMAXMAPENTRIES, when it is not given. */
const MAXMAPENTRIES = 2048

function globalOf(symbol: GlobalSymbol, id: number, mapEntries: number): Global {
  const { item, name, origin, read, written, statistic } = symbol
  const displayAtEnd = origin === 'script' && written && !read
  return {
    name,
    id,
    type: statistic ? 'statistic' : (typeOf(symbol.value) ?? 'long'),
    ...(statistic && { statistic: statisticUse(statistic, displayAtEnd) }),
    keys: (symbol.keys ?? []).map(k => typeOf(k) ?? 'long'),
    initial: item.initial?.value,
    capacity: item.size === undefined ? mapEntries : Number(item.size),
    wrap: item.wrap,
    displayAtEnd,
    span: item.nameSpan,
  }
}

function signature(f: FunctionSymbol, id: number): CalledFunction {
  const type = typeOf(f.result) ?? 'long'
  const wanted = !f.native && typeOf(f.result) !== undefined
  const isVoid = !f.givesValue && !wanted && !isBroken(f.result)
  return { id, name: f.name, result: isVoid ? 'void' : type, fallsThrough: f.fallsThrough }
}

type Built = Omit<Elaboration, 'owner' | 'scope' | 'locals' | 'point' | 'entries' | 'atEntry'>

function functionOf(
  shared: Built,
  f: FunctionSymbol,
  { id, recursive }: Pick<CheckedFunction, 'id' | 'recursive'>,
): CheckedFunction {
  const { body, locals } = bodyOf(shared, f)
  return {
    name: f.name,
    id,
    parameterCount: f.parameters.length,
    locals,
    result: signature(f, id).result,
    body: f.native ? { kind: 'native' } : (embeddedOf(shared, f) ?? body),
    recursive,
    span: f.item.nameSpan,
  }
}

function embeddedOf({ names, objects }: Built, f: FunctionSymbol): EmbeddedBody | undefined {
  const { body, pragmas, scope } = f
  if (pragmas === undefined || body.kind !== 'embedded') return undefined
  const find = (name: string): readonly Global[] => {
    const symbol = names.global(name, scope)
    const global = symbol && objects.globals.get(symbol)
    return global === undefined ? [] : [global]
  }
  const { reads, writes } = pragmas
  const kind = 'embedded-body'
  return { kind, text: body.text, reads: reads.flatMap(find), writes: writes.flatMap(find) }
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
  const { body } = owner
  const statement: CheckedStatement =
    body.kind === 'block' ? elaborateStatement(b, body) : { kind: 'block', statements: [] }
  return { body: statement, locals: [...locals.values()] }
}

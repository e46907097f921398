import type { Block, EmbeddedCode, FunctionItem, GlobalItem, ScriptFile } from '../syntax/ast.ts'
import { type ParseOptions, parse } from '../syntax/parser.ts'
import { printNames } from '../syntax/print-call.ts'
import { nearest } from '../text/nearest.ts'
import type { Source } from '../text/source.ts'
import { known, unknown } from './cell.ts'
import { duplicateGlobal, duplicateParameter, embeddedNeedsGuru } from './errors.ts'
import type { Library, LibrarySource } from './library.ts'
import { isNativeText, pragmasOf } from './pragmas.ts'
import type { Reporter } from './reporter.ts'
import type { FunctionSymbol, GlobalSymbol, LocalSymbol, Origin, Scope } from './symbol.ts'
import { mayGoOn } from './walk.ts'

export interface NamesInput {
  readonly library: Library
  readonly reporter: Reporter
  /** What conditionals in library files may ask about. */
  readonly environment: ParseOptions['environment']
  /** Embedded C is allowed in scripts. */
  readonly guru?: boolean
  readonly compatible?: string | undefined
}

/** Keywords that, misspelt, read like the name of a function: `whle (i < 3) …`. */
const statementWords = ['while', 'foreach']

export interface LibraryFile {
  readonly file: ScriptFile
  readonly scope: Scope
}

/**
 * The names of the scripts, which share what is not private, and of the library files that they
 * come to need. Functions that a script defines go before those of the library, also where the
 * library itself calls them.
 */
export class Names {
  /** What the first script sees. */
  readonly script: Scope
  readonly scripts: readonly Scope[]
  readonly #input: NamesInput
  readonly #files = new Map<Source, LibraryFile>()
  readonly #globals: GlobalSymbol[] = []
  readonly #shared = new Map<string, GlobalSymbol>()
  readonly #declaring = new Set<Source>()

  constructor(scripts: readonly ScriptFile[], input: NamesInput) {
    this.#input = input
    this.scripts = scripts.map(file => this.#scopeOf(file, 'script'))
    this.script = this.scripts[0] ?? {
      origin: 'script',
      globals: new Map(),
      functions: new Map(),
    }
  }

  /** Every global of the scripts, then those of the library files read so far. */
  get globals(): readonly GlobalSymbol[] {
    return this.#globals
  }

  /** The library files that were read. */
  get sources(): readonly Source[] {
    return [...this.#files.keys()]
  }

  /**
   * The functions that a call may come to, in the order in which they are tried: of its own file
   * where that has a private one, of the scripts, and of the library. Those of the library stand
   * behind one that cannot go on only when the library itself has them in one file.
   */
  candidates(name: string, arity: number, from: Scope): readonly FunctionSymbol[] {
    const own = withArity(from.functions.get(name), arity)
    const hidden = own.filter(f => f.item.private)
    if (hidden.length > 0) return byPriority(own)
    const scripts = this.scripts.flatMap(s => withArity(s.functions.get(name), arity))
    const script = byPriority(scripts.filter(f => !f.item.private))
    if (script.length > 0 && !script.every(f => f.fallsThrough)) return script
    return [...script, ...byPriority(reached(this.#inLibrary(name, arity)))]
  }

  /** All functions of this name that are seen, whatever their number of parameters. */
  functionsNamed(name: string, from: Scope): readonly FunctionSymbol[] {
    const near = from.functions.get(name) ?? []
    const scripts = this.scripts
      .filter(s => s !== from)
      .flatMap(s => s.functions.get(name) ?? [])
      .filter(f => !f.item.private)
    return [...near, ...scripts, ...this.#libraryFunctions(name)]
  }

  global(name: string, from: Scope): GlobalSymbol | undefined {
    const own = from.globals.get(name) ?? this.#shared.get(name)
    return own ?? this.#inLibraryGlobals(name)
  }

  nearFunctions(name: string, from: Scope): readonly string[] {
    const names = [from, ...this.scripts].flatMap(s => [...s.functions.keys()])
    const library = this.#input.library.functionNames().filter(n => !n.startsWith('__'))
    // A function of this very name is private to another file.
    const known = new Set([...names, ...library, ...statementWords, ...printNames])
    known.delete(name)
    return nearest(name, known, 3)
  }

  /** A library file with its names, which is read now if it was not. */
  library(source: Source): LibraryFile {
    let known = this.#files.get(source)
    if (known === undefined) {
      const { file, diagnostics } = this.#read(source)
      for (const d of diagnostics) this.#input.reporter.report(d)
      this.#declaring.add(source)
      known = { file, scope: this.#scopeOf(file, 'library') }
      this.#declaring.delete(source)
      this.#files.set(source, known)
    }
    return known
  }

  #read(source: Source): ReturnType<typeof parse> {
    const { environment, compatible, library } = this.#input
    return parse(source, {
      arguments: [],
      guru: true,
      library: true,
      macroSource: name => library.macroSource(name),
      ...(environment && { environment }),
      ...(compatible !== undefined && { compatible }),
    })
  }

  #inLibrary(name: string, arity: number): readonly FunctionSymbol[] {
    return withArity(this.#libraryFunctions(name), arity)
  }

  #libraryFunctions(name: string): readonly FunctionSymbol[] {
    return this.#scopes(this.#input.library.functionSources(name))
      .flatMap(scope => scope.functions.get(name) ?? [])
      .filter(f => !f.item.private)
  }

  #inLibraryGlobals(name: string): GlobalSymbol | undefined {
    return this.#scopes(this.#input.library.globalSources(name))
      .map(scope => scope.globals.get(name))
      .find(g => g !== undefined && !g.item.private)
  }

  #scopes(sources: readonly LibrarySource[]): readonly Scope[] {
    return sources
      .filter(({ source }) => !this.#declaring.has(source))
      .map(({ source }) => this.library(source).scope)
  }

  #scopeOf(file: ScriptFile, origin: Origin): Scope {
    const globals = new Map<string, GlobalSymbol>()
    const functions = new Map<string, FunctionSymbol[]>()
    const scope = { origin, globals, functions }
    for (const item of file.items) {
      if (item.kind === 'global') this.#declareGlobal(globals, item, origin)
      else if (item.kind === 'function') this.#declareFunction(functions, item, scope)
      else if (item.kind === 'embedded-item') this.#allowEmbedded(item.code, origin)
    }
    return scope
  }

  #declareGlobal(globals: Map<string, GlobalSymbol>, item: GlobalItem, origin: Origin): void {
    const first = globals.get(item.name)
    if (first !== undefined) {
      this.#input.reporter.report(duplicateGlobal(item.nameSpan, item.name, first.item.nameSpan))
      return
    }
    const shared = origin === 'script' && !item.private
    // Two scripts that declare one name mean one global.
    const symbol = (shared ? this.#shared.get(item.name) : undefined) ?? globalOf(item, origin)
    globals.set(item.name, symbol)
    if (symbol.item === item) this.#globals.push(symbol)
    if (shared) this.#shared.set(item.name, symbol)
  }

  #declareFunction(
    functions: Map<string, FunctionSymbol[]>,
    item: FunctionItem,
    scope: Scope,
  ): void {
    const others = functions.get(item.name) ?? []
    functions.set(item.name, [...others, this.#functionOf(item, scope)])
  }

  #functionOf(item: FunctionItem, scope: Scope): FunctionSymbol {
    const native = isNative(item.body, scope.origin)
    const embedded = item.body.kind === 'embedded' && !native ? item.body : undefined
    if (embedded) this.#allowEmbedded(embedded, scope.origin)
    const locals = new Map<string, LocalSymbol>()
    return {
      kind: 'function',
      name: item.name,
      item,
      scope,
      parameters: this.#parametersOf(item, locals),
      locals,
      calls: new Set(),
      changes: new Set(),
      result: item.type === undefined ? unknown() : known(item.type, item.nameSpan),
      givesValue: item.type !== undefined,
      plainReturn: undefined,
      native,
      pragmas: embedded && pragmasOf(embedded.text),
      body: item.body,
      fallsThrough: mayGoOn(item.body),
    }
  }

  #parametersOf(item: FunctionItem, locals: Map<string, LocalSymbol>): readonly LocalSymbol[] {
    return item.parameters.map(({ name, type, span }) => {
      const cell = type === undefined ? unknown() : known(type, span)
      const symbol = { kind: 'local', name, cell, parameter: true, assigned: true } as const
      const parameter: LocalSymbol = { ...symbol, firstRead: undefined, span }
      if (locals.has(name)) this.#input.reporter.report(duplicateParameter(span, name))
      else locals.set(name, parameter)
      return parameter
    })
  }

  #allowEmbedded(code: EmbeddedCode, origin: Origin): void {
    if (origin === 'script' && !this.#input.guru) {
      this.#input.reporter.reportOnce(embeddedNeedsGuru(code.span))
    }
  }
}

function globalOf(item: GlobalItem, origin: Origin): GlobalSymbol {
  const { initial, name } = item
  const scalar = initial !== undefined
  return {
    kind: 'global',
    name,
    item,
    origin,
    value: scalar ? known(initial.kind === 'number' ? 'long' : 'string', initial.span) : unknown(),
    keys: scalar ? [] : undefined,
    shapedAt: scalar ? item.nameSpan : undefined,
    read: false,
    written: false,
    statistic: undefined,
  }
}

function withArity(
  functions: readonly FunctionSymbol[] | undefined,
  arity: number,
): readonly FunctionSymbol[] {
  return functions?.filter(f => f.parameters.length === arity) ?? []
}

/** Up to the first that cannot go on to the next one. */
function reached(list: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  const last = list.findIndex(f => !f.fallsThrough)
  return last < 0 ? list : list.slice(0, last + 1)
}

/** Lower numbers go first; those without one before the numbered ones, as they stand. */
function byPriority(functions: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  const rank = (f: FunctionSymbol): bigint =>
    f.item.priority ?? (f.scope.origin === 'script' ? 0n : 1n)
  return [...functions].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0))
}

function isNative(body: Block | EmbeddedCode, origin: Origin): boolean {
  return origin === 'library' && body.kind === 'embedded' && isNativeText(body.text)
}

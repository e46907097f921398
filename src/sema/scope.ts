import type { Block, EmbeddedCode, FunctionItem, GlobalItem, ScriptFile } from '../syntax/ast.ts'
import { type ParseOptions, parse } from '../syntax/parser.ts'
import { nearest } from '../text/nearest.ts'
import type { Source } from '../text/source.ts'
import { broken, known, unknown } from './cell.ts'
import { duplicateFunction, duplicateGlobal, duplicateParameter, noEmbeddedCode } from './errors.ts'
import type { Library } from './library.ts'
import type { Reporter } from './reporter.ts'
import type { FunctionSymbol, GlobalSymbol, LocalSymbol, Origin, Scope } from './symbol.ts'

export interface NamesInput {
  readonly library: Library
  readonly reporter: Reporter
  /** What conditionals in library files may ask about. */
  readonly environment: ParseOptions['environment']
}

export interface LibraryFile {
  readonly file: ScriptFile
  readonly scope: Scope
}

/**
 * The names of a script and of the library files that it comes to need. Functions that the script
 * defines go before those of the library, also where the library itself calls them.
 */
export class Names {
  readonly script: Scope
  readonly #library: Library
  readonly #reporter: Reporter
  readonly #environment: ParseOptions['environment']
  readonly #files = new Map<Source, LibraryFile>()
  readonly #globals: GlobalSymbol[] = []

  constructor(file: ScriptFile, { library, reporter, environment }: NamesInput) {
    this.#library = library
    this.#reporter = reporter
    this.#environment = environment
    this.script = this.#scopeOf(file, 'script')
  }

  /** Every global of the script, then those of the library files read so far. */
  get globals(): readonly GlobalSymbol[] {
    return this.#globals
  }

  /** The library files that were read. */
  get sources(): readonly Source[] {
    return [...this.#files.keys()]
  }

  /** The function that a call means: of its own file, of the script, or of the library. */
  function(name: string, arity: number, from: Scope): FunctionSymbol | undefined {
    const own = withArity(from.functions.get(name), arity)
    if (own?.item.private || from === this.script) return own ?? this.#inLibrary(name, arity)
    return withArity(this.script.functions.get(name), arity) ?? own ?? this.#inLibrary(name, arity)
  }

  /** All functions of this name that are seen, whatever their number of parameters. */
  functionsNamed(name: string, from: Scope): readonly FunctionSymbol[] {
    const near = from.functions.get(name) ?? []
    const script = from === this.script ? [] : (this.script.functions.get(name) ?? [])
    return [...near, ...script, ...this.#libraryFunctions(name)]
  }

  global(name: string, from: Scope): GlobalSymbol | undefined {
    const own = from.globals.get(name)
    if (own !== undefined || from === this.script) return own
    const shared = this.script.globals.get(name)
    return shared?.item.private ? undefined : shared
  }

  nearFunctions(name: string, from: Scope): readonly string[] {
    const names = [...from.functions.keys(), ...this.script.functions.keys()]
    const library = this.#library.functionNames().filter(n => !n.startsWith('__'))
    return nearest(name, new Set([...names, ...library]), 3)
  }

  /** A library file with its names, which is read now if it was not. */
  library(source: Source): LibraryFile {
    let known = this.#files.get(source)
    if (known === undefined) {
      const { file, diagnostics } = this.#read(source)
      for (const d of diagnostics) this.#reporter.report(d)
      known = { file, scope: this.#scopeOf(file, 'library') }
      this.#files.set(source, known)
    }
    return known
  }

  #read(source: Source): ReturnType<typeof parse> {
    const environment = this.#environment
    return parse(source, { arguments: [], library: true, ...(environment && { environment }) })
  }

  #inLibrary(name: string, arity: number): FunctionSymbol | undefined {
    return withArity(this.#libraryFunctions(name), arity)
  }

  #libraryFunctions(name: string): readonly FunctionSymbol[] {
    return this.#library
      .functionSources(name)
      .flatMap(({ source }) => this.library(source).scope.functions.get(name) ?? [])
      .filter(f => !f.item.private)
  }

  #scopeOf(file: ScriptFile, origin: Origin): Scope {
    const globals = new Map<string, GlobalSymbol>()
    const functions = new Map<string, FunctionSymbol[]>()
    const scope = { origin, globals, functions }
    for (const item of file.items) {
      if (item.kind === 'global') this.#declareGlobal(globals, item, origin)
      else if (item.kind === 'function') this.#declareFunction(functions, item, scope)
      else if (item.kind === 'embedded-item') this.#refuseEmbedded(item.code)
    }
    return scope
  }

  #declareGlobal(globals: Map<string, GlobalSymbol>, item: GlobalItem, origin: Origin): void {
    const first = globals.get(item.name)
    if (first !== undefined) {
      this.#reporter.report(duplicateGlobal(item.nameSpan, item.name, first.item.nameSpan))
      return
    }
    const { initial } = item
    const scalar = initial !== undefined
    const symbol: GlobalSymbol = {
      kind: 'global',
      name: item.name,
      item,
      origin,
      value: scalar
        ? known(initial.kind === 'number' ? 'long' : 'string', initial.span)
        : unknown(),
      keys: scalar ? [] : undefined,
      shapedAt: scalar ? item.nameSpan : undefined,
      read: false,
      written: false,
    }
    globals.set(item.name, symbol)
    this.#globals.push(symbol)
  }

  #declareFunction(
    functions: Map<string, FunctionSymbol[]>,
    item: FunctionItem,
    scope: Scope,
  ): void {
    const others = functions.get(item.name) ?? []
    const arity = item.parameters.length
    const twin = others.find(f => f.parameters.length === arity)
    if (twin !== undefined) {
      const first = twin.item.nameSpan
      this.#reporter.report(duplicateFunction(item.nameSpan, item.name, first))
      return
    }
    functions.set(item.name, [...others, this.#functionOf(item, scope)])
  }

  #functionOf(item: FunctionItem, scope: Scope): FunctionSymbol {
    const native = isNative(item.body, scope.origin)
    if (item.body.kind === 'embedded' && !native) this.#refuseEmbedded(item.body)
    const locals = new Map<string, LocalSymbol>()
    const parameters = item.parameters.map(({ name, type, span }): LocalSymbol => {
      const cell = type === undefined ? unknown() : known(type, span)
      const symbol = { kind: 'local', name, cell, parameter: true, assigned: true } as const
      const parameter: LocalSymbol = { ...symbol, firstRead: undefined }
      if (locals.has(name)) this.#reporter.report(duplicateParameter(span, name))
      else locals.set(name, parameter)
      return parameter
    })
    return {
      kind: 'function',
      name: item.name,
      item,
      scope,
      parameters,
      locals,
      calls: new Set(),
      changes: new Set(),
      result: resultCell(item, native),
      givesValue: item.type !== undefined || (item.body.kind === 'embedded' && !native),
      native,
    }
  }

  #refuseEmbedded(code: EmbeddedCode): void {
    this.#reporter.reportOnce(noEmbeddedCode(code.span))
  }
}

function withArity(
  functions: readonly FunctionSymbol[] | undefined,
  arity: number,
): FunctionSymbol | undefined {
  return functions?.find(f => f.parameters.length === arity)
}

function isNative(body: Block | EmbeddedCode, origin: Origin): boolean {
  return origin === 'library' && body.kind === 'embedded' && body.text.trim() === 'native'
}

function resultCell(item: FunctionItem, native: boolean): FunctionSymbol['result'] {
  if (item.type !== undefined) return known(item.type, item.nameSpan)
  return item.body.kind === 'embedded' && !native ? broken() : unknown()
}

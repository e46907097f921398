import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import type { Casts } from './casts.ts'
import { typeOf } from './cell.ts'
import type {
  CheckedExpression,
  CheckedFunctionRef,
  Global,
  Local,
  ResolvedPoint,
  ValueType,
} from './checked.ts'
import type { KernelView } from './kernel-view.ts'
import type { Reporter } from './reporter.ts'
import type { Names } from './scope.ts'
import type { FunctionSymbol, GlobalSymbol, LocalSymbol, OwnerSymbol, Scope } from './symbol.ts'

/** What symbols have become in the checked tree. */
export interface Objects {
  readonly globals: ReadonlyMap<GlobalSymbol, Global>
  readonly functions: ReadonlyMap<FunctionSymbol, CalledFunction>
}

/**
 * Where the checked tree is being built: types are known now, and target variables are looked up
 * for one point, which stands for all that run the same handler.
 */
export interface Elaboration {
  readonly kernel: KernelView
  readonly names: Names
  readonly objects: Objects
  readonly reporter: Reporter
  readonly options: ElaborationOptions
  /** The C types of what the script stores. */
  readonly casts: Casts
  readonly owner: OwnerSymbol
  readonly scope: Scope
  readonly locals: ReadonlyMap<LocalSymbol, Local>
  /** Undefined in functions. */
  readonly point: ResolvedPoint | undefined
  readonly entries: Entries
  /** Inside what is worked out at function entry, where locals have no values. */
  readonly atEntry: boolean
}

export interface ElaborationOptions {
  /** Target variables that do not exist are 0. */
  readonly suppressBadVars: boolean
  readonly guru: boolean
}

/** The values that a `.return` handler saves at function entry, each once. */
export class Entries {
  readonly list: CheckedExpression[] = []
  readonly #known = new Map<string, number>()

  add(e: CheckedExpression): number {
    const key = shapeOf(e)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#known.set(key, this.list.length)
    return this.list.push(e) - 1
  }
}

/** Equal for expressions that mean the same, wherever they stand. */
export function shapeOf(e: CheckedExpression): string {
  return JSON.stringify(e, (key, value: unknown) => {
    if (key === 'span' || key === 'operatorSpan') return undefined
    return typeof value === 'bigint' ? `${value}n` : value
  })
}

export function localsOf(owner: OwnerSymbol): Map<LocalSymbol, Local> {
  const locals = new Map<LocalSymbol, Local>()
  for (const symbol of owner.locals.values()) {
    const { name } = symbol
    locals.set(symbol, { name, id: locals.size, type: typeOf(symbol.cell) ?? 'long' })
  }
  return locals
}

/** Stands where a mistake was reported; the tree that holds it is never used. */
export function nothing(span: Span, type: ValueType = 'long'): CheckedExpression {
  return type === 'long'
    ? { kind: 'number', type, value: 0n, span }
    : { kind: 'string', type, value: '', span }
}

export function number(value: bigint, span: Span): CheckedExpression {
  return { kind: 'number', type: 'long', value, span }
}

export function mistake(b: Elaboration, diagnostic: Diagnostic): CheckedExpression {
  b.reporter.report(diagnostic)
  return nothing(diagnostic.span)
}

export interface CalledFunction extends CheckedFunctionRef {
  readonly result: ValueType | 'void'
  /** It may give a call to the next overload. */
  readonly fallsThrough: boolean
}

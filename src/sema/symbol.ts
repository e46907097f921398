import type {
  Block,
  EmbeddedCode,
  Expression,
  FunctionItem,
  GlobalItem,
  ProbePoint,
} from '../syntax/ast.ts'
import type { Span } from '../text/source.ts'
import type { Cell } from './cell.ts'
import type { Extractor, HistogramShape, ResolvedPoint } from './checked.ts'
import type { Pragmas } from './pragmas.ts'

/** What names stand for, and what is found out about it before the checked tree is built. */

export interface LocalSymbol {
  readonly kind: 'local'
  readonly name: string
  readonly cell: Cell
  readonly parameter: boolean
  /** Something is stored in it. */
  assigned: boolean
  firstRead: Span | undefined
  /** Where it stands first. */
  readonly span: Span
}

export interface GlobalSymbol {
  readonly kind: 'global'
  readonly name: string
  readonly item: GlobalItem
  readonly origin: Origin
  readonly value: Cell
  /** Types of the keys; empty for a scalar; undefined until the first use tells. */
  keys: readonly Cell[] | undefined
  /** The use that told. */
  shapedAt: Span | undefined
  read: boolean
  written: boolean
  /** It collects values, by `<<<`; what is asked of it. */
  statistic: StatisticFacts | undefined
}

export interface StatisticFacts {
  /** The first use that told. */
  readonly since: Span
  readonly extractors: Set<Extractor>
  histogram: { readonly shape: HistogramShape; readonly span: Span } | undefined
  shift: { readonly bits: number; readonly span: Span } | undefined
}

export type VariableSymbol = LocalSymbol | GlobalSymbol

export type Origin = 'script' | 'library'

/** What the parts of one file see. */
export interface Scope {
  readonly origin: Origin
  readonly globals: ReadonlyMap<string, GlobalSymbol>
  /** By name; several differ in the number of parameters. */
  readonly functions: ReadonlyMap<string, readonly FunctionSymbol[]>
}

/** What has locals of its own. */
interface Owner {
  readonly locals: Map<string, LocalSymbol>
  readonly calls: Set<FunctionSymbol>
  /** Arrays that it changes itself. */
  readonly changes: Set<GlobalSymbol>
}

export interface FunctionSymbol extends Owner {
  readonly kind: 'function'
  readonly name: string
  readonly item: FunctionItem
  readonly scope: Scope
  readonly parameters: readonly LocalSymbol[]
  readonly result: Cell
  /** It has a type, or returns something somewhere. */
  givesValue: boolean
  /** A `return` without a value. */
  plainReturn: Span | undefined
  readonly native: boolean
  /** What its C says about itself; of functions with a body of C only. */
  readonly pragmas: Pragmas | undefined
  /** The body as written, or what is left of it without what has no effect. */
  body: Block | EmbeddedCode
  /** A body of the script's language that has `next`, or C that may: the next overload is tried. */
  readonly fallsThrough: boolean
}

/** A handler: a body, and the points that it is written for. */
export interface HandlerSymbol extends Owner {
  readonly kind: 'handler'
  /** Alias prologues, the body, alias epilogues; each sees the names of its own file. */
  parts: readonly HandlerPart[]
  readonly points: readonly HandlerPoint[]
  readonly span: Span
}

export interface HandlerPart {
  readonly scope: Scope
  readonly block: Block
}

export interface HandlerPoint {
  readonly point: ResolvedPoint
  readonly conditions: readonly HandlerCondition[]
}

export interface HandlerCondition {
  readonly scope: Scope
  readonly expression: Expression
}

export type OwnerSymbol = FunctionSymbol | HandlerSymbol

/** A point as written, with the file that it is written in. */
export interface WrittenPoint {
  readonly scope: Scope
  readonly point: ProbePoint
}

import type { ElementExpression, Name } from '../syntax/ast.ts'
import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import { broken, type Cell, type Clash, constrain, unknown } from './cell.ts'
import type { ValueType } from './checked.ts'
import {
  arrayAsScalar,
  changedInForeach,
  keyCount,
  localInCondition,
  typeMismatch,
  undeclaredArray,
} from './errors.ts'
import type { Reporter } from './reporter.ts'
import type { Names } from './scope.ts'
import { statisticAssigned } from './statistic-errors.ts'
import type { FunctionSymbol, GlobalSymbol, OwnerSymbol, Scope, VariableSymbol } from './symbol.ts'

/** What all parts of one inference share. */
export interface Shared {
  readonly names: Names
  readonly reporter: Reporter
  /** Calls inside foreach loops: whether they change the array is known when all is read. */
  readonly iteratedCalls: IteratedCall[]
  /** Tells of each function that is called. */
  readonly onCall: (callee: FunctionSymbol) => void
  /** Values that are taken, whose types must be known when all is read. */
  readonly taken: Taken[]
}

/** A value that something takes: of a call, or of a global. */
export interface Taken {
  readonly kind: 'call' | 'global'
  readonly cell: Cell
  readonly name: string
  readonly span: Span
}

export interface IteratedCall {
  readonly callee: FunctionSymbol
  readonly span: Span
  readonly loops: readonly Loop[]
}

/** A foreach that is being read. */
export interface Loop {
  readonly array: GlobalSymbol
  readonly span: Span
}

/** Where the inference is: whose names it sees, and what stands around. */
export interface Inference {
  readonly shared: Shared
  readonly owner: OwnerSymbol
  readonly scope: Scope
  readonly inLoop: boolean
  readonly iterated: readonly Loop[]
  /** In the condition of a probe point, where there are no locals. */
  readonly globalsOnly: boolean
}

/** What a name means here. A name that is not a global is a local from its first use on. */
export function variableOf(c: Inference, { name, span }: Name): VariableSymbol {
  const { locals } = c.owner
  const local = locals.get(name)
  if (local?.parameter) return local
  const global = c.shared.names.global(name, c.scope)
  if (global !== undefined) return global
  if (c.globalsOnly) c.shared.reporter.report(localInCondition(span, name))
  if (local !== undefined) return local
  const made = {
    kind: 'local',
    name,
    cell: unknown(),
    parameter: false,
    assigned: c.globalsOnly,
    firstRead: undefined,
    span,
  } as const
  locals.set(name, made)
  return made
}

/** The cell of a variable that is used without keys. */
export function scalarCell(c: Inference, variable: VariableSymbol, span: Span): Cell {
  if (variable.kind === 'local') return variable.cell
  if (variable.keys === undefined) {
    variable.keys = []
    variable.shapedAt = span
  } else if (variable.keys.length > 0) {
    c.shared.reporter.report(arrayAsScalar(span, variable.name, variable.shapedAt))
    return unknown()
  }
  return variable.value
}

export function markRead(variable: VariableSymbol, span: Span): void {
  if (variable.kind === 'global') variable.read = true
  else variable.firstRead ??= span
}

export function markWritten(variable: VariableSymbol): void {
  if (variable.kind === 'global') variable.written = true
  else variable.assigned = true
}

/** Stores in a name: a loop variable, the target of an assignment, a caught message. */
export function storeName(c: Inference, name: Name): Cell {
  const variable = variableOf(c, name)
  if (variable.kind === 'global' && variable.statistic !== undefined) {
    const { since } = variable.statistic
    c.shared.reporter.report(statisticAssigned(name.span, name.name, since))
    return broken()
  }
  markWritten(variable)
  return scalarCell(c, variable, name.span)
}

/**
 * The array of that name, which is global also where a parameter has the name; undefined where
 * there is none.
 */
export function arrayOf(c: Inference, array: Name): GlobalSymbol | undefined {
  const global = c.shared.names.global(array.name, c.scope)
  if (global === undefined) {
    const near = nearest(array.name, c.scope.globals.keys(), 3)
    c.shared.reporter.report(undeclaredArray(array.span, array.name, near))
  }
  return global
}

/** The cells of an array's keys, for a use with so many. */
export function keyCells(
  c: Inference,
  array: GlobalSymbol,
  use: { readonly count: number; readonly span: Span },
): readonly Cell[] | undefined {
  if (array.keys === undefined) {
    array.keys = Array.from({ length: use.count }, unknown)
    array.shapedAt = use.span
  }
  if (array.keys.length === use.count) return array.keys
  const keys = { given: use.count, first: array.keys.length, shaped: array.shapedAt }
  c.shared.reporter.report(keyCount(use.span, array.name, keys))
  return undefined
}

/** A change of an array, which must not happen inside a foreach over it. */
export function noteChange(c: Inference, array: GlobalSymbol, span: Span): void {
  c.owner.changes.add(array)
  const loop = c.iterated.find(i => i.array === array)
  if (loop === undefined) return
  const problem = changedInForeach(span, array.name, loop.span)
  c.shared.reporter.reportIf(kept => kept(span), problem)
}

/** Says that an expression is of a type; `why` is what asks for it. */
export function mustBe(
  c: Inference,
  cell: Cell,
  type: ValueType,
  at: { readonly span: Span; readonly why?: string },
): void {
  const clash = constrain(cell, type, at.span)
  if (clash) reportClash(c, clash, at)
}

export function reportClash(
  c: Inference,
  clash: Clash,
  at: { readonly span: Span; readonly why?: string },
): void {
  const what = { wanted: clash.first, found: clash.second, ...(at.why && { why: at.why }) }
  const since = { wanted: clash.since, found: clash.secondSince }
  c.shared.reporter.report(typeMismatch(at.span, what, since))
}

export function elementUse(e: ElementExpression): { count: number; span: Span } {
  return { count: e.keys.length, span: e.array.span }
}

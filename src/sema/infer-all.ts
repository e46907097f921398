import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import { type Cell, isBroken, root, since, typeOf } from './cell.ts'
import {
  neverAssigned,
  returnWithoutValue,
  sizedScalar,
  undefinedVariable,
  unresolvedType,
  voidValue,
} from './errors.ts'
import { inferFunction, inferHandler } from './infer.ts'
import type { IteratedCall, Shared, Taken } from './inference.ts'
import { checkIteratedCalls } from './reach.ts'
import type { Resolved, Uses } from './resolve.ts'
import type { FunctionSymbol, HandlerSymbol, OwnerSymbol, Scope } from './symbol.ts'

type Given = Pick<Shared, 'names' | 'reporter'>

/** Finds names and types in the handlers, and in all functions that they come to call. */
export function inferAll(
  shared: Given,
  handlers: readonly HandlerSymbol[],
  resolved?: Resolved,
): void {
  const iteratedCalls: IteratedCall[] = []
  const taken: Taken[] = []
  const seen = new Set<FunctionSymbol>()
  const waiting: FunctionSymbol[] = []
  const all: Shared = {
    ...shared,
    iteratedCalls,
    taken,
    onCall: callee => {
      if (!seen.has(callee)) waiting.push(callee)
      seen.add(callee)
    },
  }
  for (const h of handlers) inferHandler(all, h)
  for (let f = waiting.shift(); f !== undefined; f = waiting.shift()) inferFunction(all, f)
  checkIteratedCalls(iteratedCalls, shared.reporter)
  if (resolved === undefined) return
  for (const f of seen) reportPlainReturn(shared, f)
  const open = new Open()
  for (const uses of resolved.uses) reportUnassigned(shared, uses, open)
  reportUnassignedGlobals(shared, resolved, open)
  reportSizedScalars(shared)
  if (!shared.reporter.failed && !shared.reporter.inDoubt)
    reportUnresolved(shared, { taken, owners: [...handlers, ...seen] }, open)
}

/** A function gives a value wherever it returns, or nowhere. */
function reportPlainReturn(
  { reporter }: Given,
  { name, result, plainReturn }: FunctionSymbol,
): void {
  const type = typeOf(result)
  if (plainReturn === undefined || type === undefined || isBroken(result)) return
  reporter.report(returnWithoutValue(plainReturn, { name, type, since: since(result) }))
}

/** Types that nothing tells: those that are linked are one mistake. */
class Open {
  readonly #known = new Set<Cell>()

  /** Whether nothing tells this type, and it was not asked about before. */
  first(cell: Cell): boolean {
    const last = root(cell)
    if (typeOf(last) !== undefined || isBroken(last) || this.#known.has(last)) return false
    this.#known.add(last)
    return true
  }
}

/**
 * A local that nothing is stored in reads 0 or "". Where its use tells the type, that is only
 * strange; where nothing does, it is a mistake, as it is for SystemTap.
 */
function reportUnassigned({ names, reporter }: Given, uses: Uses, open: Open): void {
  const { owner, read, stored } = uses
  for (const [name, { span, scope }] of read) {
    if (stored.has(name) || owner.locals.get(name)?.parameter) continue
    const near = nearNames(uses, name, scope)
    const isFunction = names.functionsNamed(name, scope).length > 0
    const cell = owner.locals.get(name)?.cell
    if (cell !== undefined && isBroken(cell)) continue
    if (cell !== undefined && typeOf(cell) === undefined) {
      open.first(cell)
      const problem = undefinedVariable(span, name, { near, isFunction, isGlobal: false })
      reporter.reportIf(() => owner.locals.has(name), problem)
    } else if (scope.origin === 'script') {
      reporter.report(neverAssigned(span, name, { near, isFunction, isGlobal: false }))
    }
  }
}

function nearNames({ stored }: Uses, name: string, scope: Scope): readonly string[] {
  const others = [...stored].filter(n => n !== name)
  return nearest(name, new Set([...others, ...scope.globals.keys()]), 3)
}

function reportUnassignedGlobals(
  { reporter }: Given,
  { readGlobals, writtenGlobals }: Resolved,
  open: Open,
): void {
  for (const [global, span] of readGlobals) {
    const { item, name, origin, value, statistic } = global
    if (writtenGlobals.has(global) || item.initial !== undefined || origin !== 'script') continue
    const known = { near: [], isFunction: false, isGlobal: true }
    if (global.read && statistic === undefined && open.first(value)) {
      reporter.report(undefinedVariable(span, name, known))
    } else if (!isBroken(value)) reporter.report(neverAssigned(span, name, known))
  }
}

/** A size or a `%` is for arrays. */
function reportSizedScalars({ names, reporter }: Given): void {
  for (const { item, keys, name } of names.globals) {
    if (keys?.length === 0 && (item.size !== undefined || item.wrap)) {
      reporter.report(sizedScalar(item.nameSpan, name))
    }
  }
}

/** Values whose type nothing tells: what prints them, or stores them, cannot know what they are. */
function reportUnresolved(
  { names, reporter }: Given,
  all: { readonly taken: readonly Taken[]; readonly owners: readonly OwnerSymbol[] },
  open: Open,
): void {
  const problems: { readonly span: Span; readonly name: string }[] = []
  for (const { kind, cell, name, span } of all.taken) {
    if (!open.first(cell)) continue
    if (kind === 'call') reporter.report(voidValue(span, name))
    else problems.push({ name, span })
  }
  for (const owner of all.owners) {
    for (const { cell, name, span } of owner.locals.values()) {
      if (open.first(cell)) problems.push({ name, span })
    }
  }
  for (const { name, keys, shapedAt, item } of names.globals) {
    if (shapedAt === undefined) continue
    for (const cell of keys ?? []) {
      if (open.first(cell)) problems.push({ name, span: shapedAt ?? item.nameSpan })
    }
  }
  for (const { name, span } of problems) reporter.report(unresolvedType(span, name))
}

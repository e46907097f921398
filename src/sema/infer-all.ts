import { nearest } from '../text/nearest.ts'
import { isBroken, typeOf } from './cell.ts'
import { neverAssigned, undefinedVariable } from './errors.ts'
import { inferFunction, inferHandler } from './infer.ts'
import type { IteratedCall, Shared } from './inference.ts'
import { checkIteratedCalls } from './reach.ts'
import type { FunctionSymbol, HandlerSymbol, LocalSymbol, OwnerSymbol, Scope } from './symbol.ts'

/**
 * Finds names and types in the handlers, in all functions of the script, and in those of the
 * library that they come to call.
 */
export function inferAll(
  shared: Pick<Shared, 'names' | 'reporter'>,
  handlers: readonly HandlerSymbol[],
): void {
  const iteratedCalls: IteratedCall[] = []
  const script = [...shared.names.script.functions.values()].flat()
  const seen = new Set<FunctionSymbol>(script)
  const waiting: FunctionSymbol[] = [...script]
  const all: Shared = {
    ...shared,
    iteratedCalls,
    onCall: callee => {
      if (!seen.has(callee)) waiting.push(callee)
      seen.add(callee)
    },
  }
  for (const h of handlers) inferHandler(all, h)
  for (let f = waiting.shift(); f !== undefined; f = waiting.shift()) inferFunction(all, f)
  checkIteratedCalls(iteratedCalls, shared.reporter)
  const { script: scope } = shared.names
  for (const owner of [...handlers, ...script]) reportUnassigned(shared, owner, scope)
}

/**
 * A local that nothing is stored in reads 0 or "". Where its use tells the type, that is only
 * strange; where nothing does, it is a mistake, as it is for SystemTap.
 */
function reportUnassigned(
  { names, reporter }: Pick<Shared, 'names' | 'reporter'>,
  owner: OwnerSymbol,
  scope: Scope,
): void {
  for (const local of owner.locals.values()) {
    const { name, firstRead, assigned, cell } = local
    if (assigned || firstRead === undefined || isBroken(cell)) continue
    const near = nearNames(local, owner, scope)
    const isFunction = names.functionsNamed(name, scope).length > 0
    reporter.report(
      typeOf(cell) === undefined || isFunction
        ? undefinedVariable(firstRead, name, { near, isFunction })
        : neverAssigned(firstRead, name, near),
    )
  }
}

function nearNames(local: LocalSymbol, owner: OwnerSymbol, scope: Scope): readonly string[] {
  const assigned = [...owner.locals.values()].filter(l => l !== local && l.assigned)
  return nearest(local.name, new Set([...assigned.map(l => l.name), ...scope.globals.keys()]), 3)
}

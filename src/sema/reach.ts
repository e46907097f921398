import { changedBehindCall, changedByCall } from './errors.ts'
import type { IteratedCall } from './inference.ts'
import type { Reporter } from './reporter.ts'
import type { FunctionSymbol, HandlerSymbol, OwnerSymbol } from './symbol.ts'

/** Functions that handlers call, directly or through others, in the order of their first call. */
export function reachable(handlers: readonly HandlerSymbol[]): readonly FunctionSymbol[] {
  const found = new Set<FunctionSymbol>()
  for (const h of handlers) for (const f of calledBy(h)) found.add(f)
  return [...found]
}

/** All that a handler or function calls, through others too. */
export function calledBy(owner: OwnerSymbol): ReadonlySet<FunctionSymbol> {
  const found = new Set<FunctionSymbol>()
  const waiting = [...owner.calls]
  for (let f = waiting.shift(); f !== undefined; f = waiting.shift()) {
    if (found.has(f)) continue
    found.add(f)
    waiting.push(...f.calls)
  }
  return found
}

/**
 * Reports functions that change an array while the foreach that calls them goes over it. As in
 * SystemTap a function that does so itself is a mistake; one that only comes to it is strange.
 */
export function checkIteratedCalls(calls: readonly IteratedCall[], reporter: Reporter): void {
  for (const { callee, span, loops } of calls) {
    const behind = new Set([...calledBy(callee)].flatMap(f => [...f.changes]))
    for (const { array, span: loop } of loops) {
      const call = { function: callee.name, array: array.name }
      if (callee.changes.has(array)) {
        reporter.reportIf(kept => kept(span), changedByCall(span, call, loop))
      } else if (behind.has(array)) reporter.report(changedBehindCall(span, call, loop))
    }
  }
}

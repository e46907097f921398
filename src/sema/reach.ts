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
 * Those that call themselves, also through others: the members of circles of calls, found in one
 * go over all calls (Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972).
 */
export function recursive(functions: readonly FunctionSymbol[]): ReadonlySet<FunctionSymbol> {
  const found = new Set<FunctionSymbol>()
  const order = new Map<FunctionSymbol, number>()
  const low = new Map<FunctionSymbol, number>()
  const open: FunctionSymbol[] = []
  const isOpen = new Set<FunctionSymbol>()
  const lower = (f: FunctionSymbol, to: number): unknown =>
    low.set(f, Math.min(low.get(f) ?? to, to))
  const enter = (f: FunctionSymbol): Visit => {
    order.set(f, order.size)
    lower(f, order.size - 1)
    open.push(f)
    isOpen.add(f)
    return { f, calls: f.calls.values() }
  }
  const leave = (f: FunctionSymbol): void => {
    if (low.get(f) !== order.get(f)) return
    const circle = open.splice(open.lastIndexOf(f))
    for (const member of circle) isOpen.delete(member)
    if (circle.length > 1 || f.calls.has(f)) for (const member of circle) found.add(member)
  }
  for (const start of functions) {
    const path = order.has(start) ? [] : [enter(start)]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { done, value: callee } = top.calls.next()
      if (done) {
        leave(top.f)
        path.pop()
        const caller = path.at(-1)
        if (caller) lower(caller.f, low.get(top.f) ?? 0)
      } else if (!order.has(callee)) path.push(enter(callee))
      else if (isOpen.has(callee)) lower(top.f, order.get(callee) ?? 0)
    }
  }
  return found
}

/** A function on the way, and which of its calls are still to be followed. */
interface Visit {
  readonly f: FunctionSymbol
  readonly calls: Iterator<FunctionSymbol, undefined>
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

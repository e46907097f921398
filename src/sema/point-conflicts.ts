import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import type { ResolvedPoint } from './checked.ts'
import { duplicateCounter, duplicateProcfs } from './point-errors.ts'
import type { HandlerSymbol } from './symbol.ts'

/** Points that a session can have once only: counters by name, files of procfs by direction. */
export function pointConflicts(handlers: readonly HandlerSymbol[]): readonly Diagnostic[] {
  const seen = new Map<string, Span>()
  return handlers
    .flatMap(h => h.points)
    .flatMap(({ point }) => {
      const key = keyOf(point)
      const first = key === undefined ? undefined : seen.get(key)
      if (key !== undefined && first === undefined) seen.set(key, point.span)
      return first === undefined ? [] : conflict(point, first)
    })
}

function keyOf(point: ResolvedPoint): string | undefined {
  if (point.kind === 'procfs') return `${point.access} ${point.path}`
  if (point.kind === 'perf' && point.counter !== undefined) return `counter ${point.counter}`
  return undefined
}

function conflict(point: ResolvedPoint, first: Span): readonly Diagnostic[] {
  if (point.kind === 'procfs') {
    const { access, path } = point
    return [duplicateProcfs(point.span, { access, path, first })]
  }
  if (point.kind !== 'perf' || point.counter === undefined) return []
  return [duplicateCounter(point.span, point.counter, first)]
}

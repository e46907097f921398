import type { ProbePoint } from '../syntax/ast.ts'
import { found, type Resolution, refused, stringIn } from './component.ts'
import type { KernelView } from './kernel-view.ts'
import { cannotProbe, emptyTracepoint, unknownTracepoint } from './point-errors.ts'

/** `kernel.trace("net_dev_xmit")`, `kernel.trace("net:*")`. */
export function resolveTracepoint(kernel: KernelView, p: ProbePoint): Resolution {
  const pattern = stringIn(p, 'trace')
  if (pattern === undefined) return refused()
  const { system, name } = splitSystem(pattern.value)
  if (name === '' || system === '') return refused(emptyTracepoint(pattern.span, pattern.value))
  if (kernel.types === undefined) {
    return refused(cannotProbe(pattern.span, pattern.value, { reason: kernel.whyNoTypes }))
  }
  const tracepoints = kernel.facts.tracepoints()
  const matching = tracepoints.matching(name, system)
  if (matching.length === 0) {
    return refused(unknownTracepoint(pattern.span, pattern.value, tracepoints.near(name, 3)))
  }
  return found(
    matching.map(t => {
      const full = t.system === undefined ? t.name : `${t.system}:${t.name}`
      return { kind: 'tracepoint', text: `kernel.trace("${full}")`, span: p.span, ...t }
    }),
  )
}

function splitSystem(text: string): { system: string | undefined; name: string } {
  const colon = text.indexOf(':')
  if (colon < 0) return { system: undefined, name: text }
  return { system: text.slice(0, colon), name: text.slice(colon + 1) }
}

import { ticksPerSecond } from '../kernel/ticks.ts'
import type { ProbePoint } from '../syntax/ast.ts'
import { found, pointText, type Resolution, refused } from './component.ts'
import { resolveFunction } from './function-point.ts'
import type { KernelView } from './kernel-view.ts'
import { resolveKprobe } from './kprobe-point.ts'
import { resolveNetfilter } from './netfilter-point.ts'
import { resolvePerf } from './perf-point.ts'
import type { Family, PointOptions } from './point-table.ts'
import { matchPoint } from './point-tree.ts'
import { resolveProcess } from './process-point.ts'
import { resolveProcfs } from './procfs-point.ts'
import { resolveRefused } from './refused-point.ts'
import { resolveStatement } from './statement-point.ts'
import { resolveProfile, resolveTimer } from './timer-point.ts'
import { resolveTracepoint } from './trace-point.ts'
import { resolveUser } from './user-point.ts'
import { resolveWatch } from './watch-point.ts'

/** Finds what a probe point that is not an alias stands for in this kernel. */
export function resolvePoint(
  kernel: KernelView,
  p: ProbePoint,
  options: PointOptions = { guru: false },
): Resolution {
  const matches = matchPoint(p.components, [])
  if ('code' in matches) return refused(matches)
  const results = matches.flatMap(m => {
    if (m.kind === 'alias') return []
    return [ofFamily(m.family, { kernel, p: { ...p, components: m.components }, options })]
  })
  const points = results.flatMap(r => r.points)
  const skipped = results.flatMap(r => r.skipped)
  return {
    points,
    skipped,
    diagnostics: points.length > 0 && matches.length > 1 ? [] : results.flatMap(r => r.diagnostics),
  }
}

interface Asked {
  readonly kernel: KernelView
  /** The table of points has this pattern. */
  readonly p: ProbePoint
  readonly options: PointOptions
}

function ofFamily(family: Family, { kernel, p, options }: Asked): Resolution {
  switch (family) {
    case 'ordered':
      return resolveOrdered(p)
    case 'never':
      return found([{ kind: 'never', text: 'never', span: p.span }])
    case 'oneshot':
      return found([{ kind: 'begin', text: 'oneshot', span: p.span, order: 0n }])
    case 'timer':
      return resolveTimer(p, { hz: () => ticksPerSecond(kernel.facts) })
    case 'profile':
      return resolveProfile(p)
    case 'function':
      return resolveFunction(kernel, p)
    case 'statement':
      return resolveStatement(kernel, p, options)
    case 'tracepoint':
      return resolveTracepoint(kernel, p)
    case 'watch':
      return resolveWatch(p)
    case 'kprobe':
      return resolveKprobe(kernel, p)
    case 'process':
      return resolveProcess(p)
    case 'user':
      return resolveUser(p, options)
    case 'perf':
      return resolvePerf(p, options)
    case 'netfilter':
      return resolveNetfilter(p, options)
    case 'procfs':
      return resolveProcfs(p)
    case 'input':
      return resolveInput(p)
    case 'refused':
      return resolveRefused(p)
  }
}

/** `begin`, `end(5)`: lower numbers run first. */
function resolveOrdered(p: ProbePoint): Resolution {
  const [first] = p.components
  const kind = first?.name === 'begin' || first?.name === 'end' ? first.name : 'error'
  const order = first?.argument?.kind === 'number' ? first.argument.value : 0n
  return found([{ kind, text: pointText(p.components), span: p.span, order }])
}

function resolveInput(p: ProbePoint): Resolution {
  const unit = p.components[1]?.name === 'char' ? 'char' : 'line'
  return found([{ kind: 'input', unit, text: pointText(p.components), span: p.span }])
}

import type { ProbePoint } from '../syntax/ast.ts'
import { nearest } from '../text/nearest.ts'
import {
  found,
  pointText,
  type Resolution,
  refused,
  split,
  strayArgument,
  strayComponents,
} from './component.ts'
import { resolveFunction } from './function-point.ts'
import type { KernelView } from './kernel-view.ts'
import {
  missingPointArgument,
  unknownPoint,
  unknownSuffix,
  unsupportedPoint,
} from './point-errors.ts'
import { resolveTimer } from './timer-point.ts'
import { resolveTracepoint } from './trace-point.ts'

/** Kinds of probe points that SystemTap has and this version has not. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'debuginfod',
  'input',
  'java',
  'kprobe',
  'kprocess',
  'netfilter',
  'oneshot',
  'init',
  'perf',
  'process',
  'procfs',
  'python2',
  'python3',
  'stap',
  'syscall',
  'syscall_any',
])

/** What `resolvePoint` knows; aliases go before it. */
export const KNOWN_POINTS: readonly string[] = [
  'begin',
  'end',
  'error',
  'never',
  'timer',
  'kernel',
  'module',
]

/** Finds what a probe point that is not an alias stands for in this kernel. */
export function resolvePoint(kernel: KernelView, p: ProbePoint): Resolution {
  const { first, rest } = split(p)
  if (first === undefined) return refused()
  switch (first.name) {
    case 'begin':
    case 'end':
    case 'error':
      return resolveOrdered(p, first.name)
    case 'never': {
      const stray = strayArgument(first) ?? strayComponents(rest, 'never')
      return stray ? refused(stray) : found([{ kind: 'never', text: 'never', span: p.span }])
    }
    case 'timer':
      return resolveTimer(p, { hz: () => jiffiesPerSecond(kernel) })
    case 'kernel':
    case 'module':
      return resolveInKernel(kernel, p)
    default: {
      const { name, span } = first
      if (UNSUPPORTED.has(name)) return refused(unsupportedPoint(span, pointText(p.components)))
      return refused(unknownPoint(span, name, nearest(name, KNOWN_POINTS, 3)))
    }
  }
}

/** `begin`, `end(5)`: lower numbers run first. */
function resolveOrdered(p: ProbePoint, kind: 'begin' | 'end' | 'error'): Resolution {
  const { first, rest } = split(p)
  const argument = first?.argument
  if (argument?.kind === 'string') {
    return refused(missingPointArgument(argument.span, kind, `a number: ${kind}(1)`))
  }
  const stray = strayComponents(rest, kind)
  if (stray) return refused(stray)
  const order = argument?.value ?? 0n
  return found([{ kind, text: pointText(p.components), span: p.span, order }])
}

function resolveInKernel(kernel: KernelView, p: ProbePoint): Resolution {
  const [first, second] = p.components
  if (first === undefined) return refused()
  const family = first.name
  if (second === undefined) {
    return refused(missingPointArgument(first.span, family, 'more: kernel.function("NAME")'))
  }
  switch (second.name) {
    case 'function':
      return resolveFunction(kernel, p)
    case 'trace':
      return resolveTracepoint(kernel, p)
    case 'statement':
      return refused(
        unsupportedPoint(second.span, pointText(p.components), 'kernel.function probes its entry'),
      )
    case 'data':
    case 'mark':
    case 'tracepoint':
    case 'lsm':
      return refused(unsupportedPoint(second.span, pointText(p.components)))
    default: {
      const near = family === 'kernel' ? ['function', 'trace'] : ['function']
      return refused(unknownSuffix(second.span, second.name, { after: family, near }))
    }
  }
}

/** What most distributions build with, where the kernel's configuration is not to be read. */
const USUAL_HZ = 250n

function jiffiesPerSecond(kernel: KernelView): bigint {
  const hz = kernel.facts.config('CONFIG_HZ') ?? ''
  return /^[1-9][0-9]*$/.test(hz) ? BigInt(hz) : USUAL_HZ
}

import type { KernelSymbol } from '../kernel/facts.ts'
import { globPattern, isGlob } from '../kernel/glob.ts'
import { baseName } from '../kernel/symbols.ts'
import type { PointComponent, ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { FunctionPoint, ResolvedPoint } from './checked.ts'
import {
  found,
  numberOf,
  pointText,
  type Resolution,
  refused,
  type Skipped,
  strayArgument,
  strayComponents,
  textOf,
} from './component.ts'
import { candidates } from './function-candidates.ts'
import { type FunctionPattern, functionPattern } from './function-pattern.ts'
import type { KernelView } from './kernel-view.ts'
import {
  cannotProbe,
  nothingProbeable,
  unknownModule,
  unknownSuffix,
  unsupportedPoint,
} from './point-errors.ts'

/** `kernel.function("PATTERN")` and `module("NAME").function("PATTERN")`, with their suffixes. */
export function resolveFunction(kernel: KernelView, p: ProbePoint): Resolution {
  const [family, named, ...rest] = p.components
  if (family === undefined || named === undefined) return refused()
  if (named.argument?.kind === 'number') {
    return refused(unsupportedPoint(named.span, pointText(p.components)))
  }
  const text = textOf(named, `${family.name}.function("ip_rcv")`)
  if ('code' in text) return refused(text)
  const pattern = functionPattern(text.value, text.span)
  if ('code' in pattern) return refused(pattern)
  const suffix = suffixOf(p, rest)
  if ('code' in suffix) return refused(suffix)
  const modules = modulesOf(kernel, family)
  if ('code' in modules) return refused(modules)
  const results = modules.map(module => inModule(kernel, { p, pattern, suffix, module }))
  return merge(results)
}

/** What follows `.function(…)`. */
interface Suffix {
  readonly text: string
  readonly at: 'entry' | 'return'
  readonly maxActive: number | undefined
}

function suffixOf(p: ProbePoint, rest: readonly PointComponent[]): Suffix | Diagnostic {
  const [first, ...more] = rest
  if (first === undefined) return { text: '', at: 'entry', maxActive: undefined }
  switch (first.name) {
    case 'call':
      return (
        strayArgument(first) ??
        strayComponents(more, 'call') ?? { text: '.call', at: 'entry', maxActive: undefined }
      )
    case 'return':
      return strayArgument(first) ?? returnSuffix(more)
    case 'inline':
    case 'exported':
    case 'callee':
    case 'callees':
    case 'label':
      return unsupportedPoint(first.span, pointText(p.components))
    default: {
      const near = nearest(first.name, SUFFIXES, 1)
      const known = { after: 'function', near: near.length > 0 ? near : SUFFIXES }
      return unknownSuffix(first.span, first.name, known)
    }
  }
}

const SUFFIXES: readonly string[] = ['call', 'return']

function returnSuffix(more: readonly PointComponent[]): Suffix | Diagnostic {
  const [first, ...rest] = more
  if (first === undefined) return { text: '.return', at: 'return', maxActive: undefined }
  if (first.name !== 'maxactive') {
    return unknownSuffix(first.span, first.name, { after: 'return', near: ['maxactive'] })
  }
  const value = numberOf(first)
  if (typeof value !== 'bigint') return value
  const text = `.return.maxactive(${value})`
  return strayComponents(rest, 'maxactive') ?? { text, at: 'return', maxActive: Number(value) }
}

/** The modules to look into; `undefined` stands for the kernel itself. */
function modulesOf(
  kernel: KernelView,
  family: PointComponent,
): readonly (string | undefined)[] | Diagnostic {
  if (family.name === 'kernel') return strayArgument(family) ?? [undefined]
  const module = textOf(family, 'module("bridge")')
  if ('code' in module) return module
  // Files are called nf-nat.ko where the module is nf_nat.
  const name = module.value.replace(/\.ko$/, '').replaceAll('-', '_')
  const loaded = kernel.facts.symbols().modules()
  const matching = loaded.filter(m => globPattern(name).test(m))
  if (matching.length > 0) return matching
  return unknownModule(module.span, module.value, nearest(name, loaded, 3))
}

interface Search {
  readonly p: ProbePoint
  readonly pattern: FunctionPattern
  readonly suffix: Suffix
  readonly module: string | undefined
}

function inModule(kernel: KernelView, search: Search): Resolution {
  const { pattern, module } = search
  const symbols = candidates(kernel, pattern, module)
  if ('code' in symbols) return refused(symbols)
  const skipped: Skipped[] = []
  const points: ResolvedPoint[] = []
  for (const symbol of symbols) {
    const verdict = kernel.facts.probeable(symbol.name, symbol.module)
    if (verdict?.ok === false) {
      skipped.push({ name: symbol.name, reason: verdict.reason ?? 'the kernel does not allow it' })
    } else points.push(functionPoint(kernel, search, symbol))
  }
  if (points.length > 0) return found(points, skipped)
  const reason = skipped[0]?.reason ?? ''
  if (!isGlob(pattern.name)) {
    const near = probeableNear(kernel, pattern.name)
    return refused(cannotProbe(pattern.span, pattern.name, { reason, near }))
  }
  return { points, skipped, diagnostics: [nothingProbeable(pattern.span, pattern.text, reason)] }
}

/** Names like this one whose functions can be probed: `__dev_queue_xmit` for `dev_queue_xmit`. */
function probeableNear({ facts }: KernelView, name: string): readonly string[] {
  const near = facts.symbols().near(name, 8)
  return near.filter(n => n !== name && facts.probeable(n)?.ok !== false).slice(0, 3)
}

function functionPoint(
  kernel: KernelView,
  { p, pattern, suffix, module }: Search,
  symbol: KernelSymbol,
): FunctionPoint & { readonly text: string; readonly span: ProbePoint['span'] } {
  const name = baseName(symbol.name)
  const place = kernel.facts.sources().place(symbol)
  const line = place?.line === undefined ? '' : `:${place.line}`
  const full = place === undefined ? symbol.name : `${name}@${place.file}${line}`
  const family = module === undefined ? 'kernel' : `module("${module}")`
  return {
    kind: 'function',
    text: `${family}.function("${full}")${suffix.text}`,
    span: p.span,
    name,
    symbol: symbol.name,
    module,
    address: symbol.address,
    at: suffix.at,
    prototype: kernel.prototype(symbol),
    maxActive: suffix.maxActive,
    optional: p.optional || isGlob(pattern.name),
  }
}

/** Of several modules, those without a match count only when none has one. */
function merge(results: readonly Resolution[]): Resolution {
  const points = results.flatMap(r => r.points)
  const skipped = results.flatMap(r => r.skipped)
  const [first] = results.flatMap(r => r.diagnostics)
  return { points, skipped, diagnostics: points.length > 0 || first === undefined ? [] : [first] }
}

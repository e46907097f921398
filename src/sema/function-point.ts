import type { KernelSymbol } from '../kernel/facts.ts'
import { globPattern, isGlob } from '../kernel/glob.ts'
import { baseName } from '../kernel/symbols.ts'
import type { ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { FunctionPoint, ResolvedPoint } from './checked.ts'
import {
  found,
  hex,
  numberIn,
  placeOf,
  pointText,
  type Resolution,
  refused,
  type Skipped,
  stringIn,
} from './component.ts'
import { candidates } from './function-candidates.ts'
import { type FunctionPattern, functionPattern } from './function-pattern.ts'
import type { KernelView } from './kernel-view.ts'
import {
  addressesHidden,
  cannotProbe,
  maxActiveOutOfRange,
  needsDebugInformation,
  noFunctionAt,
  notExported,
  nothingProbeable,
  unknownModule,
} from './point-errors.ts'

/** `kernel.function("PATTERN")`, `module("NAME").function(0x…)`, with what follows them. */
export function resolveFunction(kernel: KernelView, p: ProbePoint): Resolution {
  const address = numberIn(p, 'function')
  const suffix = suffixOf(p, 'function')
  if ('code' in suffix) return refused(suffix)
  const text = stringIn(p, 'function')
  const pattern = text && functionPattern(text.value, text.span)
  if (pattern !== undefined && 'code' in pattern) return refused(pattern)
  const modules = modulesOf(kernel, p)
  if ('code' in modules) return refused(modules)
  if (address !== undefined) return atAddress(kernel, { p, suffix, address }, modules)
  if (pattern === undefined) return refused()
  return functionsNamed(kernel, { p, pattern, suffix, named: 'function' }, modules)
}

/** What follows `.function(…)`. */
export interface Suffix {
  readonly text: string
  readonly at: 'entry' | 'return'
  readonly maxActive: number | undefined
  readonly exported: boolean
}

/** The most that a kretprobe takes (KRETPROBE_MAXACTIVE_MAX is less, and the kernel's to say). */
const MOST_ACTIVE = 32767n

export function suffixOf(p: ProbePoint, of: string): Suffix | Diagnostic {
  const rest = p.components.slice(p.components.findIndex(c => c.name === of) + 1)
  const [first] = rest
  const text = first === undefined ? '' : `.${pointText(rest)}`
  switch (first?.name) {
    case 'return': {
      const active = numberIn(p, 'maxactive')
      if (active === undefined) return { text, at: 'return', maxActive: undefined, exported: false }
      if (active < 0n || active > MOST_ACTIVE) return maxActiveOutOfRange(placeOf(p, 'maxactive'))
      return { text, at: 'return', maxActive: Number(active), exported: false }
    }
    case 'inline':
    case 'callee':
    case 'callees':
    case 'label':
      return needsDebugInformation(first.span, pointText(p.components), {
        needs: INSIDE[first.name] ?? '',
      })
  }
  return { text, at: 'entry', maxActive: undefined, exported: first?.name === 'exported' }
}

const INSIDE: Readonly<Record<string, string>> = {
  inline: 'where the compiler put copies of the function',
  callee: 'which functions are called from it',
  callees: 'which functions are called from it',
  label: 'where its labels are',
}

/** The modules that a family means; `[undefined]` is the kernel itself. */
export function modulesOf(
  kernel: KernelView,
  p: ProbePoint,
): readonly (string | undefined)[] | Diagnostic {
  const module = stringIn(p, 'module')
  if (module === undefined) return [undefined]
  const matching = loadedModules(kernel, module.value)
  if (matching.length > 0) return matching
  const symbols = kernel.facts.symbols()
  const name = stringIn(p, 'function')?.value.replace(/@.*/, '') ?? ''
  const inside =
    module.value === 'kernel' || (name !== '' && kernel.functions(name, undefined).length > 0)
  const hint =
    inside && name !== '' ? `the kernel itself has it: kernel.function("${name}")` : undefined
  const near = nearest(moduleName(module.value), symbols.modules(), 3)
  return unknownModule(module.span, module.value, { near, hint })
}

export function loadedModules(kernel: KernelView, pattern: string): readonly string[] {
  const wanted = globPattern(moduleName(pattern))
  return kernel.facts
    .symbols()
    .modules()
    .filter(m => wanted.test(m))
}

/** Files are called nf-nat.ko where the module is nf_nat. */
function moduleName(written: string): string {
  return written
    .replace(/^.*\//, '')
    .replace(/\.ko(?:\.\w+)?$/, '')
    .replaceAll('-', '_')
}

export interface Search {
  readonly p: ProbePoint
  readonly pattern: FunctionPattern
  readonly suffix: Suffix
  /** The component that the point's text has: `function`, `statement`. */
  readonly named: string
  /** The text has the name as the table of symbols has it, and no place. */
  readonly bySymbol?: boolean
}

/** The functions of a pattern in these modules, or why there is none. */
export function functionsNamed(
  kernel: KernelView,
  search: Search,
  modules: readonly (string | undefined)[],
): Resolution {
  return merge(modules.map(module => inModule(kernel, search, module)))
}

function inModule(kernel: KernelView, search: Search, module: string | undefined): Resolution {
  const { pattern, suffix } = search
  const all = candidates(kernel, pattern, module)
  if ('code' in all) return refused(all)
  const symbols = suffix.exported ? exportedOf(pattern, all) : all
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

/** Functions with external linkage, whether modules may call them or not. */
function exportedOf(
  pattern: FunctionPattern,
  symbols: readonly KernelSymbol[],
): readonly KernelSymbol[] | Diagnostic {
  const kept = symbols.filter(s => s.type === s.type.toUpperCase())
  return kept.length > 0 ? kept : notExported(pattern.span, pattern.text)
}

/** Names like this one whose functions can be probed: `__dev_queue_xmit` for `dev_queue_xmit`. */
function probeableNear({ facts }: KernelView, name: string): readonly string[] {
  const near = facts.symbols().near(name, 8)
  return near.filter(n => n !== name && facts.probeable(n)?.ok !== false).slice(0, 3)
}

function functionPoint(kernel: KernelView, search: Search, symbol: KernelSymbol): ResolvedPoint {
  const { p, pattern, suffix, named, bySymbol = false } = search
  const name = baseName(symbol.name)
  const place = bySymbol ? undefined : kernel.facts.sources().place(symbol)
  const line = place?.line === undefined ? '' : `:${place.line}`
  const full = place === undefined ? symbol.name : `${name}@${place.file}${line}`
  const point: FunctionPoint = {
    kind: 'function',
    name,
    symbol: symbol.name,
    module: symbol.module,
    address: symbol.address,
    at: suffix.at,
    prototype: prototypeOf(kernel, symbol),
    maxActive: suffix.maxActive,
    optional: p.optional || isGlob(pattern.name),
  }
  const head = headOf(p, symbol.module)
  return { ...point, text: `${head}.${named}("${full}")${suffix.text}`, span: p.span }
}

/**
 * The wrappers of system calls take one pointer to registers. BTF has its name from one of two
 * declarations (arch/x86/include/asm/syscall_wrapper.h), debug information from the definition.
 */
function prototypeOf(kernel: KernelView, symbol: KernelSymbol): FunctionPoint['prototype'] {
  const prototype = kernel.prototype(symbol)
  const [only, ...others] = prototype?.parameters ?? []
  if (prototype === undefined || only?.name !== '__unused' || others.length > 0) return prototype
  if (!/^__(?:x64|ia32|arm64)_(?:compat_)?sys_/.test(symbol.name)) return prototype
  return { ...prototype, parameters: [{ ...only, name: 'regs' }] }
}

/** `kernel`, `module("bridge")`, `kprobe.module("bridge")`. */
function headOf(p: ProbePoint, module: string | undefined): string {
  const first = p.components[0]?.name === 'kprobe' ? 'kprobe' : 'kernel'
  if (module === undefined) return first
  return first === 'kprobe' ? `kprobe.module("${module}")` : `module("${module}")`
}

interface AtAddress {
  readonly p: ProbePoint
  readonly suffix: Suffix
  readonly address: bigint
}

/** The function that an address is in; in a module it counts from the start of its text. */
function atAddress(
  kernel: KernelView,
  { p, suffix, address }: AtAddress,
  modules: readonly (string | undefined)[],
): Resolution {
  const { span } = p
  const { at } = suffix
  const symbols = kernel.facts.symbols()
  const wanted = BigInt.asUintN(64, address)
  if (modules[0] !== undefined) {
    const text = (m: string | undefined): string => `module("${m}").function(${hex(address)})`
    return found(
      modules.map(module => {
        const place = { kind: 'address', address: wanted, module, at, span } as const
        return { ...place, text: text(module) + suffix.text }
      }),
    )
  }
  if (!symbols.addressesKnown) return refused(addressesHidden(placeOf(p, 'function')))
  const symbol = symbols.find(wanted)?.symbol
  if (symbol === undefined || symbol.module !== undefined) {
    return refused(noFunctionAt(placeOf(p, 'function'), wanted, 'the kernel'))
  }
  const spelled = { text: symbol.name, name: symbol.name, span: placeOf(p, 'function') }
  const pattern = { ...spelled, file: undefined, lines: undefined }
  const one = inModule(kernel, { p, pattern, suffix, named: 'function' }, undefined)
  const here = one.points.filter(q => q.kind === 'function' && q.address === symbol.address)
  const text = `kernel.function(${hex(symbol.address)})${suffix.text}`
  return { ...one, points: here.map(q => ({ ...q, text })) }
}

/** Of several modules, those without a match count only when none has one. */
function merge(results: readonly Resolution[]): Resolution {
  const points = results.flatMap(r => r.points)
  const skipped = results.flatMap(r => r.skipped)
  const [first] = results.flatMap(r => r.diagnostics)
  return { points, skipped, diagnostics: points.length > 0 || first === undefined ? [] : [first] }
}

import type { KernelSymbol } from '../kernel/facts.ts'
import { filePattern, globPattern, isGlob } from '../kernel/glob.ts'
import { baseName } from '../kernel/symbols.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { type FunctionPattern, lineRanges } from './function-pattern.ts'
import type { KernelView } from './kernel-view.ts'
import {
  functionElsewhere,
  noCode,
  nothingMatches,
  unknownKernelFunction,
  unknownSourceFile,
} from './point-errors.ts'

/**
 * The symbols that a pattern means, one at least, or why there is none. With a file, the functions
 * are those that its source defines, and each symbol must be of that file; without one, the symbol
 * table alone decides.
 */
export function candidates(
  kernel: KernelView,
  pattern: FunctionPattern,
  module: string | undefined,
): readonly KernelSymbol[] | Diagnostic {
  const result =
    pattern.file === undefined
      ? byName(kernel, pattern, module)
      : byFile(kernel, { ...pattern, file: pattern.file }, module)
  return 'code' in result ? result : withoutTails(result, pattern)
}

function byName(
  kernel: KernelView,
  pattern: FunctionPattern,
  module: string | undefined,
): readonly KernelSymbol[] | Diagnostic {
  const { name, span } = pattern
  if (isGlob(name)) {
    const found = kernel.functions(globPattern(name), module)
    return found.length > 0 ? found : nothingMatches(span, name, { place: placeText(module) })
  }
  const found = kernel.functions(name, module)
  return found.length > 0 ? found : unknownName(kernel, pattern, module)
}

type FilePattern = FunctionPattern & { readonly file: string }

function byFile(
  kernel: KernelView,
  pattern: FilePattern,
  module: string | undefined,
): readonly KernelSymbol[] | Diagnostic {
  const { name, file, span } = pattern
  if (!isGlob(name)) return byNameInFile(kernel, pattern, module)
  const sources = kernel.facts.sources()
  const defined = sources.functionsIn(file)
  if (defined.length === 0) return unknownSourceFile(span, file)
  const names = new Set(wanted(defined, pattern))
  if (names.size === 0) return nothingMatches(span, name, { place: file })
  const inFile = filePattern(file)
  const alive = kernel.functions(anyOf(names), module)
  const here = alive.filter(s => inFile.test(sources.place(s)?.file ?? file))
  return here.length > 0 ? here : noCode(span, name, file)
}

/** A name says enough to find it: its place only has to agree, where the index knows one. */
function byNameInFile(
  kernel: KernelView,
  pattern: FilePattern,
  module: string | undefined,
): readonly KernelSymbol[] | Diagnostic {
  const { name, file, span } = pattern
  const sources = kernel.facts.sources()
  const found = kernel.functions(name, module)
  if (found.length === 0) {
    const indexed = sources.functionsIn(file).some(d => d.name === name)
    return indexed ? noCode(span, name, file) : unknownName(kernel, pattern, module)
  }
  const inFile = filePattern(file)
  const places = found.map(s => sources.place(s)?.file)
  const here = found.filter((_, i) => places[i] === undefined || inFile.test(places[i]))
  if (here.length > 0) return here
  const files = [...new Set(places.filter(p => p !== undefined))]
  return functionElsewhere(span, name, { wanted: file, found: files })
}

/** Names of the functions of a file that the pattern means; with lines, those they are in. */
function wanted(
  defined: readonly { name: string; file: string; line: number }[],
  pattern: FunctionPattern,
): readonly string[] {
  const matching = globPattern(pattern.name)
  const ranges = lineRanges(pattern)
  const named = defined.filter(d => matching.test(d.name))
  if (ranges === undefined) return named.map(d => d.name)
  const starts = [...new Set(defined.map(d => `${d.file}:${d.line}`))]
  const lines = starts.map(s => Number(s.slice(s.lastIndexOf(':') + 1))).sort((a, b) => a - b)
  const endOf = (line: number): number => lines.find(l => l > line) ?? Number.POSITIVE_INFINITY
  return named
    .filter(d => ranges.some(([from, to]) => from < endOf(d.line) && to >= d.line))
    .map(d => d.name)
}

function anyOf(names: ReadonlySet<string>): RegExp {
  const quoted = [...names].map(n => n.replace(/[^A-Za-z0-9_]/g, '\\$&'))
  return new RegExp(`^(?:${quoted.join('|')})$`)
}

function unknownName(
  kernel: KernelView,
  { name, span }: FunctionPattern,
  module: string | undefined,
): Diagnostic {
  const symbols = kernel.facts.symbols()
  const elsewhere = symbols.functions(name)[0]
  const place = placeText(module)
  if (elsewhere !== undefined) {
    const at = elsewhere.module === undefined ? 'kernel' : `module("${elsewhere.module}")`
    return unknownKernelFunction(span, name, {
      place,
      near: [],
      hint: `it is in ${placeText(elsewhere.module)}: ${at}.function("${name}")`,
    })
  }
  const call = systemCall(kernel, name)
  if (call !== undefined) {
    const hint = `this kernel calls it ${call}: kernel.function("${call}")`
    return unknownKernelFunction(span, name, { place, near: [], hint })
  }
  const index = kernel.facts.sources().place({ address: 0n, name, type: 't' })
  if (index !== undefined) return noCode(span, name, index.file)
  return unknownKernelFunction(span, name, { place, near: symbols.near(name, 3) })
}

/** What `sys_open` and `SyS_open` of older kernels are called now. */
function systemCall(kernel: KernelView, name: string): string | undefined {
  const call = /^(?:sys|SyS)_(\w+)$/.exec(name)?.[1]
  if (call === undefined) return undefined
  const prefix = kernel.facts.arch === 'x64' ? '__x64_sys' : '__arm64_sys'
  const now = `${prefix}_${call}`
  return kernel.facts.symbols().functions(now).length > 0 ? now : undefined
}

function placeText(module: string | undefined): string {
  return module === undefined ? 'the kernel' : `module '${module}'`
}

/**
 * Leaves out the parts of functions that are no functions: `f.part.0` is the tail of f where there
 * is an f, which has been inlined where there is not; `f.cold` never starts anything.
 */
function withoutTails(
  symbols: readonly KernelSymbol[],
  pattern: FunctionPattern,
): readonly KernelSymbol[] {
  const whole = new Set(symbols.map(s => s.name))
  const spelled = pattern.name.includes('.')
  return symbols.filter(({ name }) => {
    if (/\.cold(\.|$)/.test(name)) return spelled
    return spelled || !/\.part\./.test(name) || !whole.has(baseName(name))
  })
}

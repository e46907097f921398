import { generate } from './codegen/generate.ts'
import type { AttachMethod, Image } from './image.ts'
import { lower } from './ir/lower/program.ts'
import { optimise } from './ir/passes/optimise.ts'
import { unsupported } from './ir/unsupported.ts'
import type { Facts } from './kernel/facts.ts'
import { check } from './sema/check.ts'
import type { CheckedProgram } from './sema/checked.ts'
import type { Library } from './sema/library.ts'
import type { ScriptFile } from './syntax/ast.ts'
import { type ParseOptions, type ParseResult, parse } from './syntax/parser.ts'
import type { Diagnostic } from './text/diagnostic.ts'
import type { Source } from './text/source.ts'

export interface CompileInput {
  /** What follows the script on the command line: $1, @1 … */
  readonly arguments: readonly string[]
  readonly library: Library
  readonly facts: Facts
  readonly guru: boolean
  /** Scripts beside the main one (-E). */
  readonly additional?: readonly Source[]
  /** The SystemTap whose language it is (--compatible). */
  readonly compatible?: string
  /** Target variables that are not there are 0 (--skip-badvars). */
  readonly skipBadVariables?: boolean
  /** Whether -c or -x names a process (`process` without a path), where that is known. */
  readonly target?: boolean
  /** Nothing is left out, though it has no effect (-u). */
  readonly unoptimised?: boolean
  /** A warning fails its pass (-W). */
  readonly warningsAreErrors?: boolean
  /** Stop after this pass: 1 parse, 2 check, 3 translate. */
  readonly lastPass: 1 | 2 | 3
  /** Of -D. */
  readonly limits?: CompileLimits
  /** What the command line changes in a script that was checked (-G). */
  readonly adjust?: (program: CheckedProgram, file: ScriptFile) => CheckedProgram
  /** Ways of attaching that were refused when tried. */
  readonly without: readonly AttachMethod[]
  /** Called when a pass is done, with what it found so far. */
  readonly onPass: (pass: 1 | 2 | 3, soFar: Compilation) => void
}

/** Limits of a run that differ from the usual ones. */
export interface CompileLimits {
  /** Elements of an array whose declaration gives no size: MAXMAPENTRIES. */
  readonly mapEntries?: number
  /** Soft errors and skipped probes that a session survives: MAXERRORS, MAXSKIPPED. */
  readonly maxErrors?: number
  readonly maxSkipped?: number
  /** Rounds of loops in the kernel, where it needs a limit of them: MAXACTION. */
  readonly maxAction?: number
}

/** What came out, as far as it went: a stage that reports an error is the last. */
export interface Compilation {
  readonly diagnostics: readonly Diagnostic[]
  readonly file?: ScriptFile
  readonly checked?: CheckedProgram
  /** Functions that a wildcard matches and that cannot be probed, with the reason. */
  readonly skipped?: readonly { readonly name: string; readonly reason: string }[]
  readonly libraryFiles?: number
  readonly image?: Image
  /** The pass that found an error. */
  readonly failedPass?: 1 | 2 | 3
}

/**
 * Script text and facts about a kernel in, an image out. Does no IO; never throws on input. The
 * first pass that finds an error is the last.
 */
export function compile(source: Source, input: CompileInput): Compilation {
  const parsed = parseAll([source, ...(input.additional ?? [])], input)
  let soFar: Compilation = { diagnostics: parsed.diagnostics, file: parsed.file }
  if (failed(soFar, input)) return { ...soFar, failedPass: 1 }
  input.onPass(1, soFar)
  if (input.lastPass === 1) return soFar

  const { mapEntries, ...limits } = input.limits ?? {}
  const checked = check(parsed.files, input.library, input.facts, {
    guru: input.guru,
    suppressBadVars: input.skipBadVariables ?? false,
    unoptimised: input.unoptimised ?? false,
    compatible: input.compatible,
    ...(input.target === undefined ? {} : { target: input.target }),
    ...(mapEntries === undefined ? {} : { mapEntries }),
  })
  soFar = {
    ...soFar,
    diagnostics: [...soFar.diagnostics, ...checked.diagnostics],
    ...(checked.program === undefined ? {} : { checked: checked.program }),
    skipped: checked.skipped,
    libraryFiles: checked.sources.length,
  }
  if (checked.program === undefined || failed(soFar, input)) return { ...soFar, failedPass: 2 }
  input.onPass(2, soFar)
  if (input.lastPass === 2) return soFar

  const program = input.adjust?.(checked.program, parsed.file) ?? checked.program
  const beyond = unsupported(program)
  if (beyond.length > 0) {
    return { ...soFar, diagnostics: [...soFar.diagnostics, ...beyond], failedPass: 3 }
  }
  const optimised = optimise(lower(program))
  const generated = generate(optimised.program, input.facts, {
    ...limits,
    bounds: optimised.bounds,
    without: input.without,
  })
  const found = [...soFar.diagnostics, ...optimised.diagnostics, ...generated.diagnostics]
  soFar = { ...soFar, diagnostics: found, image: generated.image }
  if (failed(soFar, input)) return { ...soFar, failedPass: 3 }
  input.onPass(3, soFar)
  return soFar
}

/** Several scripts are one, with the items of the main one first. */
function parseAll(
  sources: readonly Source[],
  input: CompileInput,
): {
  readonly file: ScriptFile
  readonly files: readonly ScriptFile[]
  readonly diagnostics: readonly Diagnostic[]
} {
  const options = parseOptions(input)
  const parsed = sources.map(source => parse(source, options))
  const used = new Set(parsed.flatMap(p => [...p.usedArguments]))
  const diagnostics = parsed.flatMap((p, i) => {
    const own = p.diagnostics.filter(d => d.code !== UNUSED)
    return i === 0 ? [...own, ...unused(p)] : own
  })
  const files = parsed.map(p => p.file)
  const [first, ...others] = files
  if (first === undefined) throw new Error('no script')
  const items = [first, ...others].flatMap(file => file.items)
  return { file: { ...first, items }, files, diagnostics }

  // An argument that one script uses is no other's fault; the warnings are in their order.
  function unused(p: ParseResult): readonly Diagnostic[] {
    const indexes = options.arguments.map((_, i) => i + 1).filter(i => !p.usedArguments.has(i))
    const warnings = p.diagnostics.filter(d => d.code === UNUSED)
    return warnings.filter((_, i) => !used.has(indexes[i] ?? 0))
  }
}

const UNUSED = 'unused-argument'

function parseOptions(input: CompileInput): ParseOptions {
  const { facts, guru, compatible, library } = input
  const environment = {
    kernelRelease: () => facts.release,
    arch: facts.arch === 'x64' ? 'x86_64' : facts.arch,
    config: (name: string) => facts.config(name),
    guru,
  }
  return {
    arguments: input.arguments,
    guru,
    environment,
    macroSource: name => library.macroSource(name),
    macroNames: () => library.macroNames(),
    ...(compatible === undefined ? {} : { compatible }),
  }
}

function failed(
  { diagnostics }: Compilation,
  { warningsAreErrors = false }: CompileInput,
): boolean {
  return diagnostics.some(d => d.severity === 'error' || warningsAreErrors)
}

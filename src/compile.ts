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
import { type ParseOptions, parse } from './syntax/parser.ts'
import type { Diagnostic } from './text/diagnostic.ts'
import type { Source } from './text/source.ts'

export interface CompileInput {
  /** What follows the script on the command line: $1, @1 … */
  readonly arguments: readonly string[]
  readonly library: Library
  readonly facts: Facts
  readonly guru: boolean
  /** Stop after this pass: 1 parse, 2 check, 3 translate. */
  readonly lastPass: 1 | 2 | 3
  /** Ways of attaching that were refused when tried. */
  readonly without: readonly AttachMethod[]
  /** Called when a pass is done, with what it found so far. */
  readonly onPass: (pass: 1 | 2 | 3, soFar: Compilation) => void
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
  const parsed = parse(source, parseOptions(input))
  let soFar: Compilation = { diagnostics: parsed.diagnostics, file: parsed.file }
  if (failed(soFar)) return { ...soFar, failedPass: 1 }
  input.onPass(1, soFar)
  if (input.lastPass === 1) return soFar

  const checked = check(parsed.file, input.library, input.facts, { guru: input.guru })
  soFar = {
    ...soFar,
    diagnostics: [...soFar.diagnostics, ...checked.diagnostics],
    ...(checked.program === undefined ? {} : { checked: checked.program }),
    skipped: checked.skipped,
    libraryFiles: checked.sources.length,
  }
  if (checked.program === undefined || failed(soFar)) return { ...soFar, failedPass: 2 }
  input.onPass(2, soFar)
  if (input.lastPass === 2) return soFar

  const beyond = unsupported(checked.program)
  if (beyond.length > 0) {
    return { ...soFar, diagnostics: [...soFar.diagnostics, ...beyond], failedPass: 3 }
  }
  const optimised = optimise(lower(checked.program))
  const generated = generate(optimised.program, input.facts, {
    bounds: optimised.bounds,
    without: input.without,
  })
  const found = [...soFar.diagnostics, ...optimised.diagnostics, ...generated.diagnostics]
  soFar = { ...soFar, diagnostics: found, image: generated.image }
  if (failed(soFar)) return { ...soFar, failedPass: 3 }
  input.onPass(3, soFar)
  return soFar
}

function parseOptions(input: CompileInput): ParseOptions {
  const { facts, guru } = input
  const environment = {
    kernelRelease: () => facts.release,
    arch: facts.arch === 'x64' ? 'x86_64' : facts.arch,
    config: (name: string) => facts.config(name),
    guru,
  }
  return { arguments: input.arguments, guru, environment }
}

function failed(compilation: Compilation): boolean {
  return compilation.diagnostics.some(d => d.severity === 'error')
}

import { readFileSync } from 'node:fs'
import type { Facts } from '../../src/kernel/facts.ts'
import { check } from '../../src/sema/check.ts'
import type { Library } from '../../src/sema/library.ts'
import { parse } from '../../src/syntax/parser.ts'
import { fromUtf8 } from '../../src/text/bytes.ts'
import type { Diagnostic } from '../../src/text/diagnostic.ts'
import { Source } from '../../src/text/source.ts'
import { examples } from './examples.ts'
import { corpusLibrary } from './library.ts'
import type { Start } from './meta-line.ts'

/** What became of a script. */
export interface Verdict {
  readonly name: string
  /** The pass that found an error: 1 parse, 2 check. */
  readonly failedPass?: 1 | 2
  readonly errors: readonly Finding[]
}

export interface Finding {
  readonly code: string
  readonly text: string
  readonly line: number
  readonly file: string
}

export interface CheckScript extends Start {
  readonly name: string
  readonly text: string
  readonly library: Library
  readonly facts: Facts
}

/** All example scripts, against one kernel. */
export function checkExamples(facts: Facts): readonly Verdict[] {
  const libraryFor = corpusLibraries(facts)
  return examples().map(example => {
    const text = readScript(example.path)
    return checkScript({ ...example, text, library: libraryFor(example.folders), facts })
  })
}

/** Libraries by folders, each opened once, for it keeps the texts of its files. */
export function corpusLibraries(facts: Facts): (folders: readonly string[]) => Library {
  const known = new Map<string, Library>()
  return folders => {
    const key = folders.join(':')
    const library = known.get(key) ?? corpusLibrary(folders, facts)
    known.set(key, library)
    return library
  }
}

/** Parses and checks one script, as -p2 does. */
export function checkScript(script: CheckScript): Verdict {
  const { name, text, library, facts, guru, suppressBadVars } = script
  const environment = {
    kernelRelease: () => facts.release,
    arch: facts.arch === 'x64' ? 'x86_64' : facts.arch,
    config: (option: string) => facts.config(option),
    guru,
  }
  const parsed = parse(new Source(name, text), {
    arguments: script.arguments,
    guru,
    environment,
    macroSource: macro => library.macroSource(macro),
  })
  const broken = findings(parsed.diagnostics)
  if (broken.length > 0) return { name, failedPass: 1, errors: broken }
  const checked = check([parsed.file], library, facts, { guru, suppressBadVars })
  const errors = findings(checked.diagnostics)
  return { name, ...(errors.length > 0 && { failedPass: 2 }), errors }
}

/** A file of a tapset gets a probe, for without any there is nothing to check. */
export function readScript(path: string): string {
  const text = fromUtf8(readFileSync(path))
  return path.includes('/tapset/') ? `${text}\nprobe never { println("") }\n` : text
}

function findings(diagnostics: readonly Diagnostic[]): readonly Finding[] {
  return diagnostics
    .filter(d => d.severity === 'error')
    .map(({ code, text, span }) => {
      const line = span.source.position(span.start).line
      return { code, text, line, file: span.source.name }
    })
}

import { compile } from '../../src/compile.ts'
import type { Facts } from '../../src/kernel/facts.ts'
import type { Diagnostic } from '../../src/text/diagnostic.ts'
import { renderAll } from '../../src/text/render.ts'
import { Source } from '../../src/text/source.ts'
import { fakeFacts } from './fake-facts.ts'
import { tapset } from './tapset.ts'

/** A page of docs/errors: its example, and the block that shows what klew says about it. */
export interface ErrorPage {
  readonly code: string
  readonly script: string
  /**
   * `-g`; `arg:VALUE`; `without:FEATURE,…`: on a kernel that lacks these; `hidden`: on one that
   * hides its addresses; `kernel`: on one that is not made up as easily, or with another file.
   */
  readonly flags: readonly string[]
  readonly shown: string | undefined
}

const EXAMPLE = /^```stap([^\n]*)\n([\s\S]*?)^```$/m
const SHOWN = /^```text\n([\s\S]*?)^```$/m

export function readErrorPage(code: string, text: string): ErrorPage {
  const [, info = '', script = ''] = EXAMPLE.exec(text) ?? []
  const flags = info.split(' ').filter(word => word !== '')
  return { code, script, flags, shown: SHOWN.exec(text)?.[1] }
}

/** The page with the block anew. */
export function withShown(text: string, shown: string): string {
  return text.replace(SHOWN, () => `\`\`\`text\n${shown}\`\`\``)
}

const library = tapset()

function factsOf(flags: readonly string[]): Facts {
  const missing = flags.flatMap(f => /^without:(.*)$/.exec(f)?.[1]?.split(',') ?? [])
  const facts = fakeFacts({
    has: feature => !missing.includes(feature),
    whyNot: feature => `${feature} is not in this kernel`,
  })
  if (!flags.includes('hidden')) return facts
  return { ...facts, symbols: () => ({ ...facts.symbols(), addressesKnown: false }) }
}

/** What the compiler says about the example, on a made-up kernel. */
export function pageDiagnostics({ script, flags }: ErrorPage): readonly Diagnostic[] {
  return compile(new Source('example.stp', script), {
    arguments: flags.flatMap(f => (f.startsWith('arg:') ? [f.slice('arg:'.length)] : [])),
    library,
    facts: factsOf(flags),
    guru: flags.includes('-g'),
    lastPass: 3,
    without: [],
    onPass: () => {},
  }).diagnostics
}

export function pageOutput(diagnostics: readonly Diagnostic[]): string {
  return `${renderAll(diagnostics)}\n`
}

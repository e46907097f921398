import type { Diagnostic } from '../text/diagnostic.ts'
import { inOrder, renderAll } from '../text/render.ts'
import { parseColors } from '../text/render-colors.ts'
import { diagnosticJson } from '../text/render-json.ts'
import type { CliContext } from './context.ts'
import { count } from './passes.ts'
import { VERSION } from './version.ts'

/** Where the messages of a command go: to people on standard error, or as JSON on standard output. */
export interface Report {
  /** Each message once, in order. */
  diagnostics(found: readonly Diagnostic[]): void
  /** A line of data. */
  data(text: string, object: Readonly<Record<string, unknown>>): void
  /** `Pass 2: analysis failed. …`: for people only. */
  say(text: string): void
  /** The end of the stream, with what was found in all. */
  end(exit: number): void
}

/** What a reader of the stream has to know; it changes when a field changes its meaning. */
const SCHEMA = 1

export function openReport(
  context: CliContext,
  { json, warnings, release }: { json: boolean; warnings: boolean; release: string },
): Report {
  const shown = (found: readonly Diagnostic[]): Diagnostic[] =>
    inOrder(found.filter(d => d.severity === 'error' || warnings))
  return json ? jsonReport(context, shown, release) : textReport(context, shown)
}

function textReport(
  context: CliContext,
  shown: (found: readonly Diagnostic[]) => Diagnostic[],
): Report {
  return {
    diagnostics: found => {
      const all = shown(found)
      if (all.length > 0) context.err(renderedText(all, context))
    },
    data: text => context.out(`${text}\n`),
    say: context.err,
    end: () => {},
  }
}

function jsonReport(
  context: CliContext,
  shown: (found: readonly Diagnostic[]) => Diagnostic[],
  release: string,
): Report {
  let errors = 0
  let warnings = 0
  const line = (object: object): void => context.out(`${JSON.stringify(object)}\n`)
  line({ type: 'header', schema: SCHEMA, klew: VERSION, kernel: release })
  return {
    diagnostics: found => {
      for (const d of shown(found)) {
        if (d.severity === 'error') errors++
        else warnings++
        line(diagnosticJson(d))
      }
    },
    data: (_, object) => line(object),
    say: () => {},
    end: exit => line({ type: 'summary', errors, warnings, exit }),
  }
}

/** Messages as people read them, each behind an empty line, and how many errors they are. */
export function renderedText(found: readonly Diagnostic[], context: CliContext): string {
  const errors = found.filter(d => d.severity === 'error')
  const colors = context.color ? parseColors(context.env['SYSTEMTAP_COLORS']) : undefined
  const text = `${renderAll(found, { colors })}\n`
  const isParse = errors.length > 0 && errors.every(d => d.stage === 'parse')
  if (!isParse && errors.length < 2) return text
  return `${text}\n${count(errors.length, isParse ? 'parse error' : 'error')}.\n`
}

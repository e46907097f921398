import { jsonLine, jsonText } from '../run/json-line.ts'
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
  /** What is told while a script runs. */
  message(message: RunMessage): void
  /** A line of data. */
  data(text: string, object: Readonly<Record<string, unknown>>): void
  /** `Pass 2: analysis failed. …`: for people only. */
  say(text: string): void
  /** Lines of JSON go there from now on, as byte strings; `anew`: that is another stream. */
  redirect(write: (bytes: string) => void, how: { readonly anew: boolean }): void
  /** The end of the stream, with what was found in all. A second call does nothing. */
  end(exit: number, more?: Readonly<Record<string, unknown>>): void
}

export interface RunMessage {
  readonly severity: 'error' | 'warning'
  /** A byte string. */
  readonly text: string
  /** Only where objects are told: what it is about. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** What a reader of the stream has to know; it changes when a field changes its meaning. */
const SCHEMA = 1

export function openReport(
  context: CliContext,
  { json, warnings, release }: { json: boolean; warnings: boolean; release: string },
): Report {
  const isShown = ({ severity }: { severity: string }): boolean => severity === 'error' || warnings
  return json ? jsonReport(context, isShown, release) : textReport(context, isShown)
}

type IsShown = (message: { severity: string }) => boolean

function textReport(context: CliContext, isShown: IsShown): Report {
  return {
    diagnostics: found => {
      const all = inOrder(found.filter(isShown))
      if (all.length > 0) context.err(renderedText(all, context))
    },
    message: message => {
      if (!isShown(message)) return
      const line = `${message.severity.toUpperCase()}: ${message.text}\n`
      context.errBytes(Buffer.from(line, 'latin1'))
    },
    data: text => context.out(`${text}\n`),
    say: context.err,
    redirect: () => {},
    end: () => {},
  }
}

function jsonReport(context: CliContext, isShown: IsShown, release: string): Report {
  const counts = { errors: 0, warnings: 0 }
  let write = (bytes: string): void => context.outBytes(Buffer.from(bytes, 'latin1'))
  let begun = false
  let ended = false
  const begin = (): void => {
    if (!begun) write(jsonLine({ type: 'header', schema: SCHEMA, klew: VERSION, kernel: release }))
    begun = true
  }
  const line = (object: object): void => {
    begin()
    write(jsonLine(object))
  }
  const counted = (severity: string, object: object): void => {
    if (severity === 'error') counts.errors++
    else counts.warnings++
    line(object)
  }
  return {
    diagnostics: found => {
      for (const d of inOrder(found.filter(isShown))) counted(d.severity, diagnosticJson(d))
    },
    message: message => {
      const { severity, text, fields } = message
      if (isShown(message)) counted(severity, { type: severity, ...fields, text: jsonText(text) })
    },
    data: (_, object) => line(object),
    say: () => {},
    redirect: (to, { anew }) => {
      begun &&= !anew
      write = to
      begin()
    },
    end: (exit, more) => {
      if (!ended) line({ type: 'summary', ...counts, ...more, exit })
      ended = true
    },
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

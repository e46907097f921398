import type { Span } from './source.ts'

/** What is wrong with a script: data, collected and never thrown. Rendering is elsewhere. */
export interface Diagnostic {
  /** A slug, stable once released: `unknown-function`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** Empty and at the start of the source: it is about the script as a whole. */
  readonly span: Span
  /** One line, lower case, no full stop, naming the thing in the user's words. */
  readonly text: string
  /** Names like the one that is wrong, best first: shown as `(similar: a, b)` behind the text. */
  readonly similar?: readonly string[]
  /** What stands beside the underline: why here. */
  readonly label?: string
  readonly notes: readonly Note[]
  /** The pass whose mistake it is, by which SystemTap's own messages start. */
  readonly stage?: 'parse' | 'semantic'
  /** The script may be right: this machine or kernel cannot do it. */
  readonly machine?: true
  /** An action to try. */
  readonly hint?: string
}

/** A second place, or a fact without a place. */
export interface Note {
  readonly span?: Span
  readonly text: string
}

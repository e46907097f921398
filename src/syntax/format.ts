import type { Diagnostic } from '../text/diagnostic.ts'
import { Source } from '../text/source.ts'
import type { Environment } from './condition.ts'
import { layOut } from './format-layout.ts'
import { type Piece, piecesOf } from './format-piece.ts'
import { type ParseOptions, parse } from './parser.ts'

export interface Formatted {
  /** The script as given where it has errors. */
  readonly text: string
  /** The errors that kept it from being formatted. */
  readonly diagnostics: readonly Diagnostic[]
}

/** What is known about where the script runs; not needed, as what is not known is not judged. */
export type FormatOptions = Pick<ParseOptions, 'macroSource' | 'compatible'>

/**
 * A script in the usual style: two spaces a level, braces where K&R have them, one statement a
 * line, one blank line at most. Only space and line breaks change: words, comments, conditionals
 * and macros stay as they are written.
 */
export function formatScript(source: Source, options: FormatOptions = {}): Formatted {
  const diagnostics = mistakes(source, options)
  if (diagnostics.length > 0) return { text: source.text, diagnostics }
  const pieces = piecesOf(source)
  const text = layOut(pieces)
  // Should the layout ever join or part words, the script is worth more than its looks.
  const same = equal(pieces, piecesOf(new Source(source.name, text)))
  return { text: same ? text : source.text, diagnostics: [] }
}

function equal(a: readonly Piece[], b: readonly Piece[]): boolean {
  return (
    a.length === b.length &&
    a.every((piece, i) => piece.kind === b[i]?.kind && piece.text === b[i]?.text) &&
    a.flatMap(commentsOf).join('\n') === b.flatMap(commentsOf).join('\n')
  )
}

function commentsOf({ comments }: Piece): readonly string[] {
  return comments.map(c => c.text)
}

// Of a kernel or an argument that is not at hand nothing can be told.
const unknowable: ReadonlySet<string> = new Set([
  'missing-argument',
  'nested-argument',
  'condition-unknown',
  'condition-operands',
  'unknown-operator',
  'empty-script',
])

// What is wrong whatever the macros of a script stand for.
const certain: ReadonlySet<string> = new Set([
  'unterminated-string',
  'unterminated-comment',
  'unterminated-embedded-code',
  'stray-character',
  'character-literal',
  'nul-byte',
  'unclosed-conditional',
  'macro-syntax',
])

/** A kernel like any other, so that one branch of each conditional is read. */
const environment: Environment = {
  kernelRelease: () => '6.1.0',
  arch: 'x86_64',
  config: () => 'y',
  guru: true,
}

// What `$1` may stand for, tried in turn: a number, the name of a probe point, a string.
const standIns: readonly string[] = ['1', 'begin', '"x"', '']

/** The fewest errors that the script has, whatever its arguments are. */
function mistakes(source: Source, options: FormatOptions): readonly Diagnostic[] {
  const count = Math.min(argumentsOf(source), MAX_ARGUMENTS)
  const given = Array.from({ length: count }, () => standIns[0] ?? '')
  let found = errorsOf(source, options, given)
  for (let at = 0; at < count && found.length > 0; at++) {
    for (const value of standIns) {
      const tried = given.map((v, i) => (i === at ? value : v))
      const left = errorsOf(source, options, tried)
      if (!isBetter(left, found)) continue
      found = left
      given[at] = value
    }
  }
  return found
}

/** Fewer errors, or the first one later in the script. */
function isBetter(left: readonly Diagnostic[], right: readonly Diagnostic[]): boolean {
  if (left.length !== right.length) return left.length < right.length
  return (left[0]?.span.start ?? 0) > (right[0]?.span.start ?? 0)
}

// Each is tried with each stand-in.
const MAX_ARGUMENTS = 16

function argumentsOf({ text }: Source): number {
  let most = 0
  for (const [, digits] of text.matchAll(/[$@](\d{1,3})/g)) most = Math.max(most, Number(digits))
  return most
}

function errorsOf(
  source: Source,
  options: FormatOptions,
  given: readonly string[],
): readonly Diagnostic[] {
  const { diagnostics } = parse(source, { ...options, arguments: given, guru: true, environment })
  const errors = diagnostics.filter(d => d.severity === 'error')
  const macros = errors.some(isMacro)
  return errors.filter(d => (macros ? certain.has(d.code) : !unknowable.has(d.code)))
}

/** A macro that nobody knows here may stand for anything. */
function isMacro({ code, span }: Diagnostic): boolean {
  if (code === 'unknown-operator') return true
  return code.startsWith('expected-') && span.source.text.charAt(span.start) === '@'
}

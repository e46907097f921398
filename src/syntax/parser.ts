import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import type { ProbePoint, ScriptFile } from './ast.ts'
import type { Environment } from './condition.ts'
import { parseItems } from './declaration.ts'
import {
  characterLiteral,
  emptyScript,
  missingArgument,
  strayCharacter,
  unusedArgument,
} from './errors.ts'
import { lex } from './lexer.ts'
import { Parser } from './parser-state.ts'
import { preprocess } from './preprocess.ts'
import { parseProbePoint as parsePoint } from './probe-point.ts'
import type { Token } from './token.ts'
import { languageOf } from './version.ts'

export interface ParseOptions {
  /** What follows the script on the command line. */
  readonly arguments: readonly string[]
  /** Allows embedded code and other dangerous things. */
  readonly guru?: boolean
  /** What conditionals may ask about; without it they are refused. */
  readonly environment?: Environment
  /** A file of the library: trusted, and silent about arguments it does not use. */
  readonly library?: boolean
  /** The `.stpm` file of the library that defines `@name`; its macros are everyone's. */
  readonly macroSource?: ((name: string) => Source | undefined) | undefined
  /** The macros of the library, for a hint where one is misspelt. */
  readonly macroNames?: (() => Iterable<string>) | undefined
  /** `--compatible=VERSION`: the language of that SystemTap. */
  readonly compatible?: string | undefined
}

export interface ParseResult {
  /** What could be read, also when there are errors. */
  readonly file: ScriptFile
  readonly diagnostics: readonly Diagnostic[]
  /** Numbers, from 1, of the command line arguments that the text uses. */
  readonly usedArguments: ReadonlySet<number>
}

/**
 * Reads a script. Never throws, whatever the text: all mistakes of a file come out of one run, as
 * diagnostics in the order of the text.
 */
export function parse(source: Source, options: ParseOptions): ParseResult {
  const { p, diagnostics, usedArguments, preprocessed } = open(source, options)
  const items = parseItems(p)
  const span = source.span(0, source.text.length)
  const found = [...diagnostics, ...p.diagnostics].sort((a, b) => a.span.start - b.span.start)
  const isEmpty = items.length === 0 && !options.library
  if (isEmpty && found.length === 0) found.push(emptyScript(source.span(0, 0), preprocessed))
  const failed = found.some(d => d.severity === 'error')
  if (!failed && !options.library) {
    options.arguments.forEach((_, i) => {
      // With an error, what uses the argument may stand in what could not be read.
      if (!usedArguments.has(i + 1)) found.push(unusedArgument(source.span(0, 0), i + 1))
    })
  }
  return { file: { kind: 'file', items, span }, diagnostics: found, usedArguments }
}

/** Reads a list of probe points alone, as `-l` and `-L` take it. */
export function parseProbePoint(
  source: Source,
  options: ParseOptions = { arguments: [] },
): { readonly points: readonly ProbePoint[]; readonly diagnostics: readonly Diagnostic[] } {
  const { p, diagnostics } = open(source, options)
  const points: ProbePoint[] = []
  p.attempt(() => {
    do points.push(...parsePoint(p))
    while (p.eat(','))
    if (p.token.kind !== 'end') p.failExpected('the end', 'after the probe point')
  })
  return { points, diagnostics: [...diagnostics, ...p.diagnostics] }
}

interface Opened {
  readonly p: Parser
  readonly diagnostics: readonly Diagnostic[]
  readonly usedArguments: ReadonlySet<number>
  /** Something was there before macros and conditionals were taken out. */
  readonly preprocessed: boolean
}

function open(source: Source, options: ParseOptions): Opened {
  const { environment, macroSource, macroNames } = options
  const given = options.arguments.length
  const language = languageOf(options.compatible)
  const lexed = lex(source, options.arguments, language)
  const { diagnostics, usedArguments } = lexed
  const { tokens, macros } = lexed.needsPreprocessor
    ? preprocess(source, lexed.tokens, { environment, given, diagnostics, language, macroSource })
    : { tokens: lexed.tokens, macros: [] }
  const complete = withoutGaps(source, tokens, { given, diagnostics })
  const guru = options.guru === true || options.library === true
  const lexicalErrors = diagnostics
    .filter(d => d.span.source === source)
    .map(d => d.span.start)
    .sort((a, b) => a - b)
  const known = () => [...macros, ...(macroNames?.() ?? [])]
  const p = new Parser(source, complete, { guru, lexicalErrors, language, macroNames: known })
  return { p, diagnostics, usedArguments, preprocessed: lexed.tokens.length > 1 }
}

/**
 * Reports arguments that are not there and puts something harmless in their place; reports what
 * means nothing and takes it out.
 */
function withoutGaps(
  source: Source,
  tokens: readonly Token[],
  { given, diagnostics }: { readonly given: number; readonly diagnostics: Diagnostic[] },
): readonly Token[] {
  if (!tokens.some(t => t.kind === 'missing' || t.kind === 'stray')) return tokens
  return tokens.flatMap((token): readonly Token[] => {
    const { kind, start, end, text } = token
    const span = source.span(start, end)
    if (kind === 'stray') {
      // A literal as C has it stands for a number, so that the rest of the line still makes sense.
      const isLiteral = text.startsWith("'") && text.length > 1
      diagnostics.push(isLiteral ? characterLiteral(span, text) : strayCharacter(span, text))
      return isLiteral ? [{ kind: 'number', text: '0', start, end }] : []
    }
    if (kind !== 'missing') return [token]
    diagnostics.push(missingArgument(span, text, given))
    return text.startsWith('@')
      ? [{ kind: 'string', text: '', start, end }]
      : [{ kind: 'number', text: '0', start, end }]
  })
}

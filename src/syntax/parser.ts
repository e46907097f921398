import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import type { ProbePoint, ScriptFile } from './ast.ts'
import type { Environment } from './condition.ts'
import { parseItems } from './declaration.ts'
import { missingArgument, unusedArgument } from './errors.ts'
import { lex } from './lexer.ts'
import { Parser } from './parser-state.ts'
import { preprocess } from './preprocess.ts'
import { parseProbePoint as parsePoint } from './probe-point.ts'
import type { Token } from './token.ts'

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
  readonly macroSource?: (name: string) => Source | undefined
  /** `--compatible=VERSION`: the language of that SystemTap. */
  readonly compatible?: string
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
  const { p, diagnostics, usedArguments } = open(source, options)
  const items = parseItems(p)
  const span = source.span(0, source.text.length)
  const found = [...diagnostics, ...p.diagnostics].sort((a, b) => a.span.start - b.span.start)
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
}

function open(source: Source, options: ParseOptions): Opened {
  const { environment } = options
  const given = options.arguments.length
  const lexed = lex(source, options.arguments)
  const { diagnostics, usedArguments } = lexed
  const tokens = lexed.needsPreprocessor
    ? preprocess(source, lexed.tokens, { environment, given, diagnostics })
    : lexed.tokens
  const complete = fillMissing(source, tokens, { given, diagnostics })
  const guru = options.guru === true || options.library === true
  const lexicalErrors = diagnostics.map(d => d.span.start).sort((a, b) => a - b)
  return { p: new Parser(source, complete, { guru, lexicalErrors }), diagnostics, usedArguments }
}

/** Reports arguments that are not there, and puts something harmless in their place. */
function fillMissing(
  source: Source,
  tokens: readonly Token[],
  { given, diagnostics }: { readonly given: number; readonly diagnostics: Diagnostic[] },
): readonly Token[] {
  if (!tokens.some(t => t.kind === 'missing')) return tokens
  return tokens.map(token => {
    if (token.kind !== 'missing') return token
    const { start, end, text } = token
    diagnostics.push(missingArgument(source.span(start, end), text, given))
    return text.startsWith('@')
      ? { kind: 'string', text: '', start, end }
      : { kind: 'number', text: '0', start, end }
  })
}

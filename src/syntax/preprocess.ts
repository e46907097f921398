import type { Diagnostic } from '../text/diagnostic.ts'
import { Source, type Span } from '../text/source.ts'
import { conditionHolds, type Environment } from './condition.ts'
import {
  builtInMacro,
  conditionSyntax,
  macroArgumentCount,
  macroDefined,
  macroFileContent,
  macroInMacro,
  macroRecursion,
  macroSyntax,
  macrosTooLong,
  redefinedMacro,
  secondBranch,
  strayPreprocessor,
  tooDeep,
  unclosedArguments,
  unclosedPreprocessor,
} from './errors.ts'
import { lex } from './lexer.ts'
import {
  isOperator,
  type Macro,
  readArguments,
  readMacro,
  splitBracket,
  substitute,
} from './macro.ts'
import { standardMacros } from './standard-macros.ts'
import { operatorWords, type Token } from './token.ts'
import type { Language } from './version.ts'

export interface PreprocessInput {
  readonly environment: Environment | undefined
  /** How many arguments the command line has. */
  readonly given: number
  readonly diagnostics: Diagnostic[]
  readonly language: Language
  /** The `.stpm` file of the library that defines `@name`. */
  readonly macroSource: ((name: string) => Source | undefined) | undefined
}

export interface Preprocessed {
  readonly tokens: readonly Token[]
  /** The macros that the text defines or uses, with their `@`. */
  readonly macros: Iterable<string>
}

/** Macros may multiply: a script that grows beyond this many tokens is a mistake. */
const MAX_TOKENS = 1_000_000
/** Macros and conditionals taken apart, counted since they may also multiply and leave nothing. */
const MAX_EXPANSIONS = 50_000
/** Macros in macros and conditionals in conditionals. */
const MAX_DEPTH = 200

/** Takes conditionals `%( test %? a %: b %)` and macros out of a list of tokens. */
export function preprocess(
  source: Source,
  tokens: readonly Token[],
  input: PreprocessInput,
): Preprocessed {
  const run = new Run(source, input)
  run.expand(tokens)
  // What was given up may have lost its end.
  const end = source.text.length
  if (run.output.at(-1)?.kind !== 'end') run.output.push({ kind: 'end', text: '', start: end, end })
  return { tokens: run.output, macros: run.names() }
}

interface Defined extends Macro {
  readonly source: Source
}

class Run {
  output: Token[] = []
  readonly #input: PreprocessInput
  /** Of this file; those of the library stand apart, since a file may have its own instead. */
  readonly #macros = new Map<string, Defined>()
  readonly #library = new Map<string, Defined>()
  readonly #opened = new Set<Source>()
  /** The file being read: the script, or a macro file of the library. */
  #source: Source
  /** The macros being expanded, innermost last. */
  readonly #active: string[] = []
  #full = false
  #expansions = 0
  #depth = 0

  constructor(source: Source, input: PreprocessInput) {
    this.#source = source
    this.#input = input
  }

  names(): Iterable<string> {
    return [...this.#macros.keys(), ...this.#library.keys(), ...standardMacros.keys()]
  }

  /** Puts out the tokens, those of conditionals and macros in their stead. */
  expand(tokens: readonly Token[]): void {
    const first = tokens[0] ?? { start: 0, end: 0 }
    if (++this.#expansions > MAX_EXPANSIONS) this.#stop(first, MAX_EXPANSIONS)
    else if (this.#depth > MAX_DEPTH) {
      this.#giveUp(tooDeep(this.#source.span(first.start, first.end)))
    } else {
      this.#depth++
      this.#each(tokens)
      this.#depth--
    }
  }

  #each(tokens: readonly Token[]): void {
    let at = 0
    while (at < tokens.length && !this.#full) {
      const token = tokens[at]
      if (token === undefined) return
      if (token.kind === 'operator' && token.text.startsWith('%') && token.text.length === 2) {
        at = this.#bracket(tokens, at, token)
      } else if (token.kind === 'name' && token.text.startsWith('@')) {
        at = this.#word(tokens, at, token)
      } else {
        this.#put(token)
        at++
      }
    }
  }

  /** `%(` and its kin; `%=` and `%}` are no brackets of the preprocessor. */
  #bracket(tokens: readonly Token[], at: number, token: Token): number {
    switch (token.text) {
      case '%(':
        return this.#conditional(tokens, at, token)
      case '%?':
      case '%:':
      case '%)':
        this.#report(strayPreprocessor(this.#span(token), token.text))
        return at + 1
      default:
        this.#put(token)
        return at + 1
    }
  }

  #put(token: Token): void {
    this.output.push(token)
    if (this.output.length >= MAX_TOKENS) this.#stop(token, MAX_TOKENS)
  }

  #stop({ start, end }: Pick<Token, 'start' | 'end'>, limit: number): void {
    this.#giveUp(macrosTooLong(this.#source.span(start, end), limit))
  }

  #giveUp(diagnostic: Diagnostic): void {
    if (!this.#full) this.#input.diagnostics.push(diagnostic)
    this.#full = true
  }

  /** The conditional that starts at `at`; gives the place behind it. */
  #conditional(tokens: readonly Token[], at: number, open: Token): number {
    const { question, colon, extra, end } = splitBracket(tokens, at)
    if (end === undefined) {
      this.#report(unclosedPreprocessor(this.#span(open)))
      // What cannot be told apart is left out.
      return tokens.length
    }
    const second = extra === undefined ? undefined : tokens[extra]
    if (second !== undefined) {
      this.#report(secondBranch(this.#span(second)))
      return end
    }
    if (question === undefined || (colon ?? end) < question) {
      this.#report(conditionSyntax(this.#span(open), "'%?' after the test"))
      return end
    }
    const test = conditionHolds(this.#expanded(tokens.slice(at + 1, question)), open, {
      source: this.#source,
      ...this.#input,
    })
    if (this.#full) return end
    if (typeof test !== 'boolean') this.#report(test)
    else if (test) this.expand(tokens.slice(question + 1, colon ?? end - 1))
    else if (colon !== undefined) this.expand(tokens.slice(colon + 1, end - 1))
    return end
  }

  #word(tokens: readonly Token[], at: number, token: Token): number {
    const { text } = token
    if (text === '@define') return this.#define(tokens, at, token)
    const macro = this.#macros.get(text) ?? this.#fromLibrary(text)
    if (macro === undefined) {
      this.#put(token)
      return at + 1
    }
    if (this.#active.includes(text)) {
      this.#report(macroRecursion(this.#span(token), text))
      return at + 1
    }
    return this.#use(macro, { tokens, at, token })
  }

  #use(
    macro: Defined,
    { tokens, at, token }: { tokens: readonly Token[]; at: number; token: Token },
  ): number {
    const wanted = macro.parameters?.length ?? 0
    const call = wanted === 0 ? undefined : readArguments(tokens, at + 1)
    const end = call?.end ?? at + 1
    const next = tokens[at + 1]
    if (wanted > 0 && call === undefined && next !== undefined && isOperator(next, '(')) {
      this.#report(unclosedArguments(this.#span(next), token.text))
      return tokens.length
    }
    const given = call?.list ?? []
    if (given.length !== wanted) {
      const text = macroArgumentCount(this.#span(token), token.text, {
        wanted,
        given: given.length,
      })
      this.#report({ ...text, notes: [...text.notes, this.#definitionOf(macro)] })
      return end
    }
    const place = { start: token.start, end: Math.max(token.end, tokens[end - 1]?.end ?? 0) }
    const values = given.map(list => this.#expanded(list))
    const largest = Math.max(1, ...values.map(list => list.length))
    if (macro.body.length * largest > MAX_TOKENS) this.#stop(token, MAX_TOKENS)
    if (this.#full) return end
    this.#active.push(token.text)
    this.expand(substitute(macro, values, place))
    this.#active.pop()
    return end
  }

  /** What the tokens become, kept apart from the output. */
  #expanded(tokens: readonly Token[]): Token[] {
    const outside = this.output
    const inside: Token[] = []
    this.output = inside
    this.expand(tokens)
    this.output = outside
    return inside
  }

  #define(tokens: readonly Token[], at: number, word: Token): number {
    if (this.#active.length > 0) this.#report(macroInMacro(this.#span(word)))
    const read = readMacro(tokens, at)
    if (read.kind === 'wrong') this.#report(macroSyntax(this.#span(word)))
    if (read.kind === 'unclosed') this.#report(unclosedPreprocessor(this.#span(read.open)))
    if (read.kind === 'macro') this.#add(this.#macros, read.macro)
    return read.end
  }

  #add(macros: Map<string, Defined>, macro: Macro): void {
    const name = `@${macro.name.text}`
    const span = this.#span(macro.name)
    const first = macros.get(name)
    if (name === '@define') this.#report(builtInMacro(span, name, 'error'))
    else if (first?.source === this.#source) {
      this.#report(redefinedMacro(span, name, first.source.span(first.name.start, first.name.end)))
    } else {
      if (operatorWords.has(name)) this.#report(builtInMacro(span, name, 'warning'))
      macros.set(name, { ...macro, source: this.#source })
    }
  }

  /** A macro of a `.stpm` file, or one that every script has, read when it is first used. */
  #fromLibrary(name: string): Defined | undefined {
    const known = this.#library.get(name)
    if (known !== undefined || operatorWords.has(name)) return known
    const source = this.#input.macroSource?.(name) ?? standardSource(name)
    if (source === undefined || this.#opened.has(source)) return undefined
    this.#opened.add(source)
    this.#readFile(source)
    return this.#library.get(name)
  }

  /** Takes the definitions of a macro file; nothing else may stand there. */
  #readFile(source: Source): void {
    const { tokens, diagnostics } = lexedMacros(source, this.#input.language)
    this.#input.diagnostics.push(...diagnostics)
    const inner = new Run(source, this.#input)
    inner.#opened.add(source)
    inner.expand(tokens)
    for (const [name, macro] of inner.#macros) this.#library.set(name, macro)
    const [stray] = inner.output
    if (stray !== undefined && stray.kind !== 'end') {
      this.#input.diagnostics.push(macroFileContent(source.span(stray.start, stray.end)))
    }
  }

  #span(token: Token): Span {
    return this.#source.span(token.start, token.end)
  }

  #definitionOf({ source, name }: Defined): Diagnostic['notes'][number] {
    return macroDefined(source.span(name.start, name.end), `@${name.text}`)
  }

  /** What goes wrong inside a macro is reported where it is used, with the macro beside it. */
  #report(diagnostic: Diagnostic): void {
    const name = this.#active.at(-1)
    const macro =
      name === undefined ? undefined : (this.#macros.get(name) ?? this.#library.get(name))
    const notes = macro === undefined ? [] : [this.#definitionOf(macro)]
    this.#input.diagnostics.push({ ...diagnostic, notes: [...diagnostic.notes, ...notes] })
  }
}

function standardSource(name: string): Source | undefined {
  const text = standardMacros.get(name)
  return text === undefined ? undefined : new Source('macros', text)
}

// Hundreds of files of a library use the same few macro files.
const lexed = new WeakMap<Source, Pick<ReturnType<typeof lex>, 'tokens' | 'diagnostics'>>()

function lexedMacros(
  source: Source,
  language: Language,
): Pick<ReturnType<typeof lex>, 'tokens' | 'diagnostics'> {
  const known = lexed.get(source)
  if (known !== undefined) return known
  const { tokens, diagnostics } = lex(source, [], language)
  const found = { tokens, diagnostics }
  lexed.set(source, found)
  return found
}

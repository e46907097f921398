import type { Diagnostic } from '../text/diagnostic.ts'
import { Source, type Span } from '../text/source.ts'
import { conditionHolds, type Environment } from './condition.ts'
import {
  conditionSyntax,
  macroArgumentCount,
  macroInMacro,
  macroRecursion,
  macroSyntax,
  macrosTooLong,
  strayPreprocessor,
  unclosedPreprocessor,
} from './errors.ts'
import { lex } from './lexer.ts'
import { standardMacros } from './standard-macros.ts'
import type { Token } from './token.ts'

export interface PreprocessInput {
  readonly environment: Environment | undefined
  /** How many arguments the command line has. */
  readonly given: number
  readonly diagnostics: Diagnostic[]
}

/** Macros may multiply: a script that grows beyond this many tokens is a mistake. */
const MAX_TOKENS = 1_000_000
/** Macros and conditionals taken apart, counted since they may also multiply and leave nothing. */
const MAX_EXPANSIONS = 50_000
/** Macros in macros and conditionals in conditionals. */
const MAX_DEPTH = 200

interface Macro {
  readonly parameters: readonly string[] | undefined
  readonly body: readonly Token[]
}

/** Takes conditionals `%( test %? a %: b %)` and macros out of a list of tokens. */
export function preprocess(
  source: Source,
  tokens: readonly Token[],
  input: PreprocessInput,
): readonly Token[] {
  const run = new Run(source, input)
  run.expand(tokens, [])
  // What was given up may have lost its end.
  const end = source.text.length
  if (run.output.at(-1)?.kind !== 'end') run.output.push({ kind: 'end', text: '', start: end, end })
  return run.output
}

class Run {
  output: Token[] = []
  readonly #source: Source
  readonly #input: PreprocessInput
  readonly #macros = new Map<string, Macro>()
  #full = false
  #expansions = 0
  #depth = 0

  constructor(source: Source, input: PreprocessInput) {
    this.#source = source
    this.#input = input
  }

  /** Puts out the tokens, those of conditionals and macros in their stead. */
  expand(tokens: readonly Token[], active: readonly string[]): void {
    if (++this.#expansions > MAX_EXPANSIONS || this.#depth > MAX_DEPTH) {
      this.#stop(tokens[0] ?? { start: 0, end: 0 }, MAX_EXPANSIONS)
      return
    }
    this.#depth++
    this.#each(tokens, active)
    this.#depth--
  }

  #each(tokens: readonly Token[], active: readonly string[]): void {
    let at = 0
    while (at < tokens.length && !this.#full) {
      const token = tokens[at]
      if (token === undefined) return
      if (isOperator(token, '%(')) at = this.#conditional(tokens, at, active)
      else if (isOperator(token, '%?') || isOperator(token, '%:') || isOperator(token, '%)')) {
        this.#report(strayPreprocessor(this.#span(token), token.text))
        at++
      } else if (token.kind === 'name' && token.text.startsWith('@')) {
        at = this.#word(tokens, at, active)
      } else {
        this.#put(token)
        at++
      }
    }
  }

  #put(token: Token): void {
    this.output.push(token)
    if (this.output.length >= MAX_TOKENS) this.#stop(token, MAX_TOKENS)
  }

  #stop({ start, end }: Pick<Token, 'start' | 'end'>, limit: number): void {
    if (this.#full) return
    this.#full = true
    this.#input.diagnostics.push(macrosTooLong(this.#source.span(start, end), limit))
  }

  /** The conditional that starts at `at`; gives the place behind it. */
  #conditional(tokens: readonly Token[], at: number, active: readonly string[]): number {
    const parts = splitBracket(tokens, at)
    const open = tokens[at]
    if (open === undefined) return at + 1
    if (parts.end === undefined) {
      this.#report(unclosedPreprocessor(this.#span(open)))
      // What cannot be told apart is left out.
      return tokens.length
    }
    const { question, colon, end } = parts
    if (question === undefined) {
      this.#report(conditionSyntax(this.#span(open), "'%?' after the test"))
      return end
    }
    const test = conditionHolds(tokens.slice(at + 1, question), open, {
      source: this.#source,
      ...this.#input,
    })
    if (typeof test !== 'boolean') this.#report(test)
    else if (test) this.expand(tokens.slice(question + 1, colon ?? end - 1), active)
    else if (colon !== undefined) this.expand(tokens.slice(colon + 1, end - 1), active)
    return end
  }

  #word(tokens: readonly Token[], at: number, active: readonly string[]): number {
    const token = tokens[at]
    if (token === undefined) return at + 1
    if (token.text === '@define') return this.#define(tokens, at, active)
    const macro = this.#macros.get(token.text) ?? this.#standard(token.text)
    if (macro === undefined) {
      this.#put(token)
      return at + 1
    }
    if (active.includes(token.text)) {
      this.#report(macroRecursion(this.#span(token), token.text))
      return at + 1
    }
    const call = macro.parameters === undefined ? undefined : readArguments(tokens, at + 1)
    const end = call?.end ?? at + 1
    const given = call?.list ?? []
    const wanted = macro.parameters ?? []
    if (given.length !== wanted.length) {
      this.#report(
        macroArgumentCount(this.#span(token), token.text, {
          wanted: wanted.length,
          given: given.length,
        }),
      )
      return end
    }
    const place = { start: token.start, end: Math.max(token.end, tokens[end - 1]?.end ?? 0) }
    const values = given.map(list => this.#expanded(list, active))
    const largest = Math.max(1, ...values.map(list => list.length))
    if (macro.body.length * largest > MAX_TOKENS) this.#stop(token, MAX_TOKENS)
    if (!this.#full) this.expand(substitute(macro, values, place), [...active, token.text])
    return end
  }

  /** What the tokens become, kept apart from the output. */
  #expanded(tokens: readonly Token[], active: readonly string[]): Token[] {
    const outside = this.output
    const inside: Token[] = []
    this.output = inside
    this.expand(tokens, active)
    this.output = outside
    return inside
  }

  /** `@define name %( … %)` or `@define name(a, b) %( … %)` */
  #define(tokens: readonly Token[], at: number, active: readonly string[]): number {
    const word = tokens[at]
    const name = tokens[at + 1]
    if (word === undefined) return at + 1
    if (active.length > 0) this.#report(macroInMacro(this.#span(word)))
    const parameters = readParameters(tokens, at + 2)
    const open = parameters?.end ?? at + 2
    const bracket = tokens[open]
    if (name?.kind !== 'name' || bracket === undefined || !isOperator(bracket, '%(')) {
      this.#report(macroSyntax(this.#span(word)))
      // Passes over what looks like `@define NAME VALUE`, as C would have it.
      const value = name?.kind === 'name' && ['number', 'string'].includes(bracket?.kind ?? '')
      return value ? open + 1 : at + 1
    }
    const { end } = splitBracket(tokens, open)
    if (end === undefined) {
      this.#report(unclosedPreprocessor(this.#span(bracket)))
      return tokens.length
    }
    this.#macros.set(`@${name.text}`, {
      parameters: parameters?.names,
      body: tokens.slice(open + 1, end - 1),
    })
    return end
  }

  /** A macro every script has, read when it is first used. */
  #standard(name: string): Macro | undefined {
    const text = standardMacros.get(name)
    if (text === undefined) return undefined
    const { tokens } = lex(new Source('macros', text), [])
    this.#define(tokens, 0, [])
    return this.#macros.get(name)
  }

  #span(token: Token): Span {
    return this.#source.span(token.start, token.end)
  }

  #report(diagnostic: Diagnostic): void {
    this.#input.diagnostics.push(diagnostic)
  }
}

interface Bracket {
  /** Where `%?` and `%:` of this bracket stand. */
  readonly question: number | undefined
  readonly colon: number | undefined
  /** Behind its `%)`; undefined if that is missing. */
  readonly end: number | undefined
}

/** The parts of the bracket whose `%(` stands at `open`; those inside it are passed over. */
function splitBracket(tokens: readonly Token[], open: number): Bracket {
  let depth = 0
  let question: number | undefined
  let colon: number | undefined
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined || token.kind !== 'operator') continue
    if (token.text === '%(') depth++
    else if (token.text === '%)') depth--
    else if (token.text === '%?' && depth === 1) question ??= at
    else if (token.text === '%:' && depth === 1) colon ??= at
    if (depth === 0) return { question, colon, end: at + 1 }
  }
  return { question, colon, end: undefined }
}

function isOperator(token: Token, text: string): boolean {
  return token.kind === 'operator' && token.text === text
}

/** `(a, b)` */
function readParameters(
  tokens: readonly Token[],
  at: number,
): { readonly names: readonly string[]; readonly end: number } | undefined {
  const call = readArguments(tokens, at)
  if (call === undefined) return undefined
  return { names: call.list.map(list => list.map(t => t.text).join('')), end: call.end }
}

/** `(tokens, tokens)`, split at the commas that stand in no bracket of their own. */
function readArguments(
  tokens: readonly Token[],
  at: number,
): { readonly list: readonly (readonly Token[])[]; readonly end: number } | undefined {
  const open = tokens[at]
  if (open === undefined || !isOperator(open, '(')) return undefined
  const list: Token[][] = [[]]
  let depth = 0
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined || token.kind === 'end') return undefined
    const text = token.kind === 'operator' ? token.text : ''
    if (text === ')' || text === ']' || text === '}') depth--
    if (depth === 0 && i > at) {
      const none = list.length === 1 && list[0]?.length === 0
      return { list: none ? [] : list, end: i + 1 }
    }
    if (text === ',' && depth === 1) list.push([])
    else if (i > at) list[list.length - 1]?.push(token)
    if (text === '(' || text === '[' || text === '{') depth++
  }
  return undefined
}

/** The body with its parameters replaced, standing where the macro was used. */
function substitute(
  { parameters, body }: Macro,
  given: readonly (readonly Token[])[],
  place: { readonly start: number; readonly end: number },
): Token[] {
  const values = new Map((parameters ?? []).map((name, i) => [`@${name}`, given[i] ?? []]))
  return body.flatMap(token => {
    const value = token.kind === 'name' ? values.get(token.text) : undefined
    return value ?? [{ ...token, ...place }]
  })
}

import type { Token } from './token.ts'

/** `@define name(parameters) %( body %)` */
export interface Macro {
  readonly name: Token
  readonly parameters: readonly string[] | undefined
  readonly body: readonly Token[]
}

/** What stands at `@define`, or why that is no definition; and the place behind it. */
export type ReadMacro =
  | { readonly kind: 'macro'; readonly macro: Macro; readonly end: number }
  | { readonly kind: 'unclosed'; readonly open: Token; readonly end: number }
  | { readonly kind: 'wrong'; readonly end: number }

/** `@define name %( … %)` or `@define name(a, b) %( … %)` */
export function readMacro(tokens: readonly Token[], at: number): ReadMacro {
  const name = tokens[at + 1]
  const named = name?.kind === 'name' && !/^[@$]/.test(name.text)
  const next = tokens[at + 2]
  const hasParameters = next !== undefined && isOperator(next, '(')
  const parameters = hasParameters ? readParameters(tokens, at + 2) : undefined
  const start = parameters?.end ?? at + 2
  const open = tokens[start]
  const missing = hasParameters && parameters === undefined
  if (!named || missing || open === undefined || !isOperator(open, '%(')) {
    return { kind: 'wrong', end: behindMistake(tokens, at) }
  }
  const { end } = splitBracket(tokens, start)
  if (end === undefined) return { kind: 'unclosed', open, end: tokens.length }
  const body = tokens.slice(start + 1, end - 1)
  return { kind: 'macro', macro: { name, parameters: parameters?.names, body }, end }
}

/** Passes over a definition that is none: to the end of its body, or of a value as C has it. */
function behindMistake(tokens: readonly Token[], at: number): number {
  for (let i = at + 1; i < at + FARTHEST_BODY; i++) {
    const token = tokens[i]
    if (token === undefined || token.kind === 'keyword' || token.text === '@define') break
    if (isOperator(token, '%(')) return splitBracket(tokens, i).end ?? i
  }
  const value = tokens[at + 2]?.kind
  return value === 'number' || value === 'string' ? at + 3 : at + 1
}

// More tokens than a list of parameters has.
const FARTHEST_BODY = 40

export interface Bracket {
  /** Where `%?` and `%:` of this bracket stand. */
  readonly question: number | undefined
  readonly colon: number | undefined
  /** A second `%:`, which is one too many. */
  readonly extra: number | undefined
  /** Behind its `%)`; undefined if that is missing. */
  readonly end: number | undefined
}

/** The parts of the bracket whose `%(` stands at `open`; those inside it are passed over. */
export function splitBracket(tokens: readonly Token[], open: number): Bracket {
  let depth = 0
  let question: number | undefined
  let colon: number | undefined
  let extra: number | undefined
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined || token.kind !== 'operator') continue
    if (token.text === '%(') depth++
    else if (token.text === '%)') depth--
    else if (token.text === '%?' && depth === 1) question ??= at
    else if (token.text === '%:' && depth === 1) {
      if (colon === undefined) colon = at
      else extra ??= at
    }
    if (depth === 0) return { question, colon, extra, end: at + 1 }
  }
  return { question, colon, extra, end: undefined }
}

export function isOperator(token: Token, text: string): boolean {
  return token.kind === 'operator' && token.text === text
}

/** `(a, b)`: one name or more. */
function readParameters(
  tokens: readonly Token[],
  at: number,
): { readonly names: readonly string[]; readonly end: number } | undefined {
  const names: string[] = []
  for (let i = at + 1; ; i += 2) {
    const name = tokens[i]
    const next = tokens[i + 1]
    if (name?.kind !== 'name' || /^[@$]/.test(name.text) || next === undefined) return undefined
    names.push(name.text)
    if (isOperator(next, ')')) return { names, end: i + 2 }
    if (!isOperator(next, ',')) return undefined
  }
}

/** `(tokens, tokens)`, split at the commas that stand in no bracket of their own. */
export function readArguments(
  tokens: readonly Token[],
  at: number,
): { readonly list: readonly (readonly Token[])[]; readonly end: number } | undefined {
  const open = tokens[at]
  if (open === undefined || !isOperator(open, '(')) return undefined
  const list: Token[][] = [[]]
  let depth = 1
  for (let i = at + 1; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined || token.kind === 'end') return undefined
    const text = token.kind === 'operator' ? token.text : ''
    if (text === ')' || text === ']' || text === '}' || text === '%)') depth--
    if (depth === 0) return { list, end: i + 1 }
    if (text === ',' && depth === 1) list.push([])
    else list[list.length - 1]?.push(token)
    if (text === '(' || text === '[' || text === '{' || text === '%(') depth++
  }
  return undefined
}

/** The body with its parameters replaced, standing where the macro was used. */
export function substitute(
  { parameters, body }: Macro,
  given: readonly (readonly Token[])[],
  place: { readonly start: number; readonly end: number },
): Token[] {
  const output: Token[] = []
  for (const token of body) {
    const isWord = token.kind === 'name' && token.text.startsWith('@')
    const at = isWord ? (parameters?.indexOf(token.text.slice(1)) ?? -1) : -1
    if (at < 0) output.push({ kind: token.kind, text: token.text, ...place })
    else for (const value of given[at] ?? []) output.push(value)
  }
  return output
}

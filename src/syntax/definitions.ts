import type { Source } from '../text/source.ts'
import { lex } from './lexer.ts'
import { isOperator, readMacro } from './macro.ts'
import { itemWords, type Token } from './token.ts'

/** The names that a source defines, each once, without what is private to it. */
export interface Definitions {
  /** With their `@`. */
  readonly macros: readonly string[]
  readonly functions: readonly string[]
  readonly globals: readonly string[]
  /** The first components of aliases. */
  readonly aliases: readonly string[]
}

/**
 * What a file of a library defines, for an index of many files: read from its words alone, which
 * costs a fraction of parsing. Both branches of a conditional count, as the one that is taken
 * depends on where a script runs.
 */
export function definitionsOf(source: Source): Definitions {
  const { tokens } = lex(source, [])
  const found = { macros: new Set<string>(), functions: new Set<string>() }
  const names = { ...found, globals: new Set<string>(), aliases: new Set<string>() }
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined) break
    if (token.text === '@define') {
      const read = readMacro(tokens, at)
      if (read.kind === 'macro') names.macros.add(`@${read.macro.name.text}`)
      at = read.end - 1
    } else if (isOperator(token, '{')) depth++
    else if (isOperator(token, '}')) depth = Math.max(0, depth - 1)
    else if (depth === 0 && token.kind === 'keyword' && !isPrivate(tokens[at - 1])) {
      if (token.text === 'function') addName(names.functions, tokens[at + 1])
      if (token.text === 'global') globalsFrom(tokens, at + 1, names.globals)
      if (token.text === 'probe') aliasesFrom(tokens, at + 1, names.aliases)
    }
  }
  const { macros, functions, globals, aliases } = names
  return {
    macros: [...macros],
    functions: [...functions],
    globals: [...globals],
    aliases: [...aliases],
  }
}

/** `private`, or a macro that may stand for it in front of an item: `@__private30 global x`. */
function isPrivate(token: Token | undefined): boolean {
  if (token?.kind === 'keyword') return token.text === 'private'
  return token?.kind === 'name' && token.text.startsWith('@')
}

function addName(names: Set<string>, token: Token | undefined): void {
  if (token?.kind === 'name' && !/^[@$]/.test(token.text)) names.add(token.text)
}

/** `a, b% [5], c = 1`: what stands first, and behind each comma. */
function globalsFrom(tokens: readonly Token[], start: number, names: Set<string>): void {
  addName(names, tokens[start])
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined || isOperator(token, ';') || isOperator(token, '{')) return
    if (token.kind === 'keyword' && itemWords.has(token.text)) return
    if (isOperator(token, ',')) addName(names, tokens[at + 1])
  }
}

/** `name.part("x") = …`, perhaps several with `=` in a row; a probe has none in front of its body. */
function aliasesFrom(tokens: readonly Token[], start: number, names: Set<string>): void {
  let first = start
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined || token.kind === 'end') return
    if (isOperator(token, '(')) depth++
    else if (isOperator(token, ')')) depth--
    if (depth > 0) continue
    if (isOperator(token, '{') || isOperator(token, ',') || isOperator(token, ';')) return
    if (!isOperator(token, '=') && !isOperator(token, '+=')) continue
    const head = tokens[first]
    if (head?.kind === 'name' || head?.kind === 'keyword') names.add(head.text)
    first = at + 1
  }
}

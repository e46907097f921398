/**
 * What the parser reads. `text` is what the token means, not how it was written: the bytes of a
 * string, the code between `%{` and `%}`. `start` and `end` are offsets in the source; those of a
 * token pasted from the command line are the offsets of the `$1` it came from.
 */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * `name` covers `$target` and `@operator` too. `missing` is a `$3` for which the command line has
 * nothing: an error only where it is used, since a conditional may skip it.
 */
export type TokenKind =
  | 'name'
  | 'keyword'
  | 'number'
  | 'string'
  | 'operator'
  | 'embedded'
  | 'missing'
  | 'end'

/** `exit`, `begin` and the like are ordinary names. */
export const keywords: ReadonlySet<string> = new Set([
  'probe',
  'global',
  'private',
  'function',
  'if',
  'else',
  'for',
  'foreach',
  'in',
  'limit',
  'return',
  'delete',
  'while',
  'break',
  'continue',
  'next',
  'string',
  'long',
  'try',
  'catch',
])

/** The words that start an item of a file. */
export const itemWords: ReadonlySet<string> = new Set(['probe', 'global', 'private', 'function'])

/** How a message names what was found. */
export function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the script'
    case 'string':
      return 'a string'
    case 'number':
      return `the number ${token.text}`
    case 'embedded':
      return 'embedded code'
    case 'keyword':
      return `the keyword '${token.text}'`
    case 'name':
    case 'operator':
    case 'missing':
      return `'${token.text}'`
  }
}

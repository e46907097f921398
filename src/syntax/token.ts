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
 * nothing, `stray` what means nothing in a script: errors only where they are used, since a
 * conditional may skip them.
 */
export type TokenKind =
  | 'name'
  | 'keyword'
  | 'number'
  | 'string'
  | 'operator'
  | 'embedded'
  | 'missing'
  | 'stray'
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

/** The `@` words that are operators; another one is a macro. */
export const operatorWords: ReadonlySet<string> = new Set([
  ...['@cast', '@var', '@entry', '@defined', '@probewrite', '@const', '@perf'],
  ...['@enum', '@enumname', '@kregister', '@uregister', '@kderef', '@uderef'],
  ...['@count', '@sum', '@min', '@max', '@avg', '@variance', '@hist_log', '@hist_linear'],
])

/** Those that scripts for a SystemTap before 4.0 do not have. */
export const registerWords: ReadonlySet<string> = new Set([
  ...['@kregister', '@uregister', '@kderef', '@uderef'],
])

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
    case 'stray':
      return `'${token.text}'`
  }
}

import type { Span } from './source.ts'

const KEYWORDS = new Set([
  'probe',
  'global',
  'function',
  'if',
  'else',
  'for',
  'foreach',
  'while',
  'do',
  'break',
  'continue',
  'return',
  'next',
  'delete',
  'in',
  'try',
  'catch',
])

const TOKEN =
  /([A-Za-z_$@][A-Za-z_0-9$]*)|(0[xX][0-9a-fA-F]+|[0-9]+)|("(?:\\.|[^"\\\n])*"?)|<<<|<<=|>>=|<<|>>|&&|\|\||\+\+|--|->|=~|!~|[-+*/%&|^.<>=!]=|[^\s]/y

/** The token at the start of a span, as SystemTap's run-time errors name it: `operator '/'`. */
export function tokenAt(span: Span): string {
  TOKEN.lastIndex = span.start
  const found = TOKEN.exec(span.source.text)
  if (found === null) return "operator ''"
  const [text, name, number, string] = found
  if (name !== undefined) return `${KEYWORDS.has(name) ? 'keyword' : 'identifier'} '${name}'`
  if (number !== undefined) return `number '${number}'`
  if (string !== undefined) return `string '${string.replaceAll('"', '')}'`
  return `operator '${text}'`
}

import type { Span } from './source.ts'

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'probe global private function if else for foreach in limit return delete while break ' +
    'continue next string long try catch'
  ).split(' '),
)

const TOKEN =
  /([A-Za-z_$][A-Za-z_0-9$]*)|(0[xX][0-9a-fA-F]+|[0-9]+)|"((?:\\.|[^"\\\n])*)"?|(%\{)|@[A-Za-z_0-9]*|<<<|>>>=|>>>|<<=|>>=|<<|>>|&&|\|\||\+\+|--|->|=~|!~|::|%[()?:]|[-+*/%&|^.<>=!]=|[^\s]/uy

/** Of a string; what is longer says no more. */
const MAX_SHOWN = 60

/**
 * The token at the start of a span, as SystemTap's messages name it: `operator '/'`, `keyword`,
 * `identifier '$skb'`.
 */
export function tokenAt(span: Span): string {
  TOKEN.lastIndex = span.start
  const found = TOKEN.exec(span.source.text)
  if (found === null) return "operator ''"
  const [text, name, number, string, embedded] = found
  if (name !== undefined) return KEYWORDS.has(name) ? 'keyword' : `identifier '${shown(name)}'`
  if (number !== undefined) return `number '${number}'`
  if (string !== undefined) return `string '${shown(string)}'`
  if (embedded !== undefined) return 'embedded-code'
  return /^[\x21-\x7e]/.test(text) ? `operator '${shown(text)}'` : `junk '${shown(text)}'`
}

function shown(text: string): string {
  const printable = text.replace(/\p{Cc}/gu, '·')
  return printable.length > MAX_SHOWN ? `${printable.slice(0, MAX_SHOWN)}…` : printable
}

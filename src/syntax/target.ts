import type { Span } from '../text/source.ts'
import type { Accessor, Expression } from './ast.ts'
import { pathAfterPretty, tooManyDollars } from './errors.ts'
import type { Parser } from './parser-state.ts'

/** What follows the start of a target variable, a cast or an expression with a struct type. */
export interface Path {
  readonly path: readonly Accessor[]
  readonly pretty: 0 | 1 | 2
}

/** `$x$$` is `$x` with two dollars behind; `$$vars$` is `$$vars` with one. */
export function splitPretty(text: string): { name: string; dollars: number } {
  let end = text.length
  while (end > 0 && text.charAt(end - 1) === '$') end--
  return { name: text.slice(0, end), dollars: text.length - end }
}

/** `->field`, `[index]` and so on, with the `$` that may end them: `->field$`, `[1]$`, `->$`. */
export function parsePath(
  p: Parser,
  parseExpression: (p: Parser) => Expression,
  base?: { readonly dollars: number; readonly span: Span },
): Path {
  const path: Accessor[] = []
  let dollars = base?.dollars ?? 0
  let last = base?.span
  while (p.is('->') || p.is('[')) {
    if (dollars > 0) p.fail(pathAfterPretty(last ?? p.spanOf(p.token)))
    const start = p.token.start
    if (p.eat('[')) {
      const index = parseExpression(p)
      p.expect(']', 'after the index')
      p.grow()
      path.push({ kind: 'index', index, span: p.spanFrom(start) })
    } else {
      p.advance()
      const token = p.token
      // A member may be called like a keyword: $task->next.
      if (token.kind !== 'name' && token.kind !== 'keyword') {
        p.failExpected('the name of a member', "after '->'")
      }
      if (token.text.startsWith('@')) p.failExpected('the name of a member', "after '->'")
      p.advance()
      const split = splitPretty(token.text)
      dollars = split.dollars
      if (split.name !== '') path.push({ kind: 'field', name: split.name, span: p.spanOf(token) })
    }
    last = p.spanFrom(start)
  }
  const mayEnd = dollars === 0 && (path.length > 0 || base === undefined)
  if (mayEnd && p.token.kind === 'name' && /^\$+$/.test(p.token.text)) {
    last = p.spanOf(p.token)
    dollars = p.advance().text.length
    if (p.is('->') || p.is('[')) p.fail(pathAfterPretty(last))
  }
  if (dollars > 2) p.fail(tooManyDollars(last ?? p.spanOf(p.token)))
  return { path, pretty: dollars === 1 ? 1 : dollars === 2 ? 2 : 0 }
}

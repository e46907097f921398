import type { Source } from '../text/source.ts'
import { lex } from './lexer.ts'
import { readMacro } from './macro.ts'
import type { Token } from './token.ts'

/** A word, an operator or a whole macro definition, as written, with what stands before it. */
export interface Piece {
  readonly kind: Token['kind'] | 'define'
  /** As in the script: a string with its quotes and escapes. */
  readonly text: string
  readonly comments: readonly Comment[]
  /** Line breaks before it, behind the last comment. */
  readonly lines: number
  /** Nothing at all stands between it and the one before. */
  readonly touches: boolean
}

export interface Comment {
  readonly text: string
  /** Line breaks before it. */
  readonly lines: number
  /** It takes the rest of its line. */
  readonly toLineEnd: boolean
}

/** A script as pieces; the last one is the end. */
export function piecesOf(source: Source): Piece[] {
  const { text } = source
  const { tokens } = lex(source, [])
  const pieces: Piece[] = []
  let from = 0
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]
    if (token === undefined) break
    const read = token.text === '@define' ? readMacro(tokens, at) : undefined
    const next = read?.kind === 'macro' ? read.end : at + 1
    const end = tokens[next - 1]?.end ?? token.end
    const kind = next > at + 1 ? 'define' : token.kind
    pieces.push(pieceOf(kind, text.slice(token.start, end), text.slice(from, token.start)))
    from = end
    at = next
  }
  return pieces
}

const COMMENT = /\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*/g

function pieceOf(kind: Piece['kind'], text: string, gap: string): Piece {
  const comments: Comment[] = []
  let from = 0
  for (const match of gap.matchAll(COMMENT)) {
    const toLineEnd = !match[0].startsWith('/*')
    const lines = breaks(gap.slice(from, match.index))
    const words = toLineEnd ? match[0].trimEnd() : match[0].replace(/[ \t\r]+$/gm, '')
    comments.push({ text: words, lines, toLineEnd })
    from = match.index + match[0].length
  }
  return { kind, text, comments, lines: breaks(gap.slice(from)), touches: gap === '' }
}

function breaks(space: string): number {
  return space.split('\n').length - 1
}

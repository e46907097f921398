import type { Comment, Piece } from './format-piece.ts'
import { spaceBetween } from './format-space.ts'
import {
  advance,
  beginning,
  enclosed,
  inBlock,
  levelOf,
  levelOfElse,
  opensAlternatives,
  type State,
  startsAnother,
  startsItem,
} from './format-state.ts'

const INDENT = '  '
/** Levels by which a line that goes on is set in. */
const CONTINUED = 2

/** The pieces as text, with one statement a line. */
export function layOut(pieces: readonly Piece[]): string {
  let text = ''
  let state = beginning
  let before: Piece | undefined
  pieces.forEach((piece, i) => {
    const place = { before, piece, next: pieces[i + 1] }
    const gap = gapOf(place, state)
    text += gap.text
    if (piece.kind === 'end') return
    text += piece.text
    state = advance(state, piece, { before, broken: gap.broken })
    before = piece
  })
  return text.trim() === '' ? '' : `${text.trimEnd()}\n`
}

interface Place {
  readonly before: Piece | undefined
  readonly piece: Piece
  readonly next: Piece | undefined
}

interface Gap {
  readonly text: string
  /** The piece stands on a line of its own. */
  readonly broken: boolean
}

/** What stands in front of a piece: space or line breaks, with the comments. */
function gapOf(place: Place, state: State): Gap {
  const { before, piece } = place
  const level = lineLevel(place, state)
  const comments = piece.comments
  if (comments.length === 0) return breakOrSpace(place, state, level)
  let text = ''
  const noted = commentLevel(place, state, level)
  for (const [i, comment] of comments.entries()) {
    const first = before === undefined && i === 0
    text += first
      ? ''
      : beforeComment(comment, { place, level: noted, first: i === 0, comments, i })
    text += comment.text
  }
  const last = comments.at(-1)
  const must = last?.toLineEnd === true
  const broken =
    must || (piece.lines > 0 && breakOf(place, state) !== 'never') || forced(place, state)
  if (broken)
    return { text: text + lines(piece.lines, closes(piece)) + INDENT.repeat(level), broken }
  const close = /^[),;\]]$/.test(piece.text) || piece.touches
  return { text: close ? text : `${text} `, broken: false }
}

function forced(place: Place, state: State): boolean {
  return place.before !== undefined && breakOf(place, state) === 'force'
}

interface CommentPlace {
  readonly place: Place
  readonly level: number
  readonly first: boolean
  readonly comments: readonly Comment[]
  readonly i: number
}

function beforeComment(
  comment: Comment,
  { place, level, first, comments, i }: CommentPlace,
): string {
  const after = comments[i - 1]
  const own = comment.lines > 0 || after?.toLineEnd === true
  if (own) {
    const opening = first && place.before?.text === '{'
    return lines(comment.lines, opening) + INDENT.repeat(level)
  }
  const open = first && /^[([]$/.test(place.before?.text ?? '')
  return open ? '' : ' '
}

/** One line break, or two for any number of blank lines. */
function lines(count: number, single: boolean): string {
  return count > 1 && !single ? '\n\n' : '\n'
}

function breakOrSpace(place: Place, state: State, level: number): Gap {
  const { before, piece, next } = place
  if (before === undefined) return { text: '', broken: true }
  const wish = breakOf(place, state)
  if (wish === 'force' || (wish === 'keep' && piece.lines > 0)) {
    const single = closes(piece) || (before.text === '{' && state.start)
    return { text: lines(piece.lines, single) + INDENT.repeat(level), broken: true }
  }
  return { text: spaceBetween({ before, piece, next }, state) ? ' ' : '', broken: false }
}

function closes({ kind, text }: Piece): boolean {
  return kind === 'end' || (kind === 'operator' && text === '}')
}

/** Whether a line break stands in front of the piece. */
function breakOf({ before, piece, next }: Place, state: State): 'force' | 'keep' | 'never' {
  if (before === undefined || piece.kind === 'end') return 'never'
  if (isBracket(piece) || (isBracket(before) && piece.text !== '{')) return 'keep'
  if (piece.kind === 'define') return inBlock(state) ? 'keep' : 'force'
  if (piece.kind === 'operator') return breakBeforeOperator(before, piece, state)
  if (startsItem(state, piece, before)) return isPrefix(before) ? 'never' : itemBreak(before, state)
  return breakBeforeWord({ before, piece, next }, state)
}

/** `%(` and its kin: lines break there as they are written. */
function isBracket({ kind, text }: Piece): boolean {
  return kind === 'operator' && /^%[(?:)]$/.test(text)
}

function isPrefix({ kind, text }: Piece): boolean {
  return kind === 'keyword' && text === 'private'
}

/** A macro in front of an item may belong to it: `@private global x`. */
function itemBreak(before: Piece, state: State): 'force' | 'keep' {
  const isMacro = state.item === 'none' && !state.start
  return isMacro || before.text.startsWith('@') ? 'keep' : 'force'
}

function breakBeforeOperator(
  before: Piece,
  piece: Piece,
  state: State,
): 'force' | 'keep' | 'never' {
  const top = state.stack.at(-1)?.kind
  switch (piece.text) {
    case '{':
      if (opensAlternatives(state, before)) return 'keep'
      return inBlock(state) && (state.start || state.operand) && !state.body ? 'force' : 'never'
    case '}':
      if (top === 'alternatives') return 'keep'
      return before.text === '{' && state.start ? 'never' : 'force'
    case ';':
      return 'never'
    case ',':
      return before.text === '}' ? 'never' : 'keep'
    default:
      return breakBeforeWord({ before, piece }, state)
  }
}

function breakBeforeWord(
  {
    before,
    piece,
  }: { readonly before: Piece; readonly piece: Piece; readonly next?: Piece | undefined },
  state: State,
): 'force' | 'keep' | 'never' {
  if (enclosed(state)) return 'keep'
  const isWord = piece.kind === 'keyword' && inBlock(state)
  if (isWord && before.text === '}' && (piece.text === 'else' || piece.text === 'catch')) {
    return 'never'
  }
  if (isWord && piece.text === 'else') return 'keep'
  if (isWord && piece.text === 'if' && before.text === 'else') return 'never'
  if (state.body) return 'keep'
  if (state.start)
    return state.stack.at(-1)?.kind === 'conditional' ? startInBranch(before) : 'force'
  return inBlock(state) && startsAnother(state, piece, before) ? 'force' : 'keep'
}

/** Behind a statement of a branch, as elsewhere; at its start as it is written. */
function startInBranch({ text }: Piece): 'force' | 'keep' {
  return text === ';' || text === '}' ? 'force' : 'keep'
}

/** The level of the line that the piece starts, should it start one. */
function lineLevel({ before, piece }: Place, state: State): number {
  if (piece.kind === 'end') return 0
  if (isBracket(piece) && piece.text !== '%(') return bracketLevel(state)
  if (piece.kind === 'operator' && piece.text === '}') return closingLevel(state)
  if (enclosed(state)) return levelOf(state) + CONTINUED
  if (piece.kind === 'keyword' && inBlock(state) && piece.text === 'else') return levelOfElse(state)
  if (state.body) return piece.text === '{' ? levelOf(state) : levelOf(state) + 1
  const another = inBlock(state) && startsAnother(state, piece, before)
  if (another) return levelOf({ ...state, open: [] })
  const starts = state.start || startsItem(state, piece, before) || piece.kind === 'define'
  if (starts) return levelOf(state)
  return piece.text === '{' ? levelOf(state) : levelOf(state) + CONTINUED
}

function bracketLevel(state: State): number {
  const entry = state.stack.findLast(e => e.kind === 'conditional')
  if (entry === undefined) return levelOf(state)
  return entry.inside ? entry.level + CONTINUED : entry.level - 1
}

function closingLevel(state: State): number {
  const entry = state.stack.at(-1)
  if (entry?.kind === 'alternatives') return entry.level + CONTINUED
  return (state.stack.findLast(e => e.kind === 'block')?.level ?? 1) - 1
}

/** Comments in front of a `}` belong to what it closes. */
function commentLevel({ piece }: Place, state: State, level: number): number {
  if (piece.kind === 'end') return levelOf({ ...state, open: [] })
  return piece.kind === 'operator' && piece.text === '}' ? level + 1 : level
}

import type { Piece } from './format-piece.ts'
import { headOf, inPoint, opensAlternatives, type State } from './format-state.ts'

export interface Neighbours {
  readonly before: Piece
  readonly piece: Piece
  readonly next: Piece | undefined
}

/** Whether a space stands in front of `piece`, in the line of the one before it. */
export function spaceBetween({ before, piece, next }: Neighbours, state: State): boolean {
  // What is pasted, and the brackets of conditionals, may join with what they touch.
  if (keepsPlace(before) || keepsPlace(piece)) return !piece.touches
  if (isWildcard(before, state) || isWildcard(piece, state)) return !piece.touches
  if (isSortMark(piece, next)) return joins(before, piece)
  return wanted(before, piece, state) || joins(before, piece)
}

function keepsPlace({ kind, text }: Piece): boolean {
  return kind === 'missing' || /^%[(?:)]$/.test(text) || /^\$+$/.test(text) || /^[$@]#$/.test(text)
}

/** The `*` of a probe point stands where it stands. */
function isWildcard({ kind, text }: Piece, state: State): boolean {
  return kind === 'operator' && text === '*' && inPoint(state)
}

function wanted(before: Piece, piece: Piece, state: State): boolean {
  const [left, right] = [operatorOf(before), operatorOf(piece)]
  if (left === '(' || left === '[' || right === ')' || right === ']') return false
  if (right === ',' || right === ';') return false
  if (left === ',' || left === ';') return true
  if (left === '->' || right === '->') return false
  if (right === '(') return spaceBeforeParenthesis(before, state)
  if (right === '[') return !touchesBracket(before)
  if (left === '++' || left === '--') return state.operand
  if (right === '++' || right === '--') return !state.operand
  return inHead(before, piece, state) ?? !isSign(before, state)
}

function operatorOf({ kind, text }: Piece): string {
  return kind === 'operator' ? text : ''
}

function spaceBeforeParenthesis(before: Piece, state: State): boolean {
  if (before.kind === 'name') return false
  if (before.kind === 'keyword') {
    if (headOf(state) === 'function') return false
    return !inPoint(state) || before.text === 'if'
  }
  if (before.kind === 'operator') return !isSign(before, state) && before.text !== '*'
  return true
}

function touchesBracket({ kind, text }: Piece): boolean {
  return kind === 'name' || text === ')' || text === ']' || text === '%' || kind === 'embedded'
}

/** `+` or `-` behind a key or an array of `foreach`: nothing follows that it could add. */
function isSortMark({ kind, text }: Piece, next: Piece | undefined): boolean {
  if (kind !== 'operator' || (text !== '+' && text !== '-')) return false
  return next !== undefined && /^(?:[),\]=]|in|limit)$/.test(next.text)
}

/** In the head of an item, where operators have other meanings; undefined elsewhere. */
function inHead(before: Piece, piece: Piece, state: State): boolean | undefined {
  const [left, right] = [operatorOf(before), operatorOf(piece)]
  if (headOf(state) === 'function') {
    return left === ':' || right === ':' ? false : undefined
  }
  if (headOf(state) === 'global') return right === '%' || left === '-' ? false : undefined
  if (!inPoint(state)) return undefined
  if (left === '.' || right === '.') return false
  if (right === '?' || right === '!') return false
  if (left === '{') return false
  if (right === '}') return false
  return right === '{' && opensAlternatives(state, before) ? before.text === 'probe' : undefined
}

/** A sign in front of an operand, such as `-x`. */
function isSign(before: Piece, state: State): boolean {
  return state.sign && before.kind === 'operator'
}

/** Whether the two would read as something else side by side. */
function joins(before: Piece, piece: Piece): boolean {
  const [last, first] = [before.text.at(-1) ?? '', piece.text.charAt(0)]
  if (/[\w$@]/.test(last) && /[\w$@]/.test(first)) return true
  return before.kind === 'operator' && piece.kind === 'operator' && JOINED.test(last + first)
}

// The two last characters of an operator, or the start of a comment or of embedded code.
const JOINED = /^(?:<<|>>|[=!<>+\-*/%&^|.]=|=~|!~|&&|\|\||\+\+|--|->|::|%[()?:{}]|\/[/*])$/

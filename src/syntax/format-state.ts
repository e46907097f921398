import type { Piece } from './format-piece.ts'
import { itemWords } from './token.ts'

// Where in a script a piece stands, told from the pieces alone: both branches of a conditional are
// laid out, also the one that no parser sees.

/** What encloses a piece. */
export interface Entry {
  readonly kind: 'block' | 'alternatives' | 'paren' | 'conditional'
  /** The level on which a line starts inside it. */
  readonly level: number
  /** Around it, and given back at its end. */
  readonly open: readonly Open[]
  /** The `(` of `if (`, behind which a body follows. */
  readonly control: boolean
  /** The statement in which it stands had begun. */
  readonly inside: boolean
}

/** A statement such as `if (…)` whose body has no braces, or none yet. */
export interface Open {
  readonly word: string
  /** Its body stands on a line of its own. */
  readonly broken: boolean
}

export interface State {
  readonly stack: readonly Entry[]
  /** The item whose head is being read. */
  readonly item: 'none' | 'probe' | 'function' | 'global'
  /** The next piece starts a statement or an item. */
  readonly start: boolean
  /** The last piece may be the end of an expression. */
  readonly operand: boolean
  /** The last piece is the sign of an operand: `-x`, `!x`, `&$x->y`. */
  readonly sign: boolean
  /** The body of `if (…)`, `else` or `try` comes next. */
  readonly body: boolean
  /** A `(` that follows belongs to this word. */
  readonly control: string
  readonly open: readonly Open[]
  /** What was open when the last statement ended: `else` goes on from there. */
  readonly ended: readonly Open[]
  /** How the first branch of each conditional left things. */
  readonly branches: readonly (State | undefined)[]
}

export const beginning: State = {
  stack: [],
  item: 'none',
  start: true,
  operand: false,
  sign: false,
  body: false,
  control: '',
  open: [],
  ended: [],
  branches: [],
}

const controlWords: ReadonlySet<string> = new Set(['if', 'while', 'for', 'foreach', 'catch'])
const simpleWords: ReadonlySet<string> = new Set(['break', 'continue', 'next'])

/** Whether statements stand here, and not items. */
export function inBlock({ stack }: State): boolean {
  return stack.some(e => e.kind === 'block')
}

/** Whether an expression, a list or braces of a probe point are open. */
export function enclosed({ stack }: State): boolean {
  const top = stack.at(-1)?.kind
  return top === 'paren' || top === 'alternatives'
}

/** In the head of a probe, outside of arguments and conditions. */
export function inPoint(state: State): boolean {
  return headOf(state) === 'probe' && !state.stack.some(e => e.kind === 'paren')
}

/** The item in whose head a piece stands. */
export function headOf(state: State): State['item'] {
  return inBlock(state) ? 'none' : state.item
}

/** The level on which a statement starts. */
export function levelOf({ stack, open }: State): number {
  const top = stack.at(-1)
  // Inside a statement its own level is known already.
  const known = top !== undefined && top.kind !== 'block' && top.inside
  return (top?.level ?? 0) + (known ? 0 : open.filter(o => o.broken).length)
}

/** Whether `{` is one of `a.{b,c}`. */
export function opensAlternatives(state: State, before: Piece | undefined): boolean {
  if (!inPoint(state)) return false
  const text = before?.text ?? ''
  return ['.', ',', '{', '=', '+=', 'probe', '%(', '%?', '%:'].includes(text)
}

/** Whether a piece starts a statement behind one that no `;` ended. */
export function startsAnother(state: State, piece: Piece, before: Piece | undefined): boolean {
  if (!state.operand || enclosed(state) || before?.text === '->') return false
  switch (piece.kind) {
    case 'name':
      return !/^\$+$/.test(piece.text)
    case 'number':
    case 'embedded':
    case 'define':
      return true
    case 'missing':
      return !piece.touches
    case 'string':
      return before?.kind !== 'string'
    case 'keyword':
      return piece.text !== 'in' && piece.text !== 'limit'
    case 'operator':
      return piece.text === '{' || piece.text === '!' || piece.text === '~'
    case 'stray':
    case 'end':
      return false
  }
}

/** `broken`: the piece stands on a line of its own. */
export function advance(
  state: State,
  piece: Piece,
  { before, broken }: { readonly before: Piece | undefined; readonly broken: boolean },
): State {
  const sign = piece.kind === 'operator' && !state.operand && /^[-+!~&]$/.test(piece.text)
  return { ...behind(state, piece, { before, broken }), sign }
}

function behind(
  state: State,
  piece: Piece,
  { before, broken }: { readonly before: Piece | undefined; readonly broken: boolean },
): State {
  let now = state
  if (now.body && broken && piece.text !== '{') now = { ...now, open: withBroken(now.open) }
  if (inBlock(now) && startsAnother(now, piece, before)) now = ended(now)
  const member = before?.text === '->' || (inPoint(now) && !now.start)
  if (piece.kind === 'keyword' && !member) return atKeyword(now, piece.text)
  if (piece.kind === 'operator') return atOperator(now, piece, before)
  const inner = { ...now, start: false, body: false, control: '', operand: true }
  if (piece.kind === 'define') return { ...now, start: true, operand: false }
  const finishes = piece.kind === 'embedded' && !inBlock(now)
  return finishes ? { ...inner, item: 'none', start: true, operand: false } : inner
}

function withBroken(open: readonly Open[]): readonly Open[] {
  const last = open.at(-1)
  return last === undefined ? open : [...open.slice(0, -1), { ...last, broken: true }]
}

/** A statement is over. */
function ended(state: State): State {
  const over = state.open.length > 0 ? state.open : state.ended
  return { ...state, start: true, operand: false, body: false, control: '', open: [], ended: over }
}

function atKeyword(state: State, word: string): State {
  const inner = { ...state, start: false, operand: false, body: false, control: '' }
  if (!inBlock(state)) {
    if (word === 'probe' || word === 'function' || word === 'global') {
      return { ...inner, item: word }
    }
    return controlWords.has(word) ? { ...inner, control: word } : inner
  }
  if (enclosed(state)) return inner
  if (word === 'else') return { ...inner, body: true, open: openedByElse(state) }
  if (word === 'try')
    return { ...inner, body: true, open: [...state.open, { word, broken: false }] }
  if (word === 'catch') {
    const open = [...state.ended.slice(0, -1), { word, broken: false }]
    return { ...inner, body: true, control: word, open }
  }
  if (controlWords.has(word)) return { ...inner, control: word, open: openedBy(state, word) }
  return { ...inner, operand: simpleWords.has(word) }
}

/** `else if` is one statement. */
function openedBy({ open }: State, word: string): readonly Open[] {
  const last = open.at(-1)
  const rest = last?.word === 'else' && !last.broken ? open.slice(0, -1) : open
  return [...rest, { word, broken: false }]
}

/** Those outside the `if` that it belongs to, and itself. */
function openedByElse({ open, ended }: State): readonly Open[] {
  const before = open.length > 0 ? open : ended
  let at = before.length - 1
  while (at > 0 && before[at]?.word !== 'if') at--
  return [...before.slice(0, Math.max(at, 0)), { word: 'else', broken: false }]
}

/** The level of the line that a closing word or bracket starts. */
export function levelOfElse(state: State): number {
  const open = openedByElse(state)
  return levelOf({ ...state, open: open.slice(0, -1) })
}

function atOperator(state: State, piece: Piece, before: Piece | undefined): State {
  const inner = { ...state, start: false, operand: false, body: false, control: '' }
  switch (piece.text) {
    case '(':
    case '[':
      return { ...inner, stack: [...state.stack, parenOf(state)] }
    case ')':
    case ']':
      return closed(state, 'paren')
    case '{':
      return opened(state, before)
    case '}':
      return closed(state, state.stack.at(-1)?.kind === 'alternatives' ? 'alternatives' : 'block')
    case ';':
      return enclosed(state) ? inner : { ...ended(state), item: 'none' }
    case '%(':
      return openedConditional(state)
    case '%?':
      return atBranch(state)
    case '%:':
      return atSecondBranch(state)
    case '%)':
      return closedConditional(state)
    case '++':
    case '--':
      return { ...inner, operand: state.operand }
    default:
      return inner
  }
}

function parenOf(state: State): Entry {
  const level = levelOf(state)
  return { kind: 'paren', level, open: state.open, control: state.control !== '', inside: true }
}

function opened(state: State, before: Piece | undefined): State {
  const { stack, open } = state
  const rest = { open, control: false, inside: true }
  const inner = { ...state, start: false, operand: false, body: false, control: '' }
  if (opensAlternatives(state, before)) {
    return { ...inner, stack: [...stack, { ...rest, kind: 'alternatives', level: levelOf(state) }] }
  }
  const block: Entry = { ...rest, kind: 'block', level: levelOf(state) + 1 }
  return { ...inner, start: true, open: [], ended: [], stack: [...stack, block] }
}

function closed(state: State, kind: Entry['kind']): State {
  const at = state.stack.findLastIndex(e => e.kind === kind)
  const entry = state.stack[at]
  const inner = { ...state, start: false, operand: true, body: false, control: '' }
  if (entry === undefined) return inner
  const stack = state.stack.filter((_, i) => i !== at)
  const back = { ...inner, stack, open: entry.open }
  if (kind === 'block') {
    const over = ended({ ...back, ended: entry.open })
    return inBlock(over) ? over : { ...over, item: 'none' }
  }
  return kind === 'paren' && entry.control ? { ...back, operand: false, body: inBlock(back) } : back
}

function openedConditional(state: State): State {
  const entry: Entry = {
    kind: 'conditional',
    level: levelOf(state) + (state.start ? 1 : 0),
    open: state.open,
    control: false,
    inside: !state.start,
  }
  const stack = [...state.stack, entry]
  // Its test is an expression; what stood open around it goes on in each branch.
  return { ...state, stack, branches: [...state.branches, undefined], start: false }
}

function atBranch(state: State): State {
  const inside = state.stack.findLast(e => e.kind === 'conditional')?.inside ?? false
  return { ...state, start: !inside, operand: false, open: inside ? state.open : [] }
}

function atSecondBranch(state: State): State {
  const at = state.branches.length - 1
  const branches = state.branches.map((b, i) => (i === at ? state : b))
  return { ...atBranch(state), branches }
}

/** What follows goes on from the first branch: both leave the same brackets open. */
function closedConditional(state: State): State {
  const first = state.branches.at(-1)
  const from = first ?? state
  const at = from.stack.findLastIndex(e => e.kind === 'conditional')
  const entry = from.stack[at]
  const stack = from.stack.filter((_, i) => i !== at)
  const branches = state.branches.slice(0, -1)
  const back = { ...from, stack, branches }
  if (entry === undefined || entry.inside) return { ...back, operand: true }
  return { ...back, start: true, operand: false, open: entry.open }
}

/** Whether the piece starts an item wherever it stands outside of blocks. */
export function startsItem(state: State, piece: Piece, before: Piece | undefined): boolean {
  if (inBlock(state) || enclosed(state)) return false
  if (piece.kind !== 'keyword' || !itemWords.has(piece.text)) return false
  return !inPoint(state) || (before?.text !== '.' && before?.text !== 'probe')
}

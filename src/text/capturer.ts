import { MAX_STATES, MAX_WORK, sampleBytes } from './matcher.ts'
import { parseRegex } from './regex.ts'
import { type Step, type Steps, stepsOf } from './regex-steps.ts'

/**
 * A machine that finds where a pattern and its groups match: of all matches the one that starts
 * first, of these the longest; in it each repeat takes what it can, from left to right, and the
 * first alternative that fits is taken.
 *
 * Its states are lists of the places that the steps may be at, the preferred first. Where the
 * groups of each started and ended is in cells: on the way from state to state these are set and
 * moved. Which of the places wins is known only at the end of the match, so a text is read twice:
 * until the last state that could be the end of a match, then up to there with all moves.
 */
export interface Capturer {
  readonly classes: readonly number[]
  readonly classCount: number
  readonly states: readonly CaptureState[]
  readonly start: number
  readonly groups: number
  /** How many cells it needs, those with a meaning of their own counted. */
  readonly cells: number
}

export interface CaptureState {
  /** By class. Class 0, the end of the text, leads to no state. */
  readonly next: readonly Transition[]
  /** Where a match may end here: the cell of each tag. */
  readonly accept: readonly number[] | undefined
  /** The same at the end of the text. */
  readonly acceptAtEnd: readonly number[] | undefined
}

export interface Transition {
  readonly state: number
  /** In order. */
  readonly moves: readonly Move[]
}

export interface Move {
  readonly to: number
  readonly from: number
}

/** The cell that holds UNSET, for ever. */
export const NOWHERE = 0
/** The cell that holds the place in the text: in moves, that behind the byte just read. */
export const HERE = 1
const SPARE = 2
/** The cell that holds 0 where the machine starts: all others hold UNSET there. */
export const START = 3
const FIRST_CELL = 3

/** What a cell holds that was not set. */
export const UNSET = 0xffff
/** The state that leads nowhere. */
export const DEAD = 0

/** More cells than this do not fit the tables of the kernel. */
const MAX_CELLS = 120

export function capturerOf(pattern: string): Capturer | undefined {
  const parsed = parseRegex(pattern)
  if (!('regex' in parsed)) return undefined
  return new Maker(stepsOf(parsed)).run()
}

/** Start and end of the whole and each group, UNSET for those that took no part; or no match. */
export function capture(capturer: Capturer, text: string): readonly number[] | undefined {
  const end = lastEnd(capturer, text)
  if (end === undefined) return undefined
  const cells = new Array<number>(capturer.cells).fill(UNSET)
  cells[START] = 0
  let state = capturer.start
  for (let at = 0; at < end; at++) {
    const { state: next, moves } = transition(capturer, state, text, at)
    cells[HERE] = at + 1
    for (const { to, from } of moves) cells[to] = cells[from] ?? UNSET
    state = next
  }
  cells[HERE] = end
  const found = capturer.states[state]
  const tags = end === text.length ? found?.acceptAtEnd : found?.accept
  return tags?.map(cell => cells[cell] ?? UNSET)
}

function lastEnd(capturer: Capturer, text: string): number | undefined {
  let last: number | undefined
  for (let at = 0, state = capturer.start; state !== DEAD; at++) {
    const here = capturer.states[state]
    if ((at < text.length ? here?.accept : here?.acceptAtEnd) !== undefined) last = at
    state = transition(capturer, state, text, at).state
  }
  return last
}

function transition(capturer: Capturer, state: number, text: string, at: number): Transition {
  const byte = at < text.length ? text.charCodeAt(at) : 0
  const class_ = capturer.classes[byte] ?? 0
  return capturer.states[state]?.next[class_] ?? { state: DEAD, moves: [] }
}

/** A place that the steps may be at. */
interface Thread {
  readonly step: number
  /** Threads of one attempt started at one place in the text. */
  readonly attempt: number
  /** By tag: the cell that holds it. */
  readonly cells: readonly number[]
}

/** Threads, the preferred first, and whether an attempt may still start. */
interface Threads {
  readonly threads: readonly Thread[]
  readonly restarts: boolean
}

interface Open extends Threads {
  readonly isStart: boolean
}

class Maker {
  readonly #program: Steps
  readonly #nothing: readonly number[]
  readonly #known = new Map<string, number>()
  readonly #open: Open[] = []
  #cells = START + 1
  #work = 0

  constructor(program: Steps) {
    this.#program = program
    this.#nothing = new Array<number>(2 * (program.groups + 1)).fill(NOWHERE)
    this.#open.push({ threads: [], restarts: false, isStart: false })
  }

  run(): Capturer | undefined {
    const { classes, classCount, groups } = this.#program
    const samples = sampleBytes(classes, classCount)
    const states: CaptureState[] = []
    const first = this.#closure([this.#attempt(0)], true, true)
    const start = this.#state(first, true).state
    for (let n = 0; n < this.#open.length; n++) {
      const open = this.#open[n] ?? { threads: [], restarts: false, isStart: false }
      const next = samples.map((byte, class_) =>
        class_ === 0 ? { state: DEAD, moves: [] } : this.#after(open, byte),
      )
      states.push({ next, accept: this.#accept(open), acceptAtEnd: this.#acceptAtEnd(open) })
      const tooLarge = this.#open.length > MAX_STATES || this.#cells > MAX_CELLS
      if (tooLarge || this.#work > MAX_WORK) return undefined
    }
    return { classes, classCount, states, start, groups, cells: this.#cells }
  }

  #attempt(attempt: number): Thread {
    return { step: this.#program.first, attempt, cells: this.#nothing }
  }

  #after({ threads, restarts }: Open, byte: number): Transition {
    const moved = threads.flatMap(thread => {
      const step = this.#step(thread.step)
      return step.kind === 'byte' && step.bytes[byte] ? [{ ...thread, step: step.next }] : []
    })
    const last = threads.at(-1)?.attempt ?? 0
    const all = restarts ? [...moved, this.#attempt(last + 1)] : moved
    return this.#state(this.#closure(all, restarts, false), false)
  }

  /** Follows what reads nothing. Behind a match no attempt counts that started later. */
  #closure(from: readonly Thread[], restarts: boolean, start: boolean): Threads {
    const seen = new Set<number>()
    const threads: Thread[] = []
    let matched: number | undefined
    const work = [...from].reverse()
    for (let thread = work.pop(); thread !== undefined; thread = work.pop()) {
      if (seen.has(thread.step) || (matched !== undefined && thread.attempt > matched)) continue
      seen.add(thread.step)
      this.#work += thread.cells.length
      const step = this.#step(thread.step)
      if (step.kind === 'byte' || step.kind === 'end' || step.kind === 'accept') {
        threads.push(thread)
        if (step.kind === 'accept') matched = thread.attempt
      } else {
        work.push(...follow(thread, step, start))
      }
    }
    return { threads, restarts: restarts && matched === undefined }
  }

  /** Gives the cells numbers by the order in which they are met. */
  #state({ threads, restarts }: Threads, isStart: boolean): Transition {
    if (threads.length === 0 && !restarts) return { state: DEAD, moves: [] }
    const numbers = new Map<number, number>([[NOWHERE, NOWHERE]])
    const attempts = new Map<number, number>()
    // The first state is entered without moves.
    if (isStart) numbers.set(HERE, START)
    const renamed = threads.map((thread): Thread => {
      const attempt = attempts.get(thread.attempt) ?? attempts.size
      attempts.set(thread.attempt, attempt)
      return { ...thread, attempt, cells: thread.cells.map(cell => this.#number(numbers, cell)) }
    })
    const moves = [...numbers].flatMap(([from, to]) => (from === to ? [] : [{ to, from }]))
    const parts = renamed.map(({ step, attempt, cells }) => `${step},${attempt},${cells.join('.')}`)
    const key = `${isStart}${restarts}${parts.join(' ')}`
    let state = this.#known.get(key)
    if (state === undefined) {
      state = this.#open.push({ threads: renamed, restarts, isStart }) - 1
      this.#known.set(key, state)
    }
    return { state, moves: isStart ? [] : inOrder(moves) }
  }

  #number(numbers: Map<number, number>, cell: number): number {
    const known = numbers.get(cell)
    if (known !== undefined) return known
    const number = FIRST_CELL + [...numbers.values()].filter(n => n >= FIRST_CELL).length
    numbers.set(cell, number)
    this.#cells = Math.max(this.#cells, number + 1)
    return number
  }

  #accept({ threads }: Open): readonly number[] | undefined {
    return threads.find(thread => this.#step(thread.step).kind === 'accept')?.cells
  }

  #acceptAtEnd({ threads, isStart }: Open): readonly number[] | undefined {
    const seen = new Set<number>()
    const work = [...threads].reverse()
    for (let thread = work.pop(); thread !== undefined; thread = work.pop()) {
      const step = this.#step(thread.step)
      if (step.kind === 'accept') return thread.cells
      if (step.kind === 'byte' || seen.has(thread.step)) continue
      seen.add(thread.step)
      if (step.kind === 'end') work.push({ ...thread, step: step.next })
      else work.push(...follow(thread, step, isStart))
    }
    return undefined
  }

  #step(step: number): Step {
    return this.#program.steps[step] ?? { kind: 'accept' }
  }
}

/** Where a step that reads nothing leads, the preferred last, as on a stack. */
function follow(
  thread: Thread,
  step: Extract<Step, { kind: 'split' | 'tag' | 'start' | 'end' }>,
  start: boolean,
): Thread[] {
  switch (step.kind) {
    case 'split':
      return [
        { ...thread, step: step.second },
        { ...thread, step: step.first },
      ]
    case 'tag':
      return [{ ...thread, step: step.next, cells: thread.cells.with(step.tag, HERE) }]
    case 'start':
      return start ? [{ ...thread, step: step.next }] : []
    case 'end':
      return []
  }
}

/** Moves that happen at once, one after the other: none overwrites what another still reads. */
function inOrder(moves: readonly Move[]): Move[] {
  const done: Move[] = []
  let left = [...moves]
  while (left.length > 0) {
    const free = left.find(({ to }) => !left.some(other => other.from === to && other.to !== to))
    if (free !== undefined) {
      done.push(free)
      left = left.filter(move => move !== free)
      continue
    }
    // They go in a circle.
    const [first] = left
    if (first === undefined) break
    done.push({ to: SPARE, from: first.to })
    left = left.map(move => (move.from === first.to ? { ...move, from: SPARE } : move))
  }
  return done
}

import { parseRegex } from './regex.ts'
import { type Step, type Steps, stepsOf } from './regex-steps.ts'

/**
 * A machine that tells whether a pattern matches somewhere in a text: in each state, each class of
 * bytes leads to one next state. The two final states are never left; the end of the text, which is
 * byte 0, leads to one of them.
 */
export interface Matcher {
  readonly classes: readonly number[]
  readonly classCount: number
  /** Next state, at `state * classCount + class`. */
  readonly table: readonly number[]
  readonly start: number
}

export const REFUSED = 0
export const ACCEPTED = 1

/** More states than this are a mistake, or would take the kernel too much room. */
export const MAX_STATES = 2000
/** Work that making one machine may be; about a second. */
export const MAX_WORK = 20_000_000

/** The machine of a pattern; undefined where the pattern is wrong or its machine too large. */
export function matcherOf(pattern: string): Matcher | undefined {
  const parsed = parseRegex(pattern)
  if (!('regex' in parsed)) return undefined
  const made = new Determiner(stepsOf(parsed)).run()
  return made && minimised(made)
}

/** Whether it matches somewhere in a byte string. */
export function matches({ classes, classCount, table, start }: Matcher, text: string): boolean {
  let state = start
  for (let at = 0; state > ACCEPTED; at++) {
    const byte = at < text.length ? text.charCodeAt(at) : 0
    state = table[state * classCount + (classes[byte] ?? 0)] ?? REFUSED
  }
  return state === ACCEPTED
}

/** Makes each set of places that can be reached together a state. */
class Determiner {
  readonly #program: Steps
  readonly #states = new Map<string, number>()
  readonly #places: (readonly number[])[] = [[], []]
  #work = 0

  constructor(program: Steps) {
    this.#program = program
  }

  run(): Matcher | undefined {
    const { classes, classCount, first } = this.#program
    const table: number[] = Array.from({ length: 2 * classCount }, (_, n) =>
      n < classCount ? REFUSED : ACCEPTED,
    )
    const start = this.#state(this.#closure([first], { start: true, end: false }), 'start')
    const restart = this.#closure([first], { start: false, end: false })
    const samples = sampleBytes(classes, classCount)
    for (let state = 2; state < this.#places.length; state++) {
      const places = this.#places[state] ?? []
      const isStart = state === start
      table.push(this.#atEnd(places, isStart))
      for (const byte of samples.slice(1)) {
        const next = this.#closure(this.#after(places, byte), { start: false, end: false })
        table.push(
          this.#state(
            [...new Set([...next, ...restart])].sort((a, b) => a - b),
            '',
          ),
        )
      }
      if (this.#places.length > MAX_STATES || this.#work > MAX_WORK) return undefined
    }
    return { classes, classCount, table, start }
  }

  #state(places: readonly number[], mark: string): number {
    if (places.some(place => this.#step(place).kind === 'accept')) return ACCEPTED
    if (places.length === 0) return REFUSED
    const key = `${mark}${places.join()}`
    const known = this.#states.get(key)
    if (known !== undefined) return known
    const state = this.#places.push(places) - 1
    this.#states.set(key, state)
    return state
  }

  #after(places: readonly number[], byte: number): number[] {
    this.#work += places.length
    return places.flatMap(place => {
      const step = this.#step(place)
      return step.kind === 'byte' && step.bytes[byte] ? [step.next] : []
    })
  }

  #atEnd(places: readonly number[], start: boolean): number {
    const ends = places.filter(place => this.#step(place).kind === 'end')
    const reached = this.#closure(ends, { start, end: true })
    return reached.some(place => this.#step(place).kind === 'accept') ? ACCEPTED : REFUSED
  }

  /** Places that are reached without reading: those that read, wait for the end, or accept. */
  #closure(from: readonly number[], at: { start: boolean; end: boolean }): number[] {
    const seen = new Set(from)
    const found: number[] = []
    // Grows while it is walked.
    for (const place of seen) {
      this.#work++
      const step = this.#step(place)
      if (step.kind === 'split') seen.add(step.first).add(step.second)
      else if (step.kind === 'tag') seen.add(step.next)
      else if (step.kind === 'start') {
        if (at.start) seen.add(step.next)
      } else if (step.kind === 'end' && at.end) seen.add(step.next)
      else found.push(place)
    }
    return found.sort((a, b) => a - b)
  }

  #step(place: number): Step {
    return this.#program.steps[place] ?? { kind: 'accept' }
  }
}

/** A byte of each class. */
export function sampleBytes(classes: readonly number[], classCount: number): number[] {
  return Array.from({ length: classCount }, (_, n) => classes.indexOf(n))
}

/** The same with states that nothing tells apart made one (Moore); as it is, when very large. */
function minimised(matcher: Matcher): Matcher {
  const { classes, classCount, table, start } = matcher
  const count = table.length / classCount
  if (count * table.length > MAX_WORK) return matcher
  let group = Array.from({ length: count }, (_, state) => Math.min(state, 2))
  for (let groups = Math.min(count, 3); ; ) {
    const numbers = new Map<string, number>()
    // The final states come first, and so keep their numbers.
    const next = group.map((own, state) => {
      const row = table.slice(state * classCount, (state + 1) * classCount)
      const key = `${own}:${row.map(to => group[to]).join()}`
      const number = numbers.get(key) ?? numbers.size
      numbers.set(key, number)
      return number
    })
    group = next
    if (numbers.size === groups) break
    groups = numbers.size
  }
  return oneColumnEach({ classes, classCount, table: rows(), start: group[start] ?? REFUSED })

  function rows(): number[] {
    const size = Math.max(...group) + 1
    return Array.from({ length: size }, (_, number) => {
      const state = group.indexOf(number)
      return table.slice(state * classCount, (state + 1) * classCount).map(to => group[to] ?? 0)
    }).flat()
  }
}

/** The same with classes that no state tells apart made one. */
function oneColumnEach({ classes, classCount, table, start }: Matcher): Matcher {
  const count = table.length / classCount
  const numbers = new Map<string, number>()
  const columns = Array.from({ length: classCount }, (_, class_) => {
    const column = Array.from({ length: count }, (_, state) => table[state * classCount + class_])
    const key = class_ === 0 ? 'end' : column.join()
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
  const kept = [...numbers.values()].map(number => columns.indexOf(number))
  const rows = Array.from({ length: count }, (_, state) =>
    kept.map(class_ => table[state * classCount + class_] ?? REFUSED),
  )
  const renamed = classes.map(class_ => columns[class_] ?? 0)
  return { classes: renamed, classCount: numbers.size, table: rows.flat(), start }
}

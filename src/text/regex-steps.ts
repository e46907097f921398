import type { ByteSet, ParsedRegex, Regex } from './regex.ts'

/**
 * A regular expression as steps from one place to the next, in order of preference: what stands
 * first in it, and one round more of a repeat, comes before the rest.
 */
export type Step =
  | { readonly kind: 'byte'; readonly bytes: ByteSet; readonly next: number }
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  /** Notes where it is: tag 2n is the start of group n, 2n + 1 its end. Group 0 is the whole. */
  | { readonly kind: 'tag'; readonly tag: number; readonly next: number }
  /** Goes on only at the start or the end of the text. */
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'accept' }

export interface Steps {
  readonly steps: readonly Step[]
  readonly first: number
  readonly groups: number
  /** By byte: which class it is in. NUL, the end of the text, is class 0 and alone in it. */
  readonly classes: readonly number[]
  readonly classCount: number
}

export function stepsOf({ regex, groups }: ParsedRegex): Steps {
  const steps: Step[] = [{ kind: 'accept' }]
  const first = group(0, regex, 0)
  return { steps, first, groups, ...byteClasses(steps) }

  function add(step: Step): number {
    return steps.push(step) - 1
  }

  /** Steps for a part that lead to `next`; where they start. */
  function build(part: Regex, next: number): number {
    switch (part.kind) {
      case 'empty':
        return next
      case 'start':
      case 'end':
        return add({ kind: part.kind, next })
      case 'set':
        return add({ kind: 'byte', bytes: part.bytes, next })
      case 'join':
        return part.parts.reduceRight((to, one) => build(one, to), next)
      case 'either': {
        const starts = part.parts.map(one => build(one, next))
        return starts.reduceRight((second, first) => add({ kind: 'split', first, second }))
      }
      case 'group':
        return group(part.index, part.body, next)
      case 'repeat':
        return repeat(part, next)
    }
  }

  function group(index: number, body: Regex, next: number): number {
    const end = add({ kind: 'tag', tag: 2 * index + 1, next })
    return add({ kind: 'tag', tag: 2 * index, next: build(body, end) })
  }

  function repeat(part: Extract<Regex, { kind: 'repeat' }>, out: number): number {
    const { body, least, most } = part
    let start = out
    if (most === undefined) {
      const loop = add({ kind: 'split', first: out, second: out })
      const round = build(body, loop)
      steps[loop] = { kind: 'split', first: round, second: out }
      start = least === 0 ? loop : round
    } else {
      for (let n = least; n < most; n++) {
        start = add({ kind: 'split', first: build(body, start), second: out })
      }
    }
    const copies = most === undefined ? least - 1 : least
    for (let n = 0; n < copies; n++) start = build(body, start)
    return start
  }
}

/** Bytes that no step tells apart are one class. */
function byteClasses(steps: readonly Step[]): { classes: number[]; classCount: number } {
  let classes: number[] = Array.from({ length: 256 }, (_, byte) => (byte === 0 ? 0 : 1))
  let classCount = 2
  const seen = new Set<ByteSet>()
  for (const step of steps) {
    if (step.kind !== 'byte' || seen.has(step.bytes)) continue
    seen.add(step.bytes)
    const { bytes } = step
    const numbers = new Map<number, number>()
    classes = classes.map((before, byte) => {
      const key = 2 * before + (bytes[byte] ? 1 : 0)
      const number = numbers.get(key) ?? numbers.size
      numbers.set(key, number)
      return number
    })
    classCount = numbers.size
  }
  return { classes, classCount }
}

import { UNSET } from '../../src/text/capturer.ts'
import { parseRegex, type Regex } from '../../src/text/regex.ts'
import { Random } from './ir-random.ts'

// Matches by trying all ways, one after the other: slow, and plain enough to be believed.

type Groups = readonly number[]
/** Gives false to go on with the next way. */
type Then = (at: number, groups: Groups) => boolean

function walk(regex: Regex, text: string, at: number, groups: Groups, then: Then): boolean {
  switch (regex.kind) {
    case 'empty':
      return then(at, groups)
    case 'start':
      return at === 0 && then(at, groups)
    case 'end':
      return at === text.length && then(at, groups)
    case 'set':
      return at < text.length && regex.bytes[text.charCodeAt(at)] === true && then(at + 1, groups)
    case 'join': {
      const from =
        (n: number): Then =>
        (place, now) => {
          const part = regex.parts[n]
          return part === undefined ? then(place, now) : walk(part, text, place, now, from(n + 1))
        }
      return from(0)(at, groups)
    }
    case 'either':
      return regex.parts.some(part => walk(part, text, at, groups, then))
    case 'group': {
      const { index, body } = regex
      const opened = groups.with(2 * index, at)
      return walk(body, text, at, opened, (end, now) => then(end, now.with(2 * index + 1, end)))
    }
    case 'repeat': {
      const { body, least, most = Number.POSITIVE_INFINITY } = regex
      const round =
        (n: number): Then =>
        (place, now) => {
          const again =
            n < most &&
            walk(body, text, place, now, (end, after) =>
              end === place && n >= least ? false : round(n + 1)(end, after),
            )
          return again || (n >= least && then(place, now))
        }
      return round(0)(at, groups)
    }
  }
}

export function backtrack(pattern: string, text: string): Groups | undefined {
  const parsed = parseRegex(pattern)
  if (!('regex' in parsed)) throw new Error(`${pattern} is no pattern`)
  const { regex, groups } = parsed
  const none = new Array<number>(2 * (groups + 1)).fill(UNSET)
  for (let start = 0; start <= text.length; start++) {
    let best: Groups | undefined
    walk(regex, text, start, none, (end, found) => {
      // The first of the longest.
      if (best === undefined || end > (best[1] ?? 0)) best = found.with(0, start).with(1, end)
      return false
    })
    if (best !== undefined) return best
  }
  return undefined
}

export function isMatch(pattern: string, text: string): boolean {
  return backtrack(pattern, text) !== undefined
}

/** A pattern over a, b and c; what is repeated is never empty. */
export function randomPattern(seed: number): string {
  const random = new Random(seed)
  let left = 12
  return either(3)

  function either(depth: number): string {
    const count = 1 + (random.below(3) === 0 ? 1 : 0)
    return Array.from({ length: count }, () => sequence(depth)).join('|')
  }

  function sequence(depth: number): string {
    const parts = Array.from({ length: random.below(4) }, () => part(depth))
    const anchor = random.below(8)
    return `${anchor === 0 ? '^' : ''}${parts.join('')}${anchor === 1 ? '$' : ''}`
  }

  function part(depth: number): string {
    left--
    if (depth === 0 || left < 0 || random.below(3) > 0) return solid() + repeats()
    if (random.below(3) === 0)
      return `(${solid()}${either(depth - 1)})${repeats()}`.replaceAll('|', '|b')
    return random.below(2) === 0 ? `(${either(depth - 1)})` : `(?:${solid()}${solid()})${repeats()}`
  }

  function solid(): string {
    return random.pick(['a', 'b', 'c', '.', '[ab]', '[^a]', 'a', 'b'])
  }

  function repeats(): string {
    return random.pick(['', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,2}', '{2,}'])
  }
}

/** Of so short a name, two other letters leave nothing. */
const SHORT = 3

/** Shorter than this, a name is part of too many others to mean anything. */
const LEAST_PART = 3

/**
 * The candidates most like `name`, best first, at most `limit`: those a few edits away, then those
 * that start with it or contain it (or the other way round). A difference of case costs nothing.
 */
export function nearest(name: string, candidates: Iterable<string>, limit: number): string[] {
  const wanted = name.toLowerCase()
  const most = name.length <= SHORT ? 1 : Math.max(2, Math.floor(name.length / 3))
  const found: { candidate: string; score: number }[] = []
  for (const candidate of candidates) {
    const score = scoreOf(wanted, candidate.toLowerCase(), most)
    if (score !== undefined) found.push({ candidate, score })
  }
  found.sort((a, b) => a.score - b.score || sameCase(name, b) - sameCase(name, a) || byText(a, b))
  return found.slice(0, limit).map(f => f.candidate)
}

function sameCase(name: string, { candidate }: { candidate: string }): number {
  return candidate.startsWith(name.slice(0, 1)) ? 1 : 0
}

function byText(a: { candidate: string }, b: { candidate: string }): number {
  return a.candidate.length - b.candidate.length || (a.candidate < b.candidate ? -1 : 1)
}

/** Lower is nearer; undefined if it is not near at all. */
function scoreOf(wanted: string, candidate: string, most: number): number | undefined {
  const edits = distance(wanted, candidate, Math.min(most, wanted.length - 1, candidate.length))
  if (edits !== undefined) return edits
  const [short, long] = wanted.length < candidate.length ? [wanted, candidate] : [candidate, wanted]
  if (short.length < LEAST_PART) return undefined
  const at = long.indexOf(short)
  if (at < 0 || (short === candidate && short.length * 2 < long.length)) return undefined
  // Behind every name that is only edits away; the start of a name says more than its middle.
  return most + (at === 0 ? 1 : 2) + (long.length - short.length) / 1000
}

/**
 * Edits from one to the other, two neighbours that change places being one; undefined as soon as it
 * must be more than `most`.
 */
function distance(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      const change = (row[j - 1] ?? 0) + (same ? 0 : 1)
      const value = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
      next.push(swapped(a, b, i, j) ? Math.min(value, (before[j - 2] ?? 0) + 1) : value)
    }
    // A swap reaches over one row.
    if (Math.min(...row) > most && Math.min(...next) > most) return undefined
    before = row
    row = next
  }
  const total = row[b.length] ?? 0
  return total <= most ? total : undefined
}

function swapped(a: string, b: string, i: number, j: number): boolean {
  if (i < 2 || j < 2) return false
  return a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
}

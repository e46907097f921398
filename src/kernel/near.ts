/**
 * The candidates nearest to a name that is not among them, best first: fewest edits, and among
 * equals those that begin alike. Those more than a third of the name away are no help to anybody.
 */
export function nearest(name: string, candidates: Iterable<string>, limit: number): string[] {
  const most = Math.max(2, Math.floor(name.length / 3))
  const found = new Map<string, number>()
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > most || candidate === name) continue
    const distance = editDistance(name, candidate, most)
    if (distance <= most) found.set(candidate, distance * 64 - commonStart(name, candidate))
  }
  return [...found]
    .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([candidate]) => candidate)
}

/** Levenshtein distance, or a number above `most` as soon as it must be greater. */
export function editDistance(a: string, b: string, most: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const above = previous[j] ?? 0
      const left = current[j - 1] ?? 0
      const diagonal = previous[j - 1] ?? 0
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      const cost = same ? diagonal : 1 + Math.min(above, left, diagonal)
      current.push(cost)
      if (cost < least) least = cost
    }
    if (least > most) return most + 1
    previous = current
  }
  return previous[b.length] ?? most + 1
}

function commonStart(a: string, b: string): number {
  let i = 0
  while (i < a.length && i < b.length && i < 63 && a[i] === b[i]) i++
  return i
}

/** The language described here is that of this SystemTap. */
export const SYSTEMTAP_VERSION = '5.6'

/** What scripts written for an older SystemTap read differently. */
export interface Language {
  /** What `systemtap_v` is. */
  readonly version: string
  /** `private` is a keyword. */
  readonly privateWord: boolean
  /** `\x41` in a string is one character. */
  readonly hexEscapes: boolean
  /** `@kregister`, `@kderef` and their kin exist. */
  readonly registerWords: boolean
}

/** `version`: that of `--compatible`. */
export function languageOf(version: string | undefined): Language {
  if (version === undefined) return current
  const since = (first: string) => orderOfVersions(version, first) >= 0
  return {
    version,
    privateWord: since('3.0'),
    hexEscapes: since('2.3'),
    registerWords: since('4.0'),
  }
}

const current: Language = {
  version: SYSTEMTAP_VERSION,
  privateWord: true,
  hexEscapes: true,
  registerWords: true,
}

/** Below, equal to or above 0. As rpm compares: runs of digits as numbers, what is longer is newer. */
export function orderOfVersions(a: string, b: string): number {
  const left = a.match(/\d+|[a-z]+/gi) ?? []
  const right = b.match(/\d+|[a-z]+/gi) ?? []
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]]
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1
    const bothNumbers = /^\d/.test(x) && /^\d/.test(y)
    const order = bothNumbers ? Number(x) - Number(y) : orderOfText(x, y)
    if (order !== 0) return order
  }
  return 0
}

function orderOfText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The pattern of a glob as fnmatch(3) reads it with no flags, which is how SystemTap matches names
 * and source files: `*` and `?` cross slashes, `[a-z]` and `[!a-z]` are sets, `\` quotes. Braces
 * are SystemTap's and expanded before.
 */
export function globPattern(glob: string): RegExp {
  return new RegExp(`^${globBody(glob)}$`, 's')
}

/**
 * The pattern that SystemTap matches source files with: the glob itself, or the glob at the end of
 * a path, so that `ip_output.c` and `ipv4/*.c` do.
 */
export function filePattern(glob: string): RegExp {
  return new RegExp(`^(?:.*/)?${globBody(glob)}$`, 's')
}

/** Whether a name is a pattern and not just a name. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text)
}

/** The text that every name matching an anchored pattern begins with; empty when not known. */
export function literalPrefix(pattern: RegExp): string {
  if (pattern.source.includes('|') || pattern.flags.includes('i')) return ''
  const literal = /^\^(\w*)([?*{])?/.exec(pattern.source)
  const text = literal?.[1] ?? ''
  return literal?.[2] === undefined ? text : text.slice(0, -1)
}

/** The one name that a pattern matches, where it is made of one: `^ip_rcv$`. */
export function exactName(pattern: RegExp): string | undefined {
  return pattern.flags.includes('i') ? undefined : /^\^(\w+)\$$/.exec(pattern.source)?.[1]
}

/** All the names that a pattern matches, where it is made of them: `^(?:ip_rcv|ip_output)$`. */
export function exactNames(pattern: RegExp): readonly string[] | undefined {
  const only = exactName(pattern)
  if (only !== undefined || pattern.flags.includes('i')) return only === undefined ? only : [only]
  return /^\^\(\?:(\w+(?:\|\w+)*)\)\$$/.exec(pattern.source)?.[1]?.split('|')
}

/**
 * Stars in the middle are matched as early as they can be and never tried again, which is enough
 * for a glob: so no pattern takes longer than its length times that of the name.
 */
function globBody(glob: string): string {
  const [first = '', ...others] = segments(glob)
  const last = others.pop()
  if (last === undefined) return first
  if (others.length === 0) return `${first}.*${last}`
  const middle = others.map((segment, i) => `(?=(.*?${segment}))\\${i + 1}`)
  return `${first}${middle.join('')}.*${last}`
}

/** What stands between the stars, as patterns; many stars in a row are one. */
function segments(glob: string): string[] {
  const found = ['']
  const add = (pattern: string): void => {
    found.push(`${found.pop() ?? ''}${pattern}`)
  }
  for (let at = 0; at < glob.length; ) {
    const set = glob[at] === '[' ? setAt(glob, at) : undefined
    const char = glob.slice(at, at + 1)
    if (set !== undefined) {
      add(set.pattern)
      at = set.end
    } else if (char === '\\' && at + 1 < glob.length) {
      add(quote(glob.slice(at + 1, at + 2)))
      at += 2
    } else {
      if (char !== '*') add(char === '?' ? '.' : quote(char))
      else if (found.length === 1 || found.at(-1) !== '') found.push('')
      at++
    }
  }
  return found
}

/** A set that begins here; undefined where no `]` closes it, and `[` stands for itself. */
function setAt(glob: string, start: number): { pattern: string; end: number } | undefined {
  let at = start + 1
  const negated = glob[at] === '!' || glob[at] === '^'
  if (negated) at++
  // A `]` that comes first is a member.
  const end = glob.indexOf(']', at + 1)
  if (end < 0) return undefined
  const members = glob.slice(at, end).replace(/[\\\]^[]/g, '\\$&')
  // A range that runs backwards matches nothing, where a RegExp would not compile.
  const forwards = members.replace(/(.)-(.)/gs, (range, a: string, b: string) =>
    a <= b ? range : '',
  )
  if (forwards === '') return { pattern: negated ? '.' : '(?!)', end: end + 1 }
  return { pattern: `[${negated ? '^' : ''}${forwards}]`, end: end + 1 }
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

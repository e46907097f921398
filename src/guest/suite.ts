/** Which Debian suite has which kernel, and how apt is told to look only there. */

/** Suites by the kernel series they carry; what is newer than all is in sid. */
const SUITES: readonly [series: string, suite: string][] = [
  ['5.10', 'bullseye'],
  ['6.1', 'bookworm'],
  ['6.12', 'trixie'],
]
const NEWEST = 'sid'
const DEBIAN_SUITES = new Set(
  'buster bullseye bookworm trixie forky duke sid unstable testing stable oldstable oldoldstable'.split(
    ' ',
  ),
)

/** The archive addresses that the machine's own apt uses. */
export interface Mirrors {
  readonly main: string
  /** Absent when the machine takes no security updates: then neither does klew. */
  readonly security?: string
}

export const DEFAULT_MIRRORS: Mirrors = {
  main: 'http://deb.debian.org/debian',
  security: 'http://deb.debian.org/debian-security',
}

export function suiteOf(version: string): string {
  const series = /^\d+\.\d+/.exec(version)?.[0]
  return SUITES.find(([s]) => s === series)?.[1] ?? NEWEST
}

/** Reads apt's source lists, of the one-line form (`.list`) and of the long one (`.sources`). */
export function findMirrors(lists: readonly string[]): Mirrors {
  const entries = lists.flatMap(text => [...oneLineEntries(text), ...stanzaEntries(text)])
  const of = (accepts: (suite: string) => boolean): string | undefined =>
    entries.find(e => e.components.includes('main') && e.suites.some(accepts))?.uri
  const main = of(s => DEBIAN_SUITES.has(s))
  if (main === undefined) return DEFAULT_MIRRORS
  const security = of(
    s => DEBIAN_SUITES.has(s.replace(/(-security|\/updates)$/, '')) && !DEBIAN_SUITES.has(s),
  )
  return security === undefined ? { main } : { main, security }
}

interface Entry {
  readonly uri: string
  readonly suites: readonly string[]
  readonly components: readonly string[]
}

/** sources.list(5): `deb [OPTIONS] URI SUITE COMPONENT…` */
function oneLineEntries(text: string): Entry[] {
  return text.split('\n').flatMap(line => {
    const words = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim())
    if (words === null) return []
    const [, uri = '', suite = '', components = ''] = words
    return [{ uri, suites: [suite], components: components.split(/\s+/) }]
  })
}

/** sources.list(5), deb822: fields in paragraphs. */
function stanzaEntries(text: string): Entry[] {
  const bare = text
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n')
  return bare.split(/\n\s*\n/).flatMap(paragraph => {
    const field = (name: string): string[] => {
      const found = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(paragraph)
      return (found?.[1] ?? '').split(/\s+/).filter(word => word !== '')
    }
    const uri = field('URIs')[0]
    if (uri === undefined || !field('Types').includes('deb') || field('Enabled')[0] === 'no') {
      return []
    }
    return [{ uri, suites: field('Suites'), components: field('Components') }]
  })
}

/** A source list of one suite, with its security updates. */
export function sourceList(suite: string, mirrors: Mirrors, keyring: string | undefined): string {
  const options = `[arch=amd64${keyring === undefined ? '' : ` signed-by=${keyring}`}]`
  const lines = [`deb ${options} ${mirrors.main} ${suite} main`]
  if (mirrors.security !== undefined && suite !== NEWEST) {
    lines.push(`deb ${options} ${mirrors.security} ${suite}-security main`)
  }
  return `${lines.join('\n')}\n`
}

/** The plain kernels (not cloud, not real-time, not unsigned) among package names, newest first. */
export function kernelReleases(packages: readonly string[]): string[] {
  return packages
    .flatMap(name => /^linux-image-(\d[^-]*(?:-\d+)?-amd64)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => compareReleases(b, a))
}

/** Whether a release is the version asked for: `6.1` covers 6.1.0-56-amd64 but not 6.12.1. */
export function isOf(release: string, version: string): boolean {
  if (!release.startsWith(version)) return false
  const next = release[version.length]
  return next === undefined || /[^0-9a-z]/i.test(next)
}

/** Orders releases by their numbers. */
export function compareReleases(a: string, b: string): number {
  const as = numbers(a)
  const bs = numbers(b)
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const difference = (as[i] ?? -1) - (bs[i] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}

function numbers(release: string): number[] {
  return (release.match(/\d+/g) ?? []).map(Number)
}

/** The packages that hold a release: since Linux 7 its image and its modules stand apart. */
export function packagesOf(release: string, packages: readonly string[]): string[] {
  const split = [`linux-binary-${release}`, `linux-modules-${release}`]
  const isSplit = split.every(name => packages.includes(name))
  return isSplit ? split : [`linux-image-${release}`]
}

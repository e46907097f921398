import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { GuestError } from './error.ts'
import { makeFolders } from './folder.ts'
import {
  DEFAULT_KERNEL,
  findKernel,
  type GuestKernel,
  kernelInTree,
  kernelsFolder,
} from './kernels.ts'
import { findProgram, missingPackages, requireProgram, runProgram } from './programs.ts'
import { findMirrors, isOf, kernelReleases, packagesOf, sourceList, suiteOf } from './suite.ts'

/** What getting the parts may do, and where it tells of it. */
export interface FetchOptions {
  /** `6.1`, a full release, or a path. */
  readonly kernel?: string
  /** The folder that holds what is got. */
  readonly cache: string
  /** When false, what is missing is an error that names the command to get it. */
  readonly allowFetch: boolean
  readonly say: (text: string) => void
}

/** Sees to it that the programs and the kernel are there, and gives the kernel. */
export async function fetchGuest(options: FetchOptions): Promise<GuestKernel> {
  await fetchPrograms(options)
  const version = options.kernel ?? DEFAULT_KERNEL
  const found = findKernel(version, options.cache)
  if (found !== undefined) return found
  if (!/^\d+\.\d+/.test(version)) {
    throw new GuestError(`no such kernel: ${version} (a series as 6.1, a full release, or a path)`)
  }
  if (!options.allowFetch) {
    throw new GuestError(`the kernel ${version} is not on this machine`, [
      `klew vm fetch --kernel ${version}`,
    ])
  }
  return await fetchKernel(version, options)
}

/** The folder for what is got: `$XDG_CACHE_HOME/klew/guest`. */
export function guestCache(env: Readonly<Record<string, string | undefined>>): string {
  const { HOME = '/root', XDG_CACHE_HOME = '' } = env
  // The XDG base directory specification has relative paths ignored.
  const base = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME, '.cache')
  return join(base, 'klew/guest')
}

async function fetchPrograms(options: FetchOptions): Promise<void> {
  const missing = missingPackages()
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  const names = missing.join(', ')
  if (!options.allowFetch) {
    throw new GuestError(`the throw-away kernel needs ${names}`, ['klew vm fetch'])
  }
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    throw new GuestError(`the throw-away kernel needs Debian's packages ${names}`, [
      'sudo apt-get update',
      `sudo apt-get ${install.join(' ')}`,
    ])
  }
  options.say(`klew: installing ${names}\n`)
  await runProgram('apt-get', ['update'], options)
  await runProgram('apt-get', install, options)
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Gets a kernel package from its suite and unpacks it, without installing anything. */
async function fetchKernel(version: string, options: FetchOptions): Promise<GuestKernel> {
  const suite = suiteOf(version)
  options.say(`klew: getting the kernel ${version} of Debian ${suite}: 60 to 130 MB, once\n`)
  makeFolders(options.cache)
  const work = mkdtempSync(join(options.cache, 'fetch-'))
  try {
    const apt = prepareApt(work, suite)
    await apt('apt-get', ['update'], () => {})
    const names = (await apt('apt-cache', ['pkgnames', 'linux-'], () => {})).split('\n')
    const releases = kernelReleases(names)
    const release = releases.find(r => isOf(r, version))
    if (release === undefined) {
      const there = releases.join(', ') || 'none'
      throw new GuestError(`Debian ${suite} has no kernel ${version}; it has ${there}`)
    }
    await apt('apt-get', ['download', ...packagesOf(release, names)], options.say)
    options.say(`klew: unpacking ${release}\n`)
    return await unpackPackages(work, release, options)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

type Apt = (
  program: string,
  args: readonly string[],
  say: (text: string) => void,
) => Promise<string>

/** apt with lists and folders of its own, so that nothing of the machine's changes. */
function prepareApt(work: string, suite: string): Apt {
  if (findProgram('apt-get') === undefined) {
    throw new GuestError("kernels come as Debian's packages, and this machine has no apt-get")
  }
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    makeFolders(join(work, folder))
  }
  const keyring = existsSync(KEYRING) ? KEYRING : undefined
  writeFileSync(
    join(work, 'sources.list'),
    sourceList(suite, findMirrors(readSourceLists()), keyring),
  )
  const settings = [
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'Acquire::Languages=none',
    'APT::Architecture=amd64',
    // The folder is the user's own: no other user could read or write it.
    'APT::Sandbox::User=',
  ]
  const options = settings.flatMap(s => ['-o', s])
  return (program, args, say) => runProgram(program, [...options, ...args], { cwd: work, say })
}

function readSourceLists(): string[] {
  const parts = '/etc/apt/sources.list.d'
  const names = existsSync(parts) ? readdirSync(parts).sort() : []
  const files = names.filter(n => /\.(list|sources)$/.test(n)).map(n => join(parts, n))
  return ['/etc/apt/sources.list', ...files]
    .filter(f => existsSync(f))
    .map(f => readFileSync(f, 'utf8'))
}

async function unpackPackages(
  work: string,
  release: string,
  options: FetchOptions,
): Promise<GuestKernel> {
  const tree = join(work, 'tree')
  for (const file of readdirSync(work).filter(f => f.endsWith('.deb'))) {
    await runProgram('dpkg-deb', ['-x', join(work, file), tree], {})
  }
  // depmod and the guest know only lib/modules; newer packages have all under usr.
  if (!existsSync(join(tree, 'lib'))) symlinkSync('usr/lib', join(tree, 'lib'))
  await runProgram(requireProgram('depmod'), ['-b', tree, release], {})
  const target = join(kernelsFolder(options.cache), release)
  makeFolders(dirname(target))
  // The rename comes last, so that a folder that is there is whole. When another klew was quicker,
  // its folder is as good.
  if (!existsSync(target)) renameSync(tree, target)
  return kernelInTree(target)
}

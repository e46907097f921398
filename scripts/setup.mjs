// What a fresh clone lacks: packages, the build, the throw-away kernel. Needs nothing but Node and
// npm; each step does nothing when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')
export const klew = join(root, 'bin/klew')

/** The packages of package-lock.json, by npm ci. */
export function setUpPackages() {
  const installed = modified(join(root, 'node_modules/.package-lock.json'))
  if (installed >= modified(join(root, 'package-lock.json'))) return
  step('installing packages: npm ci')
  // --ignore-scripts: no package that klew uses has to build anything.
  must(run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']), 'npm ci')
}

/** dist/, when a source is newer. */
export function setUpBuild() {
  const built = modified(join(root, 'dist/tapset-index.json'))
  const sources = ['src', 'tapset', 'package.json', 'scripts/build.mjs'].map(s => join(root, s))
  if (built > Math.max(...sources.map(newest))) return
  step('building dist/')
  must(run(process.execPath, [join(root, 'scripts/build.mjs')]), 'the build')
}

/**
 * What the tests make networks and look at programs with, and the scripts that they try the
 * language on: the tool or its folder, its Debian package.
 */
const TEST_TOOLS = [
  ['ip', 'iproute2'],
  ['ping', 'iputils-ping'],
  ['bpftool', 'bpftool'],
  ['/usr/share/systemtap/examples', 'systemtap-doc'],
]

/** The tools of the tests, by apt as root; else the command is shown. Returns whether they are there. */
export function setUpTestTools() {
  const missing = TEST_TOOLS.filter(([tool]) => !isInstalled(tool)).map(([, name]) => name)
  if (missing.length === 0) return true
  if (process.getuid() !== 0) {
    step(`for all tests: sudo apt-get install ${missing.join(' ')}`)
    return false
  }
  step(`installing ${missing.join(', ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '-q', '--no-install-recommends', ...missing]
  if (run('apt-get', install, env) === 0) return true
  // The lists of a fresh machine are empty or old.
  return run('apt-get', ['update', '-q'], env) === 0 && run('apt-get', install, env) === 0
}

const TOOL_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

function isInstalled(tool) {
  if (tool.startsWith('/')) return existsSync(tool)
  return TOOL_FOLDERS.some(folder => existsSync(join(folder, tool)))
}

/** The second is the first of Debian's kernels that attaches many functions at once. */
const GUEST_KERNELS = ['6.1', '6.12']

/**
 * QEMU and the kernels of the tests. As root they are got; else the commands to get them are shown.
 * Returns whether they are there.
 */
export function setUpGuest() {
  return GUEST_KERNELS.every(kernel => {
    const fetched = spawnSync(process.execPath, [klew, 'vm', 'fetch', '--kernel', kernel], {
      cwd: root,
      // Its standard output is the name of the kernel, which nobody needs here.
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return fetched.status === 0
  })
}

/** Runs a program with this terminal; returns its exit status. */
export function run(program, args, env = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (error !== undefined) process.stderr.write(`${program}: ${error.message}\n`)
  return status ?? 1
}

export function step(what) {
  process.stderr.write(`== ${what}\n`)
}

function must(status, what) {
  if (status === 0) return
  process.stderr.write(`${what} failed (status ${status})\n`)
  process.exit(1)
}

/** Time of the last change; 0 for what is not there. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function newest(path) {
  if (!existsSync(path)) return 0
  if (!statSync(path).isDirectory()) return modified(path)
  const inside = readdirSync(path).map(name => newest(join(path, name)))
  // The folder itself changes when a file in it is removed.
  return Math.max(modified(path), ...inside)
}

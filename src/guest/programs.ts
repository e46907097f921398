import { spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isElf } from './bzimage.ts'
import { GuestError } from './error.ts'

/** A program of the machine that the guest needs, and the Debian package that has it. */
interface Needed {
  readonly program: string
  readonly package: string
  /** It goes into the initramfs, where there is no C library. */
  readonly static?: boolean
}

const NEEDED: readonly Needed[] = [
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  { program: 'busybox', package: 'busybox-static', static: true },
  { program: 'depmod', package: 'kmod' },
  { program: 'modprobe', package: 'kmod' },
  { program: 'xz', package: 'xz-utils' },
  { program: 'zstd', package: 'zstd' },
]

/** Where tools of the administrator are, which the PATH of other users leaves out. */
const MORE_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** Packages that still have to be installed, each once. */
export function missingPackages(): string[] {
  const missing = NEEDED.filter(n => {
    const path = findProgram(n.program)
    return path === undefined || (n.static === true && !isStatic(path))
  })
  return [...new Set(missing.map(n => n.package))]
}

/** The file of a program, found as a shell would, and in the administrator's folders. */
export function findProgram(name: string): string | undefined {
  // The PATH is not configuration of klew here, but how programs are found on this machine.
  const { PATH = '' } = process.env
  const folders = [...PATH.split(delimiter), ...MORE_PATH]
  return folders.map(folder => join(folder, name)).find(isExecutable)
}

/** The file of a program that `missingPackages` has looked for already. */
export function requireProgram(name: string): string {
  const path = findProgram(name)
  if (path === undefined) throw new GuestError(`there is no ${name} on this machine`)
  return path
}

/** Runs a program to its end, giving each line that it prints to `say`; returns its output. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; say?: (text: string) => void },
): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    options.say?.(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
    options.say?.(text)
  })
  return new Promise((resolve, reject) => {
    child.on('error', e => reject(new GuestError(`cannot run ${program}: ${e.message}`)))
    child.on('close', status => {
      if (status === 0) resolve(output)
      else reject(new GuestError(`${program} ${args.at(-1) ?? ''} failed: ${lastLines(errors)}`))
    })
  })
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join('; ')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const PT_INTERP = 3
const HEADERS_READ = 4096

/** An ELF64 program that asks for no loader, and so needs no libraries. */
function isStatic(path: string): boolean {
  const head = Buffer.alloc(HEADERS_READ)
  const file = openSync(path, 'r')
  readSync(file, head, 0, HEADERS_READ, 0)
  closeSync(file)
  if (!isElf(head)) return false
  const at = Number(head.readBigUInt64LE(32))
  const size = head.readUInt16LE(54)
  const count = head.readUInt16LE(56)
  for (let i = 0; i < count && at + (i + 1) * size <= head.length; i++) {
    if (head.readUInt32LE(at + i * size) === PT_INTERP) return false
  }
  return true
}

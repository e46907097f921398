import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { unpackKernel } from './bzimage.ts'
import { type CpioEntry, cpio, DIRECTORY, EXECUTABLE } from './cpio.ts'
import { GuestError } from './error.ts'
import { makeFolders } from './folder.ts'
import { INIT, MODPROBE_WRAPPER } from './init.ts'
import type { GuestKernel } from './kernels.ts'
import { moduleEntries } from './modules.ts'
import { requireProgram } from './programs.ts'

/** What QEMU is given to boot a kernel, made once and kept. */
export interface BootFiles {
  /** The unpacked kernel; the bzImage when it cannot be entered unpacked. */
  readonly kernel: string
  readonly initramfs: string
}

/** The boot files of a kernel, from the cache or made now. */
export function bootFiles(kernel: GuestKernel, cache: string): BootFiles {
  const boot = join(cache, 'boot')
  const name = `${kernel.release}-${keyOf(kernel)}`
  const folder = join(boot, name)
  if (!existsSync(folder)) makeBootFiles(kernel, boot, name)
  const unpacked = join(folder, 'vmlinux')
  return {
    kernel: existsSync(unpacked) ? unpacked : kernel.image,
    initramfs: join(folder, 'initramfs.cpio'),
  }
}

/** Changes with the kernel, the programs put in, and the init script of this klew. */
function keyOf(kernel: GuestKernel): string {
  const hash = createHash('sha256').update(INIT).update(MODPROBE_WRAPPER)
  for (const file of [kernel.image, requireProgram('busybox')]) {
    const { size, mtimeMs } = statSync(file)
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 12)
}

function makeBootFiles(kernel: GuestKernel, boot: string, name: string): void {
  const { entries, has9p } = moduleEntries(kernel.modules)
  if (!has9p) {
    throw new GuestError(
      `${kernel.release} has no 9p file system: take Debian's plain kernel, not the cloud one`,
    )
  }
  makeFolders(boot)
  const work = join(boot, `making-${process.pid}-${name}`)
  mkdirSync(work)
  try {
    writeFileSync(join(work, 'initramfs.cpio'), cpio([...skeleton(), ...entries]))
    const unpacked = unpackKernel(readFileSync(kernel.image))
    if (unpacked !== undefined) writeFileSync(join(work, 'vmlinux'), unpacked)
    for (const old of readdirSync(boot)) {
      if (old.startsWith(`${kernel.release}-`) && old !== name) {
        rmSync(join(boot, old), { recursive: true, force: true })
      }
    }
    if (!existsSync(join(boot, name))) renameSync(work, join(boot, name))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const FOLDERS = ['bin', 'sbin', 'modules', 'proc', 'sys', 'dev', 'host', 'rw', 'new', 'kernel']

function skeleton(): CpioEntry[] {
  return [
    ...FOLDERS.map(path => ({ path, mode: DIRECTORY })),
    { path: 'bin/busybox', mode: EXECUTABLE, data: readFileSync(requireProgram('busybox')) },
    { path: 'sbin/modprobe', mode: EXECUTABLE, data: Buffer.from(MODPROBE_WRAPPER) },
    { path: 'init', mode: EXECUTABLE, data: Buffer.from(INIT) },
  ]
}

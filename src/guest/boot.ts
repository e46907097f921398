import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { cpio, PLAIN_FILE } from './cpio.ts'
import { GuestError } from './error.ts'
import { requireProgram } from './programs.ts'
import { type Machine, qemuArguments } from './qemu.ts'

/** One boot: the machine without what this module fills in, and the files of this run. */
export interface Boot {
  readonly machine: Omit<Machine, 'initramfs' | 'log' | 'descriptors'>
  /** The part of the initramfs that is the same for each run of a kernel. */
  readonly initramfs: string
  /** The files of this run, by their path in the initramfs. */
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly terminal: boolean
}

/** A guest that is running. */
export interface RunningGuest {
  readonly out: Duplex
  readonly err: Duplex
  /** Lines out: `up`, `status N`. Lines in: names of signals for the command. */
  readonly control: Duplex
  readonly terminal: Duplex | undefined
  /** Ends QEMU now. */
  kill(): void
  /** Resolves when QEMU has ended and its output was read, with why it failed if it did. */
  readonly ended: Promise<{ failure?: string }>
  /** The kernel's console log so far. */
  log(): string
  /** Ends QEMU if it still runs, and lets go of the log. */
  close(): void
}

/** The first descriptor that QEMU inherits beside the standard three. */
const FIRST_DESCRIPTOR = 3

export function bootGuest(boot: Boot): RunningGuest {
  const files = namelessFiles(boot)
  const descriptors = {
    out: FIRST_DESCRIPTOR,
    err: FIRST_DESCRIPTOR + 1,
    control: FIRST_DESCRIPTOR + 2,
    ...(boot.terminal ? { terminal: FIRST_DESCRIPTOR + 3 } : {}),
  }
  const channels = Object.values(descriptors).map(() => 'pipe' as const)
  const initramfs = inherited(FIRST_DESCRIPTOR + channels.length)
  const log = inherited(FIRST_DESCRIPTOR + channels.length + 1)
  const args = qemuArguments({ ...boot.machine, initramfs, log, descriptors })
  const child = spawn(requireProgram('qemu-system-x86_64'), args, {
    stdio: ['ignore', 'ignore', 'pipe', ...channels, files.initramfs, files.log],
    // A group of its own: ^C is for the command in the guest, not for the machine under it.
    detached: true,
  })
  closeSync(files.initramfs)
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  return {
    out: socketOf(child, descriptors.out),
    err: socketOf(child, descriptors.err),
    control: socketOf(child, descriptors.control),
    terminal: boot.terminal ? socketOf(child, FIRST_DESCRIPTOR + 3) : undefined,
    kill,
    ended: endOf(child),
    log: () => readLog(files.log),
    close() {
      process.removeListener('exit', kill)
      kill()
      closeSync(files.log)
    },
  }
}

/** A file that QEMU opens by the descriptor that it inherits. */
function inherited(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`
}

/**
 * The files of this run. They lose their names before anything runs, so that nothing is left of
 * them however klew ends.
 */
function namelessFiles(boot: Boot): { initramfs: number; log: number } {
  const folder = mkdtempSync(join(tmpdir(), `klew-guest-${process.pid}-`))
  try {
    const initramfs = join(folder, 'initramfs')
    const entries = Object.entries(boot.files).map(([path, data]) => ({
      path,
      mode: PLAIN_FILE,
      data,
    }))
    writeFileSync(initramfs, Buffer.concat([readFileSync(boot.initramfs), cpio(entries)]))
    return { initramfs: openSync(initramfs, 'r'), log: openSync(join(folder, 'console'), 'w+') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readLog(file: number): string {
  const bytes = Buffer.alloc(fstatSync(file).size)
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))
}

/** A `pipe` of spawn is a pair of connected sockets on Linux: both ends read and write. */
function socketOf(child: ChildProcess, descriptor: number): Duplex {
  const stream = child.stdio[descriptor]
  if (stream === null || stream === undefined || !('write' in stream && 'read' in stream)) {
    throw new GuestError('cannot make the channels to the guest')
  }
  // The types know pipes as one way only.
  const socket = stream as Duplex
  // The machine's end is told by its exit, not by its channels.
  socket.on('error', () => {})
  return socket
}

function endOf(child: ChildProcess): Promise<{ failure?: string }> {
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', e => reject(new GuestError(`cannot start QEMU: ${e.message}`)))
    child.on('close', (status, signal) => {
      if (status === 0 || signal !== null) resolve({})
      else resolve({ failure: errors.trim() })
    })
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  /** Removes the files of this run. */
  remove(): void
}

/** The first descriptor that QEMU inherits beside the standard three. */
const FIRST_DESCRIPTOR = 3

export function bootGuest(boot: Boot): RunningGuest {
  const folder = mkdtempSync(join(tmpdir(), `klew-guest-${process.pid}-`))
  const initramfs = join(folder, 'initramfs')
  const log = join(folder, 'console')
  const logFile = openSync(log, 'w+')
  const entries = Object.entries(boot.files).map(([path, data]) => ({
    path,
    mode: PLAIN_FILE,
    data,
  }))
  writeFileSync(initramfs, Buffer.concat([readFileSync(boot.initramfs), cpio(entries)]))
  const descriptors = {
    out: FIRST_DESCRIPTOR,
    err: FIRST_DESCRIPTOR + 1,
    control: FIRST_DESCRIPTOR + 2,
    ...(boot.terminal ? { terminal: FIRST_DESCRIPTOR + 3 } : {}),
  }
  const args = qemuArguments({ ...boot.machine, initramfs, log, descriptors })
  const child = spawn(requireProgram('qemu-system-x86_64'), args, {
    stdio: ['ignore', 'ignore', 'pipe', ...Object.values(descriptors).map(() => 'pipe' as const)],
    // A group of its own: ^C is for the command in the guest, not for the machine under it.
    detached: true,
  })
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })
  const undo = (): void => {
    child.kill('SIGKILL')
    removeFolder()
  }
  process.once('exit', undo)
  const control = socketOf(child, descriptors.control)
  // By its first word the guest has read what is in the folder: then not even SIGKILL leaves it.
  control.once('data', removeFolder)
  return {
    out: socketOf(child, descriptors.out),
    err: socketOf(child, descriptors.err),
    control,
    terminal: boot.terminal ? socketOf(child, FIRST_DESCRIPTOR + 3) : undefined,
    kill: () => child.kill('SIGKILL'),
    ended: endOf(child),
    log: () => readFileSync(logFile, 'utf8'),
    remove() {
      process.removeListener('exit', undo)
      undo()
      closeSync(logFile)
    },
  }
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

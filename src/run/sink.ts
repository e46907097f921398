import { constants, fstatSync, openSync, type Stats, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Kernel } from '../sys/kernel.ts'

/** Where output goes. */
export interface Sink {
  /**
   * Writes bytes from `start` on, and gives how many; 0 when the reader takes none now.
   *
   * @throws an error with a `code`: EPIPE when the reader is gone
   */
  write(bytes: Buffer, start: number, end: number): number
}

const STDOUT = 1
const MSG_DONTWAIT = 0x40
/** What `send` gives when the reader takes nothing, was interrupted, or is gone: negated errnos. */
const EINTR = 4
const EAGAIN = 11

/** Standard output, which never waits for its reader. */
export function standardOutput(kernel: Kernel | undefined): Sink {
  const stat = fstatSync(STDOUT)
  if (stat.isSocket() && kernel !== undefined) return socketSink(kernel, STDOUT)
  return fdSink(mayBlock(stat) ? reopened(STDOUT) : STDOUT)
}

export function fdSink(fd: number): Sink {
  return {
    write: (bytes, start, end) => {
      try {
        return writeSync(fd, bytes, start, end - start)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined
        if (code === 'EINTR' || code === 'EAGAIN') return 0
        throw error
      }
    },
  }
}

function mayBlock(stat: Stats): boolean {
  return stat.isFIFO() || (stat.isCharacterDevice() && isatty(STDOUT))
}

/**
 * The same pipe or terminal by a description of our own: whether it blocks is a property of that,
 * and the one that was given belongs to others too, such as the shell.
 */
function reopened(fd: number): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    // Another user's, or no /proc: it does as it is, and may block.
    return fd
  }
}

/** A socket cannot be opened again, but each call says whether it may wait. */
function socketSink(kernel: Kernel, fd: number): Sink {
  return {
    write: (bytes, start, end) => {
      const result = kernel.send(fd, bytes.subarray(start, end), MSG_DONTWAIT)
      if (result >= 0) return result
      if (result === -EINTR || result === -EAGAIN) return 0
      // writeSync() words the error as it does for all other kinds of files.
      return writeSync(fd, bytes, start, end - start)
    },
  }
}

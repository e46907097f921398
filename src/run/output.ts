import { writeSync } from 'node:fs'

/** Output goes out when this much waits, and whenever klew has nothing else to do. */
export const FLUSH_BYTES = 65_536
const CAPACITY = 2 * FLUSH_BYTES
const RETRY_MS = 1

/**
 * Bytes on their way to a descriptor. Writers of records put theirs straight into `bytes` from
 * `length` on; everything else comes as byte strings.
 */
export class Output {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(CAPACITY)
  /** Bytes that wait. */
  length = 0
  /** The reader is gone, or the medium full: what comes now is dropped. */
  closed = false
  /** Why writing failed; stays undefined when only the reader left (EPIPE). */
  failure: Error | undefined
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Makes room for `count` bytes; false when so many never fit. */
  reserve(count: number): boolean {
    if (this.length + count <= CAPACITY) return true
    this.flush()
    return count <= CAPACITY
  }

  text(text: string): void {
    for (let at = 0; at < text.length; at += CAPACITY) {
      const part = text.length <= CAPACITY ? text : text.slice(at, at + CAPACITY)
      this.reserve(part.length)
      this.length += this.bytes.write(part, this.length, 'latin1')
    }
    if (this.length >= FLUSH_BYTES) this.flush()
  }

  flush(): void {
    const { length } = this
    this.length = 0
    for (let at = 0; at < length && !this.closed; ) at += this.#write(at, length)
  }

  #write(at: number, end: number): number {
    try {
      return writeSync(this.#fd, this.bytes, at, end - at)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EINTR') return 0
      if (code === 'EAGAIN') {
        sleep(RETRY_MS)
        return 0
      }
      this.closed = true
      if (code !== 'EPIPE') this.failure = error instanceof Error ? error : new Error(String(error))
      return 0
    }
  }
}

const never = new Int32Array(new SharedArrayBuffer(4))

/** A pipe that is full and does not block: there is nothing to do but wait for its reader. */
function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms)
}

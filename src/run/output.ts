import type { Sink } from './sink.ts'

/** Output goes out when this much waits, and whenever klew has nothing else to do. */
export const FLUSH_BYTES = 65_536
const CAPACITY = 2 * FLUSH_BYTES
/** A reader that is only slow is waited for; one that takes nothing for so long is stalled. */
const PATIENCE_MS = 20
/** A reader that is awake takes a pipe's worth within a few of the first of these. */
const FIRST_RETRY_MS = 0.05
const RETRY_MS = 1
/** How often a stalled reader is tried again. */
const STALLED_RETRY_MS = 10
/** What is kept for a stalled reader before nobody should make more. */
const BACKLOG_MAX = 16 * 1024 * 1024
/** What is kept of one that makes more all the same; then there is nothing to do but wait. */
const BACKLOG_LIMIT = 4 * BACKLOG_MAX
/** A reader that takes nothing for so long is given up, once klew was told to end. */
const GRACE_MS = 1000

/**
 * Bytes on their way to a sink. Writers of records put theirs straight into `bytes` from `length`
 * on; everything else comes as byte strings.
 *
 * A reader that takes nothing does not hold klew up: what it left waits in memory, and the caller
 * looks at `stalled` before it makes more.
 */
export class Output {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(CAPACITY)
  /** Bytes that wait in `bytes`. */
  length = 0
  /** The reader is gone, or the medium full: what comes now is dropped. */
  closed = false
  /** Why writing failed; stays undefined when only the reader left (EPIPE). */
  failure: Error | undefined
  readonly #sink: Sink
  #backlog: Buffer[] = []
  #backlogBytes = 0
  #retry: NodeJS.Timeout | undefined

  constructor(sink: Sink) {
    this.#sink = sink
  }

  /** The reader takes nothing now. */
  get stalled(): boolean {
    return this.#backlogBytes > 0
  }

  /** So much waits for a stalled reader that no more should be made. */
  get full(): boolean {
    return this.#backlogBytes >= BACKLOG_MAX
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
    if (length === 0) return
    if (this.stalled) this.#writeBacklog()
    const at = this.stalled ? 0 : this.#writeAll(this.bytes, length)
    if (at < length && !this.closed) this.#keep(at, length)
  }

  /**
   * Waits until all is written, in an event loop that goes on. Ends early when `interrupts` says
   * that klew was told to end and the reader takes nothing more; gives how many bytes it never took.
   */
  async finish(interrupts: () => number): Promise<number> {
    this.flush()
    let progress = performance.now()
    while (this.stalled) {
      const before = this.#backlogBytes
      await new Promise(resolve => setTimeout(resolve, STALLED_RETRY_MS))
      this.#writeBacklog()
      const told = interrupts()
      const now = performance.now()
      // From when klew is told to end, the reader has its time, and more whenever it takes something.
      if (told === 0 || this.#backlogBytes < before) progress = now
      if (told > 1 || now - progress > GRACE_MS) break
    }
    clearTimeout(this.#retry)
    const left = this.#backlogBytes
    this.#drop()
    return left
  }

  /** Does something with the sink; when that throws, this is the end of the output. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      this.closed = true
      const { code } = error instanceof Error && 'code' in error ? error : { code: undefined }
      if (code !== 'EPIPE') this.failure = error instanceof Error ? error : new Error(String(error))
      return undefined
    }
  }

  /** Writes what the sink takes, waiting a little for a reader that is slow; gives where it stopped. */
  #writeAll(bytes: Buffer, end: number): number {
    let at = 0
    let waitedMs = 0
    let retryMs = FIRST_RETRY_MS
    while (at < end && !this.closed && waitedMs < PATIENCE_MS) {
      const taken = this.#write(bytes, at, end)
      at += taken
      if (taken > 0) {
        waitedMs = 0
        retryMs = FIRST_RETRY_MS
      } else if (!this.closed) {
        sleep(retryMs)
        waitedMs += retryMs
        retryMs = Math.min(2 * retryMs, RETRY_MS)
      }
    }
    return at
  }

  #keep(start: number, end: number): void {
    this.#backlog.push(Buffer.from(this.bytes.subarray(start, end)))
    this.#backlogBytes += end - start
    while (this.#backlogBytes > BACKLOG_LIMIT && !this.closed) {
      this.#writeBacklog()
      sleep(RETRY_MS)
    }
    this.#schedule()
  }

  #schedule(): void {
    if (!this.stalled) return
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#writeBacklog()
      this.#schedule()
    }, STALLED_RETRY_MS).unref()
  }

  #writeBacklog(): void {
    for (let first = this.#backlog[0]; first !== undefined; first = this.#backlog[0]) {
      const taken = this.#write(first, 0, first.length)
      if (this.closed) this.#drop()
      if (taken === 0) return
      this.#backlogBytes -= taken
      if (taken === first.length) this.#backlog.shift()
      else this.#backlog[0] = first.subarray(taken)
    }
  }

  #drop(): void {
    this.#backlog = []
    this.#backlogBytes = 0
  }

  #write(bytes: Buffer, at: number, end: number): number {
    return this.attempt(() => this.#sink.write(bytes, at, end)) ?? 0
  }
}

const never = new Int32Array(new SharedArrayBuffer(4))

/** A pipe that is full and does not block: there is nothing to do but wait for its reader. */
function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms)
}

import { closeSync, openSync, rmSync } from 'node:fs'
import { fdSink, type Sink } from './sink.ts'
import { strftime } from './strftime.ts'

export interface OutputFilesOptions {
  /** May have conversions of strftime(3), filled in when a file is opened. */
  readonly path: string
  /** A file that would grow beyond is followed by the next. Then all have a number, from 0 on. */
  readonly maxBytes?: number | undefined
  /** How many files stay; the oldest goes when there are more. */
  readonly keep?: number | undefined
}

const NEWLINE = 10

/**
 * The files of -o, one after the other: FILE, and FILE.1, FILE.2 … when `next` is called; or with
 * a size FILE.0, FILE.1 … by themselves too. A line stays whole unless it is longer than a file.
 */
export class OutputFiles implements Sink {
  readonly #options: OutputFilesOptions
  readonly #paths: string[] = []
  #number = 0
  #fd: number
  #sink: Sink
  #writtenBytes = 0

  /** @throws Node's error when the first file cannot be made */
  constructor(options: OutputFilesOptions) {
    this.#options = options
    this.#fd = this.#open()
    this.#sink = fdSink(this.#fd)
  }

  /** The file that is written now. */
  get path(): string {
    return this.#paths.at(-1) ?? this.#options.path
  }

  write(bytes: Buffer, start: number, end: number): number {
    const stop = this.#fitting(bytes, start, end)
    if (stop === start) {
      this.next()
      return this.write(bytes, start, end)
    }
    const written = this.#sink.write(bytes, start, stop)
    this.#writtenBytes += written
    return written
  }

  /** Goes on in the next file. @throws Node's error when it cannot be made */
  next(): void {
    this.#number++
    const fd = this.#open()
    closeSync(this.#fd)
    this.#fd = fd
    this.#sink = fdSink(fd)
    this.#writtenBytes = 0
    const { keep } = this.#options
    while (keep !== undefined && this.#paths.length > keep) {
      const oldest = this.#paths.shift()
      if (oldest !== undefined) rmSync(oldest, { force: true })
    }
  }

  close(): void {
    closeSync(this.#fd)
  }

  #open(): number {
    const { path, maxBytes } = this.#options
    const expanded = strftime(path, new Date())
    const isPlain = maxBytes === undefined && this.#number === 0
    const numbered = isPlain ? expanded : `${expanded}.${this.#number}`
    const fd = openSync(numbered, 'w')
    this.#paths.push(numbered)
    return fd
  }

  /** How far it may be written: `start` when the next file is to be taken first. */
  #fitting(bytes: Buffer, start: number, end: number): number {
    const { maxBytes } = this.#options
    if (maxBytes === undefined) return end
    const most = start + maxBytes - this.#writtenBytes
    if (end <= most) return end
    const line = most > start ? bytes.subarray(start, most).lastIndexOf(NEWLINE) : -1
    if (line >= 0) return start + line + 1
    return this.#writtenBytes > 0 ? start : most
  }
}

import { chmodSync, closeSync, constants, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { FileAccess, HostHandler } from '../image.ts'
import { checked } from '../sys/error.ts'
import type { Kernel } from '../sys/kernel.ts'
import { fromUtf8 } from '../text/bytes.ts'
import { LineSplitter } from './line-splitter.ts'
import {
  attempt,
  type FolderPlace,
  makeFoldersOf,
  openFolder,
  type SessionFolder,
} from './session-folder.ts'

export interface ServedFilesOptions {
  readonly kernel: Kernel
  readonly place: FolderPlace
  readonly handlers: readonly HostHandler[]
  /** The most bytes of a line that is written. */
  readonly most: number
  /** Runs a handler on what was written; gives what a reader gets. */
  readonly run: (handler: HostHandler, written: string) => string
  /** Told why files cannot be served any longer. */
  readonly failed: (error: unknown) => void
}

interface ReadFile {
  readonly access: 'read'
  readonly handler: HostHandler
  readonly path: string
  readonly mode: number
  /** The pipe that readers open. */
  pipe: Pipe
  /** The one that takes its place, made before there is a reader: the less time passes then. */
  next: Pipe
}

interface Pipe {
  readonly path: string
  /** Of its events. */
  readonly number: number
  readonly fd: number
}

interface WrittenFile {
  readonly access: 'write'
  readonly fd: number
  readonly lines: LineSplitter
}

// include/uapi/linux/inotify.h
const IN_MODIFY = 0x2
const IN_CLOSE_WRITE = 0x8
const IN_OPEN = 0x20
/** struct inotify_event of a file, which has no name: number, mask, cookie, length. */
const EVENT_BYTES = 16
const EVENTS_AT_ONCE = 256
const CHUNK_BYTES = 65_536
/** Chunks taken of a writer that never rests, before others get their turn. */
const CHUNKS_AT_ONCE = 16
/** Nobody else reaches a pipe before it is ready. */
const UNREADY_MODE = 0o600

/**
 * The files of procfs probes, as pipes with names; inotify tells who comes.
 *
 * A file that is read is a pipe of which klew holds the writing end, so that opening it does not
 * wait. When a reader has opened it, the next pipe takes its place under the name before the
 * handler runs: each reader has a pipe of its own, whose end it sees. Only readers that come
 * before klew gets to that share one, of whom the first gets all.
 *
 * Of a file that is written klew holds both ends, so that it never sees an end, and writers never
 * wait. A pipe does not keep what was written at once together: a value is a line.
 */
export class ServedFiles {
  readonly #options: ServedFilesOptions
  readonly #folder: SessionFolder
  readonly #events: number
  readonly #files = new Map<number, ReadFile | WrittenFile>()
  readonly #chunk = Buffer.alloc(CHUNK_BYTES)
  #close: () => void = () => {}
  #closed = false
  #made = 0

  /** @throws UnsupportedError where the files cannot be made */
  constructor(options: ServedFilesOptions) {
    this.#options = options
    this.#folder = openFolder(options.place)
    this.#events = checked('inotify_init1', options.kernel.inotify())
    try {
      for (const handler of options.handlers) {
        if (handler.when.kind === 'file') this.#open(handler, handler.when)
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  get folder(): string {
    return this.#folder.path
  }

  /** From now on handlers run; who came before is served first. */
  start(): void {
    const watch = this.#options.kernel.watch(this.#events, () => {
      try {
        this.#take()
      } catch (error) {
        this.#options.failed(error)
      }
    })
    this.#close = () => watch.close()
  }

  /** A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#close()
    for (const file of this.#files.values()) {
      const ends = file.access === 'write' ? [file] : [file.pipe, file.next]
      for (const { fd } of ends) closeSync(fd)
    }
    closeSync(this.#events)
    this.#folder.remove()
  }

  #open(handler: HostHandler, { access, path: bytes, mode }: FileAccess): void {
    const path = join(this.#folder.path, fromUtf8(Buffer.from(bytes, 'latin1')))
    makeFoldersOf(path)
    if (access === 'read') {
      attempt(path, () => {
        const [pipe, next] = [this.#makeOffer(mode), this.#makeOffer(mode)]
        this.#files.set(pipe.number, { access, handler, path, mode, pipe, next })
        renameSync(pipe.path, path)
      })
      return
    }
    const run = (line: string): void => {
      if (!this.#closed) this.#options.run(handler, line)
    }
    const lines = new LineSplitter(this.#options.most, run)
    const unready = this.#makePipe()
    const fd = openSync(unready, constants.O_RDWR | constants.O_NONBLOCK)
    this.#files.set(this.#watch(unready, IN_MODIFY | IN_CLOSE_WRITE), { access, fd, lines })
    chmodSync(unready, mode)
    renameSync(unready, path)
  }

  /** A pipe for the reader of a file, of which klew has the writing end. */
  #makeOffer(mode: number): Pipe {
    const path = this.#makePipe()
    // The writing end alone can only be opened while somebody reads.
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    closeSync(both)
    chmodSync(path, mode)
    return { path, fd, number: this.#watch(path, IN_OPEN) }
  }

  #makePipe(): string {
    const path = join(this.#folder.hidden, `pipe${this.#made++}`)
    checked('mkfifo', this.#options.kernel.mkfifo(path, UNREADY_MODE))
    return path
  }

  #watch(path: string, mask: number): number {
    return checked('inotify_add_watch', this.#options.kernel.inotifyAdd(this.#events, path, mask))
  }

  #take(): void {
    const events = Buffer.alloc(EVENT_BYTES * EVENTS_AT_ONCE)
    const length = readSome(this.#events, events) ?? 0
    for (let at = 0; at + EVENT_BYTES <= length && !this.#closed; at += EVENT_BYTES) {
      const number = events.readInt32LE(at)
      const file = this.#files.get(number)
      if (file?.access === 'read') this.#serve(file)
      // What a handler did may have closed all files.
      else if (file !== undefined) this.#accept(file, events.readUInt32LE(at + 4))
    }
  }

  #serve(file: ReadFile): void {
    const { pipe, next, path, handler } = file
    attempt(path, () => renameSync(next.path, path))
    this.#files.delete(pipe.number)
    this.#files.set(next.number, file)
    file.pipe = next
    file.next = attempt(path, () => this.#makeOffer(file.mode))
    give(pipe.fd, Buffer.from(this.#options.run(handler, ''), 'latin1'))
  }

  #accept(file: WrittenFile, mask: number): void {
    for (let n = 0; n < CHUNKS_AT_ONCE; n++) {
      if (this.#closed) return
      const length = readSome(file.fd, this.#chunk)
      if (length === undefined) {
        if ((mask & IN_CLOSE_WRITE) !== 0) file.lines.end()
        return
      }
      file.lines.push(this.#chunk.toString('latin1', 0, length))
    }
    setImmediate(() => this.#accept(file, mask))
  }
}

/** Undefined when there is nothing now. */
function readSome(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into)
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined
    throw error
  }
}

/** Writes all and closes; a reader that went away gets nothing. */
function give(fd: number, bytes: Buffer): void {
  let at = 0
  try {
    while (at < bytes.length) at += writeSync(fd, bytes, at)
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') {
      giveLater(fd, bytes.subarray(at))
      return
    }
    if (codeOf(error) !== 'EPIPE') throw error
  }
  closeSync(fd)
}

/** More than a pipe holds. What this needs of Node takes long to load. */
async function giveLater(fd: number, bytes: Buffer): Promise<void> {
  const { writeSlowly } = await import('./slow-reader.ts')
  writeSlowly(fd, bytes)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

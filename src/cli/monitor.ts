import type { Image } from '../image.ts'
import type { SessionHandle } from '../run/handle.ts'
import type { Sink } from '../run/sink.ts'
import type { CliContext } from './context.ts'
import { MONITOR_SORTS, monitorLines } from './monitor-view.ts'
import { UsageError } from './options.ts'

/** Lines of output that are kept for the screen. */
const LINES_KEPT = 1000

/** Of a terminal that does not tell its size. */
const ROWS = 24
const COLUMNS = 80

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const CONTROL_C = '\x03'

/** The screen of --monitor: on the terminal, from when the script runs until it ends. */
export class Monitor {
  readonly #context: CliContext
  readonly #image: Image
  readonly #name: string
  readonly #intervalMs: number
  #handle: SessionHandle | undefined
  #timer: NodeJS.Timeout | undefined
  #start = 0
  #sort = 0
  #hidden = false
  #lines: string[] = ['']
  #closed = false

  /** @throws UsageError without a terminal */
  constructor(context: CliContext, image: Image, how: { name: string; intervalMs: number }) {
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      throw new UsageError('--monitor needs a terminal, for its screen and its keys')
    }
    this.#context = context
    this.#image = image
    this.#name = how.name
    this.#intervalMs = how.intervalMs
  }

  /** Takes what is printed on the terminal into the screen. */
  readonly sink: Sink = {
    write: (bytes, start, end) => {
      this.say(bytes.toString('utf8', start, end))
      return end - start
    },
  }

  say(text: string): void {
    if (this.#closed) {
      this.#context.out(text)
      return
    }
    const [rest = '', ...lines] = text.split('\n')
    this.#lines.push(`${this.#lines.pop() ?? ''}${rest}`, ...lines)
    this.#lines = this.#lines.slice(-LINES_KEPT)
  }

  open(handle: SessionHandle): void {
    this.#handle = handle
    this.#start = performance.now()
    process.stdin.setRawMode(true)
    process.stdin.setEncoding('utf8').on('data', this.#onKeys).resume()
    this.#context.err(ENTER)
    this.#timer = setInterval(() => this.#draw(), this.#intervalMs)
    this.#draw()
  }

  /** Gives the terminal back, with the last lines that were printed. A second call does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#handle !== undefined) {
      clearInterval(this.#timer)
      process.stdin.off('data', this.#onKeys).pause()
      process.stdin.setRawMode(false)
      this.#context.err(LEAVE)
    }
    this.#context.out(this.#lines.join('\n'))
  }

  readonly #onKeys = (keys: string): void => {
    for (const key of keys) this.#key(key)
    this.#draw()
  }

  #key(key: string): void {
    switch (key) {
      case 'c':
        this.#handle?.reset()
        break
      case 'p':
        this.#handle?.pause()
        break
      case 'r':
        this.#handle?.resume()
        break
      case 'q':
      case CONTROL_C:
        this.#handle?.end()
        break
      case 's':
        this.#sort = (this.#sort + 1) % MONITOR_SORTS.length
        break
      case 'x':
        this.#hidden = !this.#hidden
    }
  }

  #draw(): void {
    const handle = this.#handle
    if (handle === undefined) return
    const { rows, columns } = process.stderr
    const view = {
      name: this.#name,
      upMs: performance.now() - this.#start,
      paused: handle.paused,
      image: this.#image,
      times: handle.times(),
      globals: handle.globals(),
      sort: MONITOR_SORTS[this.#sort] ?? 'index',
      output: this.#lines.at(-1) === '' ? this.#lines.slice(0, -1) : this.#lines,
      hidden: this.#hidden,
    }
    const lines = monitorLines(view, { rows: rows || ROWS, columns: columns || COLUMNS })
    this.#context.err(`\x1b[H${lines.map(line => `${line}\x1b[K`).join('\r\n')}\x1b[J`)
  }
}

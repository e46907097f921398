import type { LateContext } from '../host/late.ts'
import type { Symbolizer } from '../host/pure.ts'
import type { Store, Value } from '../host/store.ts'
import {
  type HostHandler,
  type Image,
  RECORD_SPECIAL,
  STATE_RUNNING,
  STATE_STARTING,
  STATE_STOPPING,
} from '../image.ts'
import type { AttachReport, Loaded } from '../load/loaded.ts'
import type { Kernel, Watch } from '../sys/kernel.ts'
import type { ChildEnd, HeldChild } from './child.ts'
import { type Clock, ControlPage, clockOf } from './control.ts'
import { decodeSpecial } from './decode.ts'
import { displayGlobals } from './display.ts'
import { HostSide, lateContext } from './host-side.ts'
import { createStore, writeInitial } from './map-store.ts'
import type { Output } from './output.ts'
import { Printer } from './printer.ts'
import { followRing, openRing, type Ring } from './ring.ts'
import { startTimers, type Timers } from './timers.ts'
import { readZone } from './zone.ts'

export interface SessionOptions {
  readonly image: Image
  /** Undefined when the image has nothing for the kernel. The session closes it. */
  readonly loaded: Loaded | undefined
  /** Needed with `loaded`. */
  readonly kernel: Kernel | undefined
  readonly output: Output
  /** Lines for the error stream, as byte strings without a line break: `ERROR: …`, `WARNING: …`. */
  readonly onError: (line: string) => void
  readonly onWarning: (line: string) => void
  /** Names for addresses; without, they print as numbers. */
  readonly symbols?: Symbolizer | undefined
  /** -c: held until everything is attached; the session ends with it. */
  readonly command?: string | undefined
  /** -x */
  readonly targetPid?: number | undefined
  readonly timeoutMs?: number | undefined
  /** -G: initial values by name. */
  readonly globalOverrides?: ReadonlyMap<string, Value> | undefined
  /** Value of the variable TZ. */
  readonly timeZone?: string | undefined
  /** Repeated warnings too. */
  readonly verbose?: boolean | undefined
  /**
   * Told when everything is attached and the script runs, with what could not be attached: that
   * is then the caller's to report. Without this the session warns itself.
   */
  readonly onRunning?: ((report: AttachReport | undefined) => void) | undefined
  readonly onAttaching?: ((done: number, total: number) => void) | undefined
  /** A third ^C: leave at once. */
  readonly exitHard: () => void
}

export interface SessionResult {
  /** Soft errors, in the kernel and here. */
  readonly errors: number
  readonly skipped: number
  /** Records that found no room, by point. */
  readonly lost: readonly { readonly point: number; readonly count: bigint }[]
  /** Of the command of -c: its exit status, or 128 + signal. */
  readonly childStatus: number | undefined
  readonly exitCode: 0 | 1
}

/** Runs an image from its begin handlers to its end handlers. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  return new Session(options).run()
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** The offset between the clocks moves as the time of day is corrected. */
const CLOCK_REFRESH_MS = 1000
/** Records taken before timers and signals get their turn. */
const DRAIN_LIMIT = 100_000
/** Rounds of that many before a handler that runs here. */
const DRAIN_ROUNDS = 8
/** At the end: handlers that were running when the state changed have finished by then. */
const SETTLE_MS = 2
/** Rounds of draining at the end, should programs not stop writing. */
const SETTLE_ROUNDS = 50
const MAX_DISTINCT_WARNINGS = 1024

class Session {
  readonly #options: SessionOptions
  readonly #control: ControlPage
  readonly #clock: Clock
  readonly #store: Store
  readonly #late: LateContext
  readonly #host: HostSide
  readonly #warned = new Set<string>()
  #suppressed = 0
  #ring: Ring | undefined
  #printer: Printer | undefined
  #child: HeldChild | undefined
  #childEnd: ChildEnd | undefined
  #errors = 0
  #kernelErrors = 0
  #skipped = 0
  #failed = false
  /** Set when the session is to end; `#wake` tells the one who waits for it. */
  #ending = false
  #wake: () => void = () => {}
  #interrupts = 0
  #bug: unknown

  constructor(options: SessionOptions) {
    const { image, loaded, kernel, output, symbols = { find: () => undefined } } = options
    this.#options = options
    this.#control = new ControlPage(loaded?.control?.view)
    this.#clock = clockOf(kernel)
    this.#store = createStore(image, loaded)
    this.#late = lateContext(image, symbols, () => readZone(new Date(), options.timeZone))
    this.#host = new HostSide({
      image,
      store: this.#store,
      late: this.#late,
      control: this.#control,
      monotonic: this.#clock.monotonic,
      print: text => output.text(text),
      exit: () => this.#end(),
      warn: message => this.#warn(message),
      softError: text => {
        this.#errors++
        this.#softError(text)
      },
    })
  }

  async run(): Promise<SessionResult> {
    const { loaded } = this.#options
    const unlisten = this.#listen()
    try {
      await this.#prepare()
      for (const handler of this.#host.handlers('begin')) {
        if (!this.#ending) this.#runHandler(handler)
      }
      if (!this.#ending) await this.#attachAndWait()
      await this.#finish()
      return this.#result()
    } finally {
      unlisten()
      this.#child?.stop()
      this.#options.output.flush()
      loaded?.close()
    }
  }

  /** Everything that handlers and kernel programs may look at. */
  async #prepare(): Promise<void> {
    const { image, loaded, kernel, command, targetPid, globalOverrides } = this.#options
    this.#control.set('state', BigInt(STATE_STARTING))
    this.#control.set('realtimeOffset', this.#clock.offset())
    if (command !== undefined) await this.#hold(command)
    this.#control.set('target', BigInt(this.#child?.pid ?? targetPid ?? 0))
    writeInitial(image, this.#store)
    image.globals.forEach((layout, id) => {
      const value = globalOverrides?.get(layout.name)
      if (value !== undefined) this.#store.set({ id, ...layout }, value)
    })
    if (loaded?.ring !== undefined && kernel !== undefined) {
      this.#ring = openRing(kernel, loaded.ring)
      this.#printer = new Printer(image, this.#ring.memory, this.#options.output, this.#late)
    }
  }

  async #attachAndWait(): Promise<void> {
    const { loaded, onRunning, onAttaching, timeoutMs } = this.#options
    this.#options.output.flush()
    const report = await loaded?.attach(onAttaching)
    if (report !== undefined) this.#reportFailures(report)
    if (this.#ending) return
    this.#control.set('state', BigInt(STATE_RUNNING))
    onRunning?.(report)
    const work = this.#startWork()
    const timeout = timeoutMs === undefined ? undefined : setTimeout(() => this.#end(), timeoutMs)
    this.#child?.release()
    await new Promise<void>(resolve => {
      this.#wake = resolve
      if (this.#ending) resolve()
    })
    clearTimeout(timeout)
    work.close()
  }

  /** What runs while the session does: the ring, the timers, the clock. */
  #startWork(): Watch {
    const { loaded, kernel } = this.#options
    const timers = this.#startTimers()
    // Also what keeps Node running when there is nothing else to wait for.
    const clock = setInterval(() => {
      this.#control.set('realtimeOffset', this.#clock.offset())
      this.#checkState()
    }, CLOCK_REFRESH_MS)
    const ring =
      loaded?.ring === undefined || kernel === undefined
        ? undefined
        : followRing(kernel, loaded.ring.fd, () => this.#guard(() => this.#drainOnce(), NOTHING))
    return {
      close: () => {
        timers.timers.close()
        clearInterval(clock)
        ring?.close()
        this.#reportMissed(timers)
      },
    }
  }

  /** A program that stopped the session says so in the ring; a full one had no room for it. */
  #checkState(): void {
    if (this.#control.get('state') !== BigInt(STATE_STOPPING)) return
    if (this.#control.get('errors') > BigInt(this.#options.image.limits.maxErrors)) {
      this.#failed = true
    }
    this.#end()
  }

  #startTimers(): { timers: Timers; handlers: HostHandler[] } {
    const handlers = this.#options.image.handlers.filter(h => h.when.kind === 'timer')
    const specs = handlers.flatMap(handler => {
      const { when } = handler
      if (when.kind !== 'timer') return []
      const { periodNs, randomizeNs } = when
      const fire = (): void => this.#guard(() => this.#fire(handler), undefined)
      return [{ periodNs, randomizeNs, fire }]
    })
    return { timers: startTimers(specs, this.#clock.monotonic), handlers }
  }

  #fire(handler: HostHandler): void {
    if (this.#ending) return
    this.#runHandler(handler)
    this.#idle()
  }

  /** Starts the command of -c as far as it goes before `release`. */
  async #hold(command: string): Promise<void> {
    // Node's module for processes takes longer to load than all else of a short run.
    const { holdChild } = await import('./child.ts')
    this.#child = holdChild(command)
    this.#child.ended.then(
      end => {
        this.#childEnd = end
        this.#end()
      },
      error => {
        this.#bug = error
        this.#end()
      },
    )
  }

  /** Drains first, so that the output is in the order of what happened. */
  #runHandler(handler: HostHandler): void {
    this.#drain()
    this.#host.run(handler)
  }

  async #runLast(kind: 'end' | 'error'): Promise<void> {
    const before = this.#interrupts
    const failed = this.#failed
    for (const handler of this.#host.handlers(kind)) {
      // A signal that came while the last one ran is only seen when Node gets its turn.
      await turn()
      if (this.#interrupts > Math.max(before, 1) || this.#failed !== failed) break
      this.#host.run(handler)
    }
  }

  /** State, what is still in the ring, the end handlers, the globals. */
  async #finish(): Promise<void> {
    this.#ending = true
    this.#control.set('state', BigInt(STATE_STOPPING))
    if (this.#bug !== undefined) throw this.#bug
    await this.#settle()
    if (!this.#failed) await this.#runLast('end')
    // Also when an end handler failed, which leaves out the others.
    if (this.#failed) await this.#runLast('error')
    this.#options.output.text(displayGlobals(this.#options.image, this.#store))
    this.#options.output.flush()
  }

  async #settle(): Promise<void> {
    if (this.#ring === undefined) return
    for (let round = 0; round < SETTLE_ROUNDS && this.#interrupts < 2; round++) {
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
      if (this.#drain() === 0 && round > 0) return
    }
  }

  #result(): SessionResult {
    const { image, loaded, output, onWarning } = this.#options
    // A record of an error may have found no room: the kernel's own count has it.
    const kernelErrors = Math.max(this.#kernelErrors, Number(this.#control.get('errors')))
    const errors = this.#errors + kernelErrors
    const skipped = this.#skipped + Number(this.#control.get('skipped'))
    const lost = (loaded?.lostCounts() ?? []).flatMap((count, point) =>
      count === 0n ? [] : [{ point, count }],
    )
    for (const { point, count } of lost) {
      const text = image.points[point]?.text ?? `point ${point}`
      onWarning(`WARNING: lost ${count} records of ${text}: the ring buffer was full`)
    }
    if (this.#suppressed > 0) {
      onWarning(`WARNING: Number of similar warning messages suppressed: ${this.#suppressed}.`)
    }
    if (errors > 0 || skipped > 0) {
      onWarning(`WARNING: Number of errors: ${errors}, skipped probes: ${skipped}`)
    }
    const childText = this.#childEnd?.warning
    if (childText !== undefined) onWarning(`WARNING: ${childText}`)
    if (output.failure !== undefined) {
      this.#options.onError(`ERROR: cannot write the output: ${output.failure.message}`)
    }
    const failed =
      this.#failed ||
      kernelErrors > image.limits.maxErrors ||
      output.failure !== undefined ||
      // As stap: a command that failed makes the run one that failed.
      (this.#childEnd?.status ?? 0) !== 0
    return {
      errors,
      skipped,
      lost,
      childStatus: this.#childEnd?.status,
      exitCode: failed ? 1 : 0,
    }
  }

  /** Some records; then the event loop goes round before the rest. */
  #drainOnce(): { count: number; more: boolean } {
    const count = this.#take()
    const more = count >= DRAIN_LIMIT
    if (!more) this.#idle()
    return { count, more }
  }

  /** What is in the ring by now; programs that never rest do not hold it up for ever. */
  #drain(): number {
    let total = 0
    for (let round = 0; round < DRAIN_ROUNDS; round++) {
      const count = this.#take()
      total += count
      if (count < DRAIN_LIMIT) break
    }
    return total
  }

  #take(): number {
    const { memory } = this.#ring ?? {}
    const printer = this.#printer
    if (memory === undefined || printer === undefined) return 0
    const taken = this.#ring?.drain((offset, length) => {
      const site = memory.u32[offset >> 2] ?? 0
      if (site >= RECORD_SPECIAL) this.#special(offset, length)
      else printer.print(site, offset, length)
    }, DRAIN_LIMIT)
    return taken ?? 0
  }

  #special(offset: number, length: number): void {
    const { memory } = this.#ring ?? {}
    if (memory === undefined) return
    const special = decodeSpecial(this.#options.image, memory, offset, length)
    switch (special.kind) {
      case 'exit':
        this.#end()
        break
      case 'warning':
        this.#warn(special.text)
        break
      case 'skipped':
        this.#skip(special.text)
        break
      case 'error':
        this.#kernelErrors++
        this.#softError(special.text)
        break
    }
  }

  /** Prints an error; with more than the script may have, the session ends as failed. */
  #softError(text: string): void {
    this.#options.output.flush()
    this.#options.onError(`ERROR: ${text}`)
    if (this.#errors + this.#kernelErrors <= this.#options.image.limits.maxErrors) return
    this.#failed = true
    this.#end()
  }

  #skip(text: string): void {
    if (text !== '') this.#warn(text)
    if (++this.#skipped <= this.#options.image.limits.maxSkipped) return
    this.#options.onError('ERROR: Skipped too many probes, check MAXSKIPPED')
    this.#failed = true
    this.#end()
  }

  #warn(message: string): void {
    const line = `WARNING: ${message.replace(/\n$/, '')}`
    if (this.#options.verbose !== true) {
      if (this.#warned.has(line)) {
        this.#suppressed++
        return
      }
      if (this.#warned.size < MAX_DISTINCT_WARNINGS) this.#warned.add(line)
    }
    this.#options.output.flush()
    this.#options.onWarning(line)
  }

  #reportFailures({ attached, failed }: AttachReport): void {
    if (attached > 0 && this.#options.onRunning !== undefined) return
    for (const { point, reason, optional } of failed) {
      if (optional && attached > 0) continue
      const text = this.#options.image.points[point]?.text ?? `point ${point}`
      this.#options.onWarning(`WARNING: probe ${text} registration error: ${reason}`)
    }
    if (attached > 0 || failed.length === 0) return
    this.#options.onError('ERROR: no probe could be attached')
    this.#failed = true
    this.#end()
  }

  #reportMissed({ timers, handlers }: { timers: Timers; handlers: HostHandler[] }): void {
    timers.missed().forEach((missed, i) => {
      if (missed === 0n) return
      const text = this.#options.image.points[handlers[i]?.point ?? -1]?.text ?? 'timer'
      this.#options.onWarning(`WARNING: ${text} fell behind: ${missed} runs left out`)
    })
  }

  /** Nothing more to do right now: the reader gets what there is. */
  #idle(): void {
    const { output } = this.#options
    output.flush()
    if (output.closed) this.#end()
  }

  #end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#control.set('state', BigInt(STATE_STOPPING))
    this.#wake()
  }

  /** A bug in a callback of Node ends the session and comes out of `run`. */
  #guard<T>(work: () => T, otherwise: T): T {
    try {
      return work()
    } catch (error) {
      this.#bug ??= error
      this.#end()
      return otherwise
    }
  }

  #listen(): () => void {
    const onSignal = (): void => {
      this.#interrupts++
      if (this.#interrupts >= 3) this.#options.exitHard()
      else this.#end()
    }
    for (const signal of SIGNALS) process.on(signal, onSignal)
    return () => {
      for (const signal of SIGNALS) process.off(signal, onSignal)
    }
  }
}

const NOTHING = { count: 0, more: false }

async function turn(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}

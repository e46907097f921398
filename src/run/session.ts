import type { LateContext } from '../host/late.ts'
import type { Store } from '../host/store.ts'
import {
  type HostHandler,
  RECORD_SPECIAL,
  STATE_RUNNING,
  STATE_STARTING,
  STATE_STOPPING,
} from '../image.ts'
import type { AttachReport } from '../load/loaded.ts'
import type { Watch } from '../sys/kernel.ts'
import type { ChildEnd, HeldChild } from './child.ts'
import { type Clock, ControlPage, clockOf } from './control.ts'
import { decodeSpecial } from './decode.ts'
import { displayGlobals } from './display.ts'
import { isPaused, type SessionHandle, sessionHandle } from './handle.ts'
import { HostSide, lateContext } from './host-side.ts'
import { jsonLine, jsonText } from './json-line.ts'
import { createStore, writeInitial } from './map-store.ts'
import { Printer, type RecordPrinter, textPrinter } from './printer.ts'
import { followRing, openRing, type Ring } from './ring.ts'
import type { SessionOptions, SessionResult } from './session-options.ts'
import { openSources, type Sources } from './sources.ts'
import { startTimers, type Timers } from './timers.ts'
import { HandlerTimes, type ProbeTime } from './timing.ts'
import { readZone } from './zone.ts'

/** Runs an image from its begin handlers to its end handlers. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  return new Session(options).run()
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** The offset between the clocks moves as the time of day is corrected. */
const CLOCK_REFRESH_MS = 1000
/** Records taken before timers and signals get their turn. */
const DRAIN_LIMIT = 100_000
/** Records taken before a look at whether their reader takes what they print. */
const DRAIN_BATCH = 1000
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
  readonly #times: HandlerTimes | undefined
  readonly #warned = new Set<string>()
  /** Records that were left in the ring, by point. */
  readonly #left = new Map<number, bigint>()
  #suppressed = 0
  /** Of a program in the kernel. */
  #lastError: string | undefined
  #ring: Ring | undefined
  #printer: RecordPrinter | undefined
  #sources: Sources | undefined
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
    const { image, loaded, kernel, symbols = { find: () => undefined } } = options
    this.#options = options
    this.#times = options.timing === true ? new HandlerTimes() : undefined
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
      print: (text, point) => this.#print(text, point),
      exit: () => this.#end(),
      warn: message => this.#warn(message),
      softError: (text, point) => {
        this.#errors++
        this.#softError(text, point)
      },
      ran: this.#times && ((point, ns) => this.#times?.add(point, ns)),
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
      return await this.#deliver(this.#result())
    } finally {
      unlisten()
      this.#sources?.close()
      this.#child?.stop()
      this.#options.output.flush()
      loaded?.close()
    }
  }

  /** Everything that handlers and kernel programs may look at. */
  async #prepare(): Promise<void> {
    const { image, loaded, kernel, command, targetPid } = this.#options
    this.#control.set('state', BigInt(STATE_STARTING))
    this.#control.set('realtimeOffset', this.#clock.offset())
    if (command !== undefined) await this.#hold(command)
    this.#control.set('target', BigInt(this.#child?.pid ?? targetPid ?? 0))
    writeInitial(image, this.#store)
    if (loaded?.ring !== undefined && kernel !== undefined) {
      this.#ring = openRing(kernel, loaded.ring)
      const printed = { image, memory: this.#ring.memory, context: this.#late }
      this.#printer =
        this.#options.json === true
          ? textPrinter(printed, (text, point) => this.#print(text, point))
          : new Printer(printed, this.#options.output)
    }
    this.#openSources()
  }

  #openSources(): void {
    const { image, kernel, files, input, onFiles } = this.#options
    const run = (handler: HostHandler, text: string): string =>
      this.#guard(() => this.#fire(handler, text), '')
    const failed = (error: unknown): void => {
      this.#bug ??= error
      this.#end()
    }
    this.#sources = openSources({ image, kernel, files, input, run, failed })
    if (this.#sources.folder !== undefined) onFiles?.(this.#sources.folder)
  }

  async #attachAndWait(): Promise<void> {
    const { loaded, onRunning, onAttaching, timeoutMs } = this.#options
    this.#options.output.flush()
    const report = await loaded?.attach(onAttaching)
    if (report !== undefined) this.#reportFailures(report)
    if (this.#ending) return
    this.#control.set('state', BigInt(STATE_RUNNING))
    onRunning?.(report, this.#handle())
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

  /** What runs while the session does: the ring, the timers, files and input, the clock. */
  #startWork(): Watch {
    const { loaded, kernel } = this.#options
    const timers = this.#startTimers()
    this.#sources?.start()
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
        this.#sources?.close()
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
      const fire = (): void => {
        this.#guard(() => this.#fire(handler), '')
      }
      return [{ periodNs, randomizeNs, fire }]
    })
    return { timers: startTimers(specs, this.#clock.monotonic), handlers }
  }

  /** Gives what the one who reads a file gets. */
  #fire(handler: HostHandler, given = ''): string {
    if (this.#ending || isPaused(this.#control)) return ''
    // For a reader that takes nothing, enough is kept.
    if (this.#options.output.full) {
      this.#skipped++
      return ''
    }
    const reply = this.#runHandler(handler, given)
    this.#idle()
    return reply
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
  #runHandler(handler: HostHandler, given = ''): string {
    this.#drain()
    return this.#host.run(handler, given)
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
    const globals = displayGlobals(this.#options.image, this.#store)
    if (globals !== '') this.#print(globals)
    this.#options.output.flush()
  }

  /** Waits for a reader that takes its time, with nothing left in the kernel. */
  async #deliver(result: SessionResult): Promise<SessionResult> {
    const { loaded, output, onEnd, onMessage } = this.#options
    this.#child?.stop()
    loaded?.close()
    onEnd?.(result)
    const left = await output.finish(() => this.#interrupts)
    if (left > 0) {
      const text = `the reader of the output takes nothing: its last ${left} bytes are lost`
      onMessage({ severity: 'warning', text })
    }
    const { failure } = output
    if (failure === undefined) return result
    onMessage({ severity: 'error', text: `cannot write the output: ${failure.message}` })
    return { ...result, exitCode: 1 }
  }

  async #settle(): Promise<void> {
    if (this.#ring === undefined) return
    for (let round = 0; round < SETTLE_ROUNDS && this.#interrupts < 2; round++) {
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
      if (this.#drain() === 0 && round > 0) break
    }
    this.#leave()
  }

  /** What is left for a reader that takes nothing is lost, as if it had found no room. */
  #leave(): void {
    const ring = this.#ring
    if (ring === undefined || !this.#options.output.full) return
    ring.drain((offset, length) => {
      const { u32 } = ring.memory
      const site = u32[offset >> 2] ?? 0
      if (site >= RECORD_SPECIAL) this.#special(offset, length)
      else this.#left.set(pointOf(u32, offset), (this.#left.get(pointOf(u32, offset)) ?? 0n) + 1n)
    }, DRAIN_LIMIT)
  }

  #result(): SessionResult {
    const { image, loaded, onMessage } = this.#options
    // A record of an error may have found no room: the kernel's own count has it.
    const kernelErrors = Math.max(this.#kernelErrors, Number(this.#control.get('errors')))
    const errors = this.#errors + kernelErrors
    const skipped = this.#skipped + Number(this.#control.get('skipped'))
    const lost = (loaded?.lostCounts() ?? []).flatMap((noRoom, point) => {
      const count = noRoom + (this.#left.get(point) ?? 0n)
      return count === 0n ? [] : [{ point, count }]
    })
    for (const { point, count } of lost) {
      const text = `lost ${count} records of ${this.#pointText(point)}: the ring buffer was full`
      onMessage({ severity: 'warning', text, point, lost: count })
    }
    const warn = (text: string): void => onMessage({ severity: 'warning', text })
    if (this.#suppressed > 0) {
      warn(`Number of similar warning messages suppressed: ${this.#suppressed}.`)
    }
    if (errors > 0 || skipped > 0) warn(`Number of errors: ${errors}, skipped probes: ${skipped}`)
    const childText = this.#childEnd?.warning
    if (childText !== undefined) warn(childText)
    const failed =
      this.#failed ||
      kernelErrors > image.limits.maxErrors ||
      // As stap: a command that failed makes the run one that failed.
      (this.#childEnd?.status ?? 0) !== 0
    return {
      errors,
      skipped,
      lost,
      childStatus: this.#childEnd?.status,
      times: this.#report(),
      exitCode: failed ? 1 : 0,
    }
  }

  #report(): readonly ProbeTime[] {
    return this.#times?.report(this.#options.loaded?.programTimes() ?? []) ?? []
  }

  #handle(): SessionHandle {
    return sessionHandle({
      image: this.#options.image,
      store: this.#store,
      control: this.#control,
      times: () => this.#report(),
      end: () => this.#end(),
    })
  }

  /** Some records; then the event loop goes round before the rest. */
  #drainOnce(): { count: number; more: boolean } {
    // What finds no room in the ring meanwhile is counted there.
    if (this.#options.output.stalled) return STALLED
    const count = this.#take({ whenStalled: false })
    const more = count >= DRAIN_LIMIT
    if (!more) this.#idle()
    return { count, more }
  }

  /** What is in the ring by now; programs that never rest do not hold it up for ever. */
  #drain(): number {
    let total = 0
    for (let round = 0; round < DRAIN_ROUNDS; round++) {
      const count = this.#take({ whenStalled: true })
      total += count
      if (count < DRAIN_LIMIT || this.#options.output.full) break
    }
    return total
  }

  #take({ whenStalled }: { whenStalled: boolean }): number {
    const ring = this.#ring
    const printer = this.#printer
    if (ring === undefined || printer === undefined) return 0
    const { u32 } = ring.memory
    const { output } = this.#options
    const print = (offset: number, length: number): void => {
      const site = u32[offset >> 2] ?? 0
      if (site >= RECORD_SPECIAL) this.#special(offset, length)
      else printer.print(site, offset, length)
    }
    let total = 0
    while (total < DRAIN_LIMIT && (whenStalled ? !output.full : !output.stalled)) {
      const count = ring.drain(print, DRAIN_BATCH)
      total += count
      if (count < DRAIN_BATCH) break
    }
    return total
  }

  /** Output of a handler, or of the session itself. */
  #print(text: string, point?: number): void {
    const { json, output } = this.#options
    if (json !== true) {
      output.text(text)
      return
    }
    const probe = point === undefined ? {} : { probe: this.#pointText(point) }
    output.text(jsonLine({ type: 'output', ...probe, text: jsonText(text) }))
  }

  #pointText(point: number): string {
    return this.#options.image.points[point]?.text ?? `point ${point}`
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
        // On other processors a handler may have failed at the same time in the same way.
        if (this.#failed && special.text === this.#lastError) break
        this.#lastError = special.text
        this.#softError(special.text, pointOf(memory.u32, offset))
        break
    }
  }

  /** Prints an error; with more than the script may have, the session ends as failed. */
  #softError(text: string, point: number): void {
    const { suppressErrors, output, onMessage } = this.#options
    if (suppressErrors === true) {
      if (this.#options.verbose === true) this.#warn(text)
      return
    }
    output.flush()
    onMessage({ severity: 'error', text, point })
    if (this.#errors + this.#kernelErrors <= this.#options.image.limits.maxErrors) return
    this.#failed = true
    this.#end()
  }

  #skip(text: string): void {
    if (text !== '') this.#warn(text)
    if (++this.#skipped <= this.#options.image.limits.maxSkipped) return
    this.#options.onMessage({
      severity: 'error',
      text: 'Skipped too many probes, check MAXSKIPPED',
    })
    this.#failed = true
    this.#end()
  }

  #warn(message: string): void {
    const text = message.replace(/\n$/, '')
    if (this.#options.verbose !== true) {
      if (this.#warned.has(text)) {
        this.#suppressed++
        return
      }
      if (this.#warned.size < MAX_DISTINCT_WARNINGS) this.#warned.add(text)
    }
    this.#options.output.flush()
    this.#options.onMessage({ severity: 'warning', text })
  }

  #reportFailures({ attached, failed }: AttachReport): void {
    if (attached > 0 && this.#options.onRunning !== undefined) return
    for (const { point, reason, optional } of failed) {
      if (optional && attached > 0) continue
      const text = `probe ${this.#pointText(point)} registration error: ${reason}`
      this.#options.onMessage({ severity: 'warning', text, point })
    }
    if (attached > 0 || failed.length === 0) return
    this.#options.onMessage({ severity: 'error', text: 'no probe could be attached' })
    this.#failed = true
    this.#end()
  }

  #reportMissed({ timers, handlers }: { timers: Timers; handlers: HostHandler[] }): void {
    timers.missed().forEach((missed, i) => {
      if (missed === 0n) return
      const point = handlers[i]?.point ?? -1
      const text = `${this.#pointText(point)} fell behind: ${missed} runs left out`
      this.#options.onMessage({ severity: 'warning', text, point })
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
/** To be asked again soon. */
const STALLED = { count: 1, more: false }
/** Of a record: the number of its point, behind that of its site. */
function pointOf(u32: Uint32Array, offset: number): number {
  return u32[(offset >> 2) + 1] ?? 0
}

async function turn(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}

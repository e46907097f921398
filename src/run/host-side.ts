import { ScriptError } from '../host/error.ts'
import { createEvaluator, type Evaluator, type HostEnvironment } from '../host/evaluate.ts'
import { clipText, type LateContext } from '../host/late.ts'
import type { PointTexts, Symbolizer, Zone } from '../host/pure.ts'
import type { Store, Value } from '../host/store.ts'
import type { HostHandler, Image } from '../image.ts'
import type { ContextValue } from '../ir/ir.ts'
import type { ControlPage } from './control.ts'

/** What the handlers outside the kernel need of their session. */
export interface HostSideOptions {
  readonly image: Image
  readonly store: Store
  readonly late: LateContext
  readonly control: ControlPage
  readonly monotonic: () => bigint
  /** `point`: of the handler that prints. */
  readonly print: (text: string, point: number) => void
  readonly exit: () => void
  readonly warn: (message: string) => void
  readonly softError: (text: string, point: number) => void
  /** Told how long each handler ran. */
  readonly ran: ((point: number, ns: bigint) => void) | undefined
}

/** Runs the handlers of what does not happen in the kernel, in this process. */
export class HostSide {
  readonly #options: HostSideOptions
  readonly #evaluator: Evaluator
  #point = 0
  /** `$value`: what came with the event, or what its reader gets. */
  #value = ''
  #limit = 0

  constructor(options: HostSideOptions) {
    this.#options = options
    const environment: HostEnvironment = {
      ...options.late,
      store: options.store,
      context: what => this.#context(what),
      print: text => options.print(text, this.#point),
      reply: (value, append) => {
        const all = append ? this.#value + value : value
        this.#value = all.slice(0, this.#limit)
      },
      exit: options.exit,
      warn: options.warn,
    }
    this.#evaluator = createEvaluator(options.image.functions, environment)
  }

  /** Handlers of a kind, in the order in which they run. */
  handlers(kind: 'begin' | 'end' | 'error'): HostHandler[] {
    const order = ({ when }: HostHandler): bigint => ('order' in when ? when.order : 0n)
    return this.#options.image.handlers
      .filter(h => h.when.kind === kind)
      .sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : a.id - b.id))
  }

  /** `given` came with the event. Gives what the one who reads a file gets. */
  run(handler: HostHandler, given = ''): string {
    const { ran } = this.#options
    const start = ran === undefined ? 0n : process.hrtime.bigint()
    this.#value = given
    this.#limit = handler.when.kind === 'file' ? handler.when.limit : 0
    this.#run(handler)
    ran?.(handler.point, process.hrtime.bigint() - start)
    return this.#value
  }

  #run(handler: HostHandler): void {
    this.#point = handler.point
    try {
      this.#evaluator.run(handler.function)
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      this.#options.softError(error.text, this.#point)
    }
  }

  #context(what: ContextValue): Value {
    switch (what) {
      case 'pid-tgid':
        return (BigInt(process.pid) << 32n) | BigInt(process.pid)
      case 'uid-gid':
        return (BigInt(process.getgid?.() ?? 0) << 32n) | BigInt(process.getuid?.() ?? 0)
      case 'ppid':
        return BigInt(process.ppid)
      case 'comm':
        return 'klew'
      case 'monotonic-ns':
        return this.#options.monotonic()
      case 'realtime-ns':
        return this.#options.monotonic() + this.#options.control.get('realtimeOffset')
      case 'point':
        return BigInt(this.#point)
      case 'target':
        return this.#options.control.get('target')
      case 'value':
        return clipText(this.#value, this.#options.image.limits.maxStringLength)
      case 'stack':
        return ''
      case 'cpu':
      case 'address':
      case 'caller-address':
      case 'cpu-offset':
        return 0n
    }
  }
}

/** What pp() and its like print, and what a traced return needs of its function. */
export function pointTexts(image: Image, symbols: Symbolizer): PointTexts {
  const addresses = new Map<number, bigint>()
  for (const { targets } of image.attachments) {
    for (const { point, address } of targets) addresses.set(point, address)
  }
  return {
    text: point => image.points[point]?.text ?? '',
    function: point => image.points[point]?.function ?? '',
    isReturn: point => image.points[point]?.at === 'return',
    address: point => {
      const known = addresses.get(point) ?? 0n
      return known === 0n ? (symbols.address?.(image.points[point]?.function ?? '') ?? 0n) : known
    },
  }
}

/** The context of everything that is worked out when it is printed. */
export function lateContext(image: Image, symbols: Symbolizer, readZone: () => Zone): LateContext {
  let zone: Zone | undefined
  return {
    maxStringLength: image.limits.maxStringLength,
    symbols,
    points: pointTexts(image, symbols),
    zone: () => {
      zone ??= readZone()
      return zone
    },
  }
}

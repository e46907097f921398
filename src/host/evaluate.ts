import {
  type ContextValue,
  type EmitInstruction,
  type IrFunction,
  MAXMAPENTRIES,
  type PureName,
} from '../ir/ir.ts'
import { NO_USE } from '../ir/statistic.ts'
import type { Format } from '../text/format.ts'
import { histogramText } from '../text/histogram.ts'
import type { Span } from '../text/source.ts'
import {
  arrayOverflow,
  EMPTY_AGGREGATE,
  errorAt,
  exhausted,
  NO_BUCKET,
  REGISTER_FAULT,
  readFault,
  ScriptError,
  textFault,
} from './error.ts'
import { formatText, MAX_FIELD, MemoryFault, type MemoryReader } from './format.ts'
import { generateFunction } from './generate.ts'
import { clipText, type LateContext, lateValue } from './late.ts'
import { PureError, pureValue } from './pure.ts'
import { type Extractor, extract } from './statistic.ts'
import {
  type Element,
  type GlobalInfo,
  iteration,
  type KeyPattern,
  type Order,
  type Store,
  type Value,
} from './store.ts'
import { Texts } from './texts.ts'

/** What a handler that runs in this process sees of the world. */
export interface HostEnvironment extends LateContext {
  readonly store: Store
  context(what: ContextValue): Value
  print(text: string): void
  exit(): void
  warn(message: string): void
  /** Absent in a running session: there are no addresses to read. */
  readonly memory?: MemoryReader
  /** What the reader of a procfs file gets. Absent where there are no files. */
  readonly reply?: (value: string, append: boolean) => void
}

/** Calls deep; more is `MAXNESTING exceeded`. */
export const MAXNESTING = 100

/**
 * Rounds of loops and calls in one activation, after which it counts as endless. SystemTap allows
 * 10000 statements in begin and end; here a handler holds up no CPU but klew's, so the limit only
 * keeps klew from hanging: a second or so of looping.
 */
export const MAX_ROUNDS = 10_000_000

export interface Evaluator {
  /** Runs a handler to its end. Throws ScriptError for an error that it does not catch. */
  run(handler: IrFunction): void
  /** Calls a function with values; undefined for a void one. */
  call(fn: IrFunction, args: readonly Value[]): Value | undefined
}

type Compiled = (...args: readonly Value[]) => Value | undefined

/** The IR as JavaScript: functions are compiled when first called. */
export function createEvaluator(
  functions: ReadonlyMap<number, IrFunction>,
  environment: HostEnvironment,
): Evaluator {
  const runtime = new Runtime(functions, environment)
  return {
    run: handler => {
      runtime.start(handler)()
    },
    call: (fn, args) => runtime.start(fn)(...args),
  }
}

/** What generated code calls, by these names. */
class Runtime {
  readonly environment: HostEnvironment
  readonly store: Store
  depth = 0
  readonly texts: Texts = new Texts()
  #rounds = 0
  readonly #functions: ReadonlyMap<number, IrFunction>
  readonly #compiled = new Map<IrFunction, Compiled>()

  constructor(functions: ReadonlyMap<number, IrFunction>, environment: HostEnvironment) {
    this.#functions = functions
    this.environment = environment
    this.store = environment.store
  }

  /** The code of a function, for a new activation. */
  start(fn: IrFunction): Compiled {
    this.depth = 0
    this.#rounds = 0
    this.texts.start()
    return this.#compile(fn)
  }

  /** The code of a function, for a call from one that runs. */
  enter(id: number, span: Span): Compiled {
    this.step(span)
    if (++this.depth > MAXNESTING) throw errorAt('MAXNESTING exceeded', span)
    const fn = this.#functions.get(id)
    if (fn === undefined) throw new Error(`function ${id} is not in the image`)
    return this.#compile(fn)
  }

  /** Counts a round of a loop, or a call. */
  step(span: Span | undefined): void {
    if (++this.#rounds <= MAX_ROUNDS) return
    throw span === undefined
      ? new ScriptError('MAXACTION exceeded', undefined, true)
      : exhausted(span)
  }

  /** The block to go on in, or the error goes on. */
  handlerFor(error: unknown, handler: number | undefined): number {
    if (handler === undefined || !(error instanceof ScriptError) || error.fatal) throw error
    return handler
  }

  clip(text: string): string {
    return clipText(text, this.environment.maxStringLength)
  }

  div(a: bigint, b: bigint, span: Span): bigint {
    if (b === 0n) throw errorAt('division by 0', span)
    return BigInt.asIntN(64, a / b)
  }

  rem(a: bigint, b: bigint, span: Span): bigint {
    if (b === 0n) throw errorAt('division by 0', span)
    return a % b
  }

  format(format: Format, args: readonly Value[], span: Span): string {
    try {
      return formatText(format, args, this.environment.memory)
    } catch (error) {
      if (error instanceof MemoryFault) throw errorAt(readFault(error.address), span)
      throw error
    }
  }

  load(address: bigint, size: number, signed: boolean, user: boolean, span: Span): bigint {
    const bytes = this.#read(address, size, user, span)
    let value = 0n
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i))
    return signed ? BigInt.asIntN(8 * size, value) : BigInt.asIntN(64, value)
  }

  /** No probe point that klew itself reaches has registers. */
  register(span: Span): never {
    throw errorAt(REGISTER_FAULT, span)
  }

  loadText(
    address: bigint,
    limit: number,
    otherwise: string | undefined,
    user: boolean,
    span: Span,
  ): string {
    let text = ''
    while (text.length < limit) {
      const byte = this.environment.memory?.(address + BigInt(text.length), 1, user)
      if (byte === undefined) {
        if (otherwise !== undefined) return otherwise
        throw errorAt(textFault(address, user), span)
      }
      if (byte === '\0') break
      text += byte
    }
    return text
  }

  loadBytes(address: bigint, count: bigint, user: boolean, span: Span): string {
    const bytes = count < 1n ? 1 : count > MAX_FIELD ? MAX_FIELD : Number(count)
    return this.#read(address, bytes, user, span)
  }

  pure(name: PureName, args: readonly Value[], span: Span): Value {
    try {
      const value = pureValue(name, args, this.environment)
      return typeof value === 'string' ? this.clip(value) : value
    } catch (error) {
      if (error instanceof PureError) throw errorAt(error.message, span)
      throw error
    }
  }

  elementAdd(array: GlobalInfo, keys: readonly Value[], by: bigint, span: Span): bigint {
    return this.store.elementAdd(array, keys, by) ?? this.overflow(array, span)
  }

  statAdd(global: GlobalInfo, keys: readonly Value[], value: bigint, span: Span): void {
    if (!this.store.statAdd(global, keys, value)) this.overflow(global, span)
  }

  statGet(global: GlobalInfo, extractor: Extractor, keys: readonly Value[], span: Span): bigint {
    const statistic = this.store.statistic(global, keys)
    const value = extract(statistic, global.statistic ?? NO_USE, extractor)
    if (value === undefined) throw errorAt(EMPTY_AGGREGATE, span)
    return value
  }

  statBucket(global: GlobalInfo, keys: readonly Value[], index: bigint, span: Span): bigint {
    const buckets = this.buckets(global, keys, span)
    const count = index < 0n ? undefined : buckets[Number(index)]
    if (count === undefined) throw errorAt(NO_BUCKET, span)
    return count
  }

  printHistogram(global: GlobalInfo, keys: readonly Value[], span: Span): void {
    const shape = global.statistic?.histogram
    if (shape === undefined) throw new Error(`${global.name} has no histogram`)
    this.environment.print(histogramText(shape, this.buckets(global, keys, span)))
  }

  buckets(global: GlobalInfo, keys: readonly Value[], span: Span): readonly bigint[] {
    const statistic = this.store.statistic(global, keys)
    if (statistic.count === 0n) throw errorAt(EMPTY_AGGREGATE, span)
    return statistic.buckets
  }

  overflow(array: GlobalInfo, span: Span): never {
    throw errorAt(arrayOverflow(array.capacity, MAXMAPENTRIES), span)
  }

  iterate(
    array: GlobalInfo,
    slice: KeyPattern | undefined,
    order: Order | undefined,
    limit: bigint | undefined,
  ): readonly Element[] {
    return iteration(array, this.store.elements(array), slice, order, limit)
  }

  /** A function that kernel handlers use too prints by an `emit`; here it is a print. */
  emit(emit: EmitInstruction, leaves: readonly Value[]): void {
    const args = emit.args.map(late => lateValue(late, leaves, this.environment))
    this.environment.print(formatText(emit.format, args))
  }

  /** The script's own error(): names no place, as in SystemTap. */
  error(message: string, span: Span): never {
    throw new ScriptError(message, span)
  }

  #read(address: bigint, size: number, user: boolean, span: Span): string {
    const bytes = this.environment.memory?.(address, size, user)
    if (bytes === undefined) throw errorAt(readFault(address), span)
    return bytes
  }

  #compile(fn: IrFunction): Compiled {
    const known = this.#compiled.get(fn)
    if (known !== undefined) return known
    const { source, constants } = generateFunction(fn)
    // The one place where text becomes code: all of it is made by generate.ts from checked IR.
    const make = new Function('rt', 'k', `'use strict';return ${source}`)
    const compiled = make(this, constants) as Compiled // what generate.ts promises
    this.#compiled.set(fn, compiled)
    return compiled
  }
}

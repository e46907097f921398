import { toBytes } from '../text/bytes.ts'
import { placeText, type Span } from '../text/source.ts'
import { tokenAt } from '../text/token-at.ts'

/** A run-time error of a script, as SystemTap words it. A handler's `catch` takes it. */
export class ScriptError extends Error {
  /** The whole message, without `ERROR: `: `division by 0 near operator '/' at t.stp:1:20`. */
  readonly text: string
  readonly span: Span | undefined
  /** Passes every `catch`: MAXACTION. */
  readonly fatal: boolean

  constructor(text: string, span?: Span, fatal = false) {
    super(text)
    this.name = 'ScriptError'
    this.text = text
    this.span = span
    this.fatal = fatal
  }
}

/** An error that names the place where it happened. */
export function errorAt(what: string, span: Span): ScriptError {
  return new ScriptError(`${what} ${near(span)}`, span)
}

/** An endless loop, or what looks like one: not for `catch`, as SystemTap has it. */
export function exhausted(span: Span): ScriptError {
  return new ScriptError(`MAXACTION exceeded ${near(span)}`, span, true)
}

export function readFault(address: bigint): string {
  return `read fault [man error::fault] at ${hexAddress(address)}`
}

export function textFault(address: bigint, user: boolean): string {
  const where = `at ${hexAddress(address)} [man error::fault]`
  return user ? `user string copy fault -14 ${where}` : `kernel string copy fault ${where}`
}

/** SystemTap names the size when the script gave one. */
export function arrayOverflow(capacity: number, defaultCapacity: number): string {
  return capacity === defaultCapacity
    ? 'Array overflow, check MAXMAPENTRIES'
    : `Array overflow, check size limit (${capacity})`
}

export const REGISTER_FAULT = 'register access fault [man error::fault]'
export const EMPTY_AGGREGATE = 'empty aggregate'
export const NO_BUCKET = 'histogram index out of range'

export function hexAddress(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16)}`
}

/** `near operator '/' at FILE:L:C`: the token that stands at the start of the span. */
export function near(span: Span): string {
  return toBytes(`near ${tokenAt(span)} at ${placeText(span)}`)
}

import { MAXBACKTRACE, type PureName, UNREADABLE } from '../ir/ir.ts'
import { hexAddress } from './error.ts'
import type { Value } from './store.ts'
import { byteAt, escaped, strtol } from './text-functions.ts'

/** The kernel's symbol table, as output needs it. */
export interface Symbolizer {
  /** The function that holds the address; `module` is absent for the kernel proper. */
  find(address: bigint): FoundSymbol | undefined
  /** Where the function of this name starts, when there is one; 0n when not known. */
  address?(name: string): bigint
}

export interface FoundSymbol {
  readonly name: string
  readonly module?: string
  readonly offset: bigint
  readonly size: bigint
}

/** What can fire, by point number. */
export interface PointTexts {
  /** pp() */
  text(point: number): string
  /** ppfunc() */
  function(point: number): string
  isReturn(point: number): boolean
  /** Where the probed function starts; 0n when not known. */
  address(point: number): bigint
}

/** Taken when the session starts and kept, as staprun does. */
export interface Zone {
  /** Seconds east of Greenwich. */
  readonly offset: number
  /** `JST` */
  readonly name: string
}

export interface PureContext {
  readonly symbols: Symbolizer
  readonly points: PointTexts
  readonly zone: () => Zone
}

/** A pure function that has no value for its operands. */
export class PureError extends Error {
  constructor(text: string) {
    super(text)
    this.name = 'PureError'
  }
}

/** The most bytes that one pure function gives. */
export const PURE_MAX = 8192

/** The value of a pure function. Throws PureError where it has none. */
export function pureValue(name: PureName, args: readonly Value[], context: PureContext): Value {
  switch (name) {
    case 'strlen':
      return BigInt(text(args[0]).length)
    case 'substr':
      return substr(text(args[0]), long(args[1]), long(args[2]))
    case 'ctime':
      return ctime(long(args[0]))
    case 'tz-ctime': {
      const zone = context.zone()
      return `${ctime(long(args[0]) + BigInt(zone.offset))} ${zone.name}`
    }
    case 'symname':
      return context.symbols.find(unsigned(args[0]))?.name ?? hexAddress(long(args[0]))
    case 'symdata':
      return symdata(unsigned(args[0]), context.symbols) ?? hexAddress(long(args[0]))
    case 'backtrace-lines':
      return backtraceLines(text(args[0]), Number(long(args[1])), unsigned(args[2]), context)
    case 'point-text':
      return context.points.text(Number(long(args[0])))
    case 'point-function':
      return context.points.function(Number(long(args[0])))
    case 'pad':
      return pad(long(args[0]))
    case 'strpos':
      return BigInt(text(args[0]).indexOf(text(args[1])))
    case 'stringat':
      return BigInt(byteAt(text(args[0]), long(args[1])))
    case 'strtol':
      return strtol(text(args[0]), long(args[1]))
    case 'escape':
      return escaped(text(args[0]), long(args[1]), long(args[2]) !== 0n)
    case 'quoted':
      if (args[0] === UNREADABLE) return hexAddress(long(args[1]))
      return escaped(text(args[0]), 0n, true)
    case 'choose':
      return text(long(args[0]) === 0n ? args[2] : args[1])
    case 'enum-name':
      return text(args[args.indexOf(long(args[0]), 1) + 1])
  }
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

function long(value: Value | undefined): bigint {
  return typeof value === 'bigint' ? value : 0n
}

function unsigned(value: Value | undefined): bigint {
  return BigInt.asUintN(64, long(value))
}

/** Empty for a start outside the string or a length below 1, as the tapset's substr. */
function substr(whole: string, start: bigint, length: bigint): string {
  if (start < 0n || length <= 0n || start >= BigInt(whole.length)) return ''
  return whole.slice(Number(start), Number(start + length))
}

function pad(count: bigint): string {
  if (count <= 0n) return ''
  return ' '.repeat(count > PURE_MAX ? PURE_MAX : Number(count))
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const EARLIEST = -(2n ** 31n)
const LATEST = 2n ** 31n - 1n

/** `Sun Sep 10 18:13:20 2017` in UTC: 24 bytes. */
function ctime(seconds: bigint): string {
  if (seconds < EARLIEST || seconds > LATEST) {
    const where = seconds < 0n ? 'past' : 'future'
    throw new PureError(`time ${seconds} is unreasonably far in the ${where}`)
  }
  const at = new Date(Number(seconds) * 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)}`
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
  return `${day} ${time} ${at.getUTCFullYear()}`
}

/** `ip_output+0x31/0x40 [kernel]` */
function symdata(address: bigint, symbols: Symbolizer): string | undefined {
  const found = symbols.find(address)
  if (found === undefined) return undefined
  const where = `${hexAddress(found.offset)}/${hexAddress(found.size)}`
  return `${found.name}+${where} [${found.module ?? 'kernel'}]`
}

/**
 * Text of print_backtrace(): a line a frame, ` 0xffffffff815b43d1 : ip_local_out_sk+0x31/0x40 [kernel]`.
 * At a return the first two say where from and where to.
 */
function backtraceLines(
  stack: string,
  point: number,
  address: bigint,
  context: PureContext,
): string {
  const { symbols, points } = context
  const callers = callersOf(framesOf(stack), address, symbols)
  if (!points.isReturn(point)) {
    const frames = address === 0n ? callers : [address, ...callers]
    return frames.slice(0, MAXBACKTRACE).map(line).join('')
  }
  const from = points.address(point)
  const first = from === 0n ? ` ${points.function(point)}\n` : line(from)
  const rest = callers.slice(0, MAXBACKTRACE - 1).map(line)
  return `Returning from: ${first}Returning to  : ${line(address)}${rest.join('')}`

  function line(frame: bigint): string {
    const symbol = symdata(frame, symbols)
    return ` ${hexAddress(frame)}${symbol === undefined ? '' : ` : ${symbol}`}\n`
  }
}

const FRAME_BYTES = 8

function framesOf(stack: string): bigint[] {
  const bytes = Buffer.from(stack, 'latin1')
  const frames: bigint[] = []
  for (let at = 0; at + FRAME_BYTES <= bytes.length; at += FRAME_BYTES) {
    const frame = bytes.readBigUInt64LE(at)
    if (frame !== 0n) frames.push(frame)
  }
  return frames
}

/** Frames of the probe itself: the BPF program, its trampoline, the tracepoint's glue. */
const MACHINERY =
  /^(bpf_|__bpf_|__traceiter_|ftrace_|fprobe_|kprobe_|kretprobe_|arch_rethook_|rethook_|__kretprobe_|__kprobe)/

/**
 * The frames above the one at `address`. A stack taken through a BPF trampoline starts with the
 * program and the trampoline, one taken from registers with the function: so what stands before
 * the frame of the function itself goes, and without one, what is known to be machinery.
 */
function callersOf(frames: readonly bigint[], address: bigint, symbols: Symbolizer): bigint[] {
  if (address !== 0n) {
    const start = startOf(address)
    const self = frames.findIndex(f => f === address || startOf(f) === start)
    if (self >= 0) return frames.slice(self + 1)
  }
  const first = frames.findIndex(f => {
    const found = symbols.find(f)
    return found !== undefined && !MACHINERY.test(found.name)
  })
  return frames.slice(Math.max(first, 0))

  function startOf(frame: bigint): bigint {
    return frame - (symbols.find(frame)?.offset ?? 0n)
  }
}

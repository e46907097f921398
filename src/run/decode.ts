import { arrayOverflow, EMPTY_AGGREGATE, NO_BUCKET, readFault, textFault } from '../host/error.ts'
import {
  ErrorCode,
  type Image,
  RECORD_ERROR,
  RECORD_EXIT,
  RECORD_HEADER,
  RECORD_WARNING,
} from '../image.ts'
import { MAXMAPENTRIES } from '../ir/ir.ts'
import { toBytes } from '../text/bytes.ts'
import { Source } from '../text/source.ts'
import type { RingMemory } from './ring.ts'

/** A record that is not a print. */
export type Special =
  | { readonly kind: 'exit' }
  /** A handler that failed; the text is without `ERROR: `. */
  | { readonly kind: 'error'; readonly text: string }
  /** A handler that did not run. */
  | { readonly kind: 'skipped'; readonly text: string }
  | { readonly kind: 'warning'; readonly text: string }

// After the header: u32 code, u32 place, u64 value, message.
const CODE_AT = RECORD_HEADER
const PLACE_AT = RECORD_HEADER + 4
const VALUE_AT = RECORD_HEADER + 8
const MESSAGE_AT = RECORD_HEADER + 16

/** Reads the special records of an image's programs. `site` is the record's first word. */
export function decodeSpecial(
  image: Image,
  memory: RingMemory,
  offset: number,
  length: number,
): Special {
  const site = memory.u32[offset >> 2] ?? 0
  switch (site) {
    case RECORD_EXIT:
      return { kind: 'exit' }
    case RECORD_WARNING:
      return { kind: 'warning', text: message(memory, offset, length) }
    case RECORD_ERROR:
      return decodeError(image, memory, offset, length)
    default:
      throw new Error(`the ring holds a record of unknown kind 0x${site.toString(16)}`)
  }
}

function decodeError(image: Image, memory: RingMemory, offset: number, length: number): Special {
  const code = memory.u32[(offset + CODE_AT) >> 2] ?? 0
  const place = memory.u32[(offset + PLACE_AT) >> 2] ?? 0
  const value = memory.i64[(offset + VALUE_AT) >> 3] ?? 0n
  if (code === ErrorCode.skipped) {
    return { kind: 'skipped', text: message(memory, offset, length) }
  }
  if (code === ErrorCode.script) {
    return { kind: 'error', text: message(memory, offset, length) }
  }
  const text = `${whatFailed(code, value)} ${placeText(image, place)}`
  return { kind: 'error', text: text.trimEnd() }
}

/** `value`: the address of a fault, the size of a full array, the rounds of a limited loop or 0. */
function whatFailed(code: number, value: bigint): string {
  switch (code) {
    case ErrorCode.divisionByZero:
      return 'division by 0'
    case ErrorCode.readFault:
      return readFault(value)
    case ErrorCode.textFault:
      return textFault(value, false)
    case ErrorCode.arrayOverflow:
      return arrayOverflow(Number(value), MAXMAPENTRIES)
    case ErrorCode.emptyAggregate:
      return EMPTY_AGGREGATE
    case ErrorCode.noBucket:
      return NO_BUCKET
    case ErrorCode.maxAction:
      return value === 0n ? 'MAXACTION exceeded' : `MAXACTION exceeded (${roundsAllowed(value)})`
    default:
      throw new Error(`the ring holds an error of unknown code ${code}`)
  }
}

function roundsAllowed(rounds: bigint): string {
  return `before Linux 6.9 the loops of this handler may go ${rounds} rounds`
}

/** `near operator '/' at FILE:L:C`; empty for a place that is none. */
function placeText(image: Image, index: number): string {
  const place = image.places[index]
  const file = place === undefined ? undefined : image.sources[place.source]
  if (place === undefined || file === undefined) return ''
  const { line, column } = new Source(file.name, file.text).position(place.start)
  return toBytes(`near ${place.token} at ${file.name}:${line}:${column}`)
}

function message(memory: RingMemory, offset: number, length: number): string {
  const { u8 } = memory
  const bytes = u8.subarray(offset + MESSAGE_AT, Math.max(offset + length, offset + MESSAGE_AT))
  const end = bytes.indexOf(0)
  const text = end < 0 ? bytes : bytes.subarray(0, end)
  return Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
}

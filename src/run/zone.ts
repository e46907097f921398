import { readFileSync } from 'node:fs'
import type { Zone } from '../host/pure.ts'

const SECONDS_PER_MINUTE = 60

/**
 * The time zone of this process as localtime(3) has it now: Node tells the offset, the system's
 * file (tzfile(5)) or a POSIX TZ tells the name, which Node spells in its own way.
 */
export function readZone(now: Date, tz: string | undefined): Zone {
  const posix = tz === undefined ? undefined : posixZone(tz)
  if (posix !== undefined) return posix
  // -0 for UTC would print a sign.
  const offset = -now.getTimezoneOffset() * SECONDS_PER_MINUTE || 0
  const bytes = readZoneFile(tz)
  const name = bytes === undefined ? undefined : zoneName(bytes, offset, now.getTime() / 1000)
  return { offset, name: name ?? (offset === 0 ? 'UTC' : numericName(offset)) }
}

/** `JST-9`: a name and hours west of Greenwich, without rules for summer. */
function posixZone(tz: string): Zone | undefined {
  const found = /^:?<?([A-Za-z]{3,}|[+-]?\d+)>?([+-]?)(\d{1,2})(?::(\d\d))?$/.exec(tz)
  if (found === null) return undefined
  const [, name = '', sign, hours, minutes] = found
  const west = Number(hours) * 3600 + Number(minutes ?? 0) * SECONDS_PER_MINUTE
  return { name, offset: (sign === '-' ? west : -west) || 0 }
}

function readZoneFile(tz: string | undefined): Buffer | undefined {
  const name = tz?.replace(/^:/, '')
  const path =
    name === undefined
      ? '/etc/localtime'
      : name.startsWith('/')
        ? name
        : `/usr/share/zoneinfo/${name === '' ? 'UTC' : name}`
  try {
    const bytes = readFileSync(path)
    return bytes.toString('latin1', 0, 4) === 'TZif' ? bytes : undefined
  } catch {
    return undefined
  }
}

const HEADER_BYTES = 44
const TYPE_BYTES = 6

interface Sizes {
  readonly times: number
  readonly types: number
  readonly chars: number
}

/**
 * The abbreviation that goes with an offset: of the last change before `at` to this offset. That
 * serves for times after the last change too, where a rule goes on with the same names.
 */
function zoneName(bytes: Buffer, offset: number, at: number): string | undefined {
  const first = sizes(bytes, 0)
  // Version 1 data, with 4-byte times; a second block with 8-byte times follows from version 2 on.
  const wide = (bytes[4] ?? 0) >= 0x32
  const start = wide ? HEADER_BYTES + blockBytes(bytes, 0, first, 4) : 0
  const block = wide ? sizes(bytes, start) : first
  const timeBytes = wide ? 8 : 4
  const times = start + HEADER_BYTES
  const indices = times + block.times * timeBytes
  const types = indices + block.times
  const chars = types + block.types * TYPE_BYTES
  let name: string | undefined
  for (let i = 0; i < block.types; i++) {
    // Where no change tells (a zone that never changed), the first type of this offset.
    if (typeOffset(i) === offset) name ??= typeName(i)
  }
  for (let i = 0; i < block.times; i++) {
    const time = wide
      ? Number(bytes.readBigInt64BE(times + 8 * i))
      : bytes.readInt32BE(times + 4 * i)
    if (time > at) break
    const type = bytes[indices + i] ?? 0
    if (typeOffset(type) === offset) name = typeName(type)
  }
  return name

  function typeOffset(type: number): number {
    return bytes.readInt32BE(types + type * TYPE_BYTES)
  }

  function typeName(type: number): string {
    const from = chars + (bytes[types + type * TYPE_BYTES + 5] ?? 0)
    return bytes.toString('latin1', from, bytes.indexOf(0, from))
  }
}

function sizes(bytes: Buffer, start: number): Sizes {
  return {
    times: bytes.readUInt32BE(start + 32),
    types: bytes.readUInt32BE(start + 36),
    chars: bytes.readUInt32BE(start + 40),
  }
}

function blockBytes(bytes: Buffer, start: number, block: Sizes, timeBytes: number): number {
  const utcFlags = bytes.readUInt32BE(start + 20)
  const standardFlags = bytes.readUInt32BE(start + 24)
  const leaps = bytes.readUInt32BE(start + 28)
  const changes = block.times * (timeBytes + 1)
  const rest = leaps * (timeBytes + 4) + standardFlags + utcFlags
  return changes + block.types * TYPE_BYTES + block.chars + rest
}

/** `+09`, as the zone files write zones without a name. */
function numericName(offset: number): string {
  const minutes = Math.abs(offset) / SECONDS_PER_MINUTE
  const two = (n: number): string => String(n).padStart(2, '0')
  const rest = minutes % 60 === 0 ? '' : two(minutes % 60)
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest}`
}

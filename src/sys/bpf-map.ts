import { Attribute } from './attribute.ts'
import { BPF_OBJ_NAME_LEN } from './bpf.ts'
import { Errno } from './errno.ts'
import { checked, SyscallError } from './error.ts'
import type { Kernel } from './kernel.ts'

// bpf(2): maps. Offsets are those of `union bpf_attr` in include/uapi/linux/bpf.h.

// enum bpf_cmd
const BPF_MAP_CREATE = 0
const BPF_MAP_LOOKUP_ELEM = 1
const BPF_MAP_UPDATE_ELEM = 2
const BPF_MAP_DELETE_ELEM = 3
const BPF_MAP_GET_NEXT_KEY = 4
const BPF_MAP_FREEZE = 22
const BPF_MAP_LOOKUP_BATCH = 24
const BPF_MAP_LOOKUP_AND_DELETE_BATCH = 25

export interface MapCreate {
  /** BPF_MAP_TYPE_* */
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  /** BPF_F_* of map creation. */
  readonly flags?: number
  /** At most 15 bytes count; the kernel takes letters, digits, `_` and `.`. */
  readonly name: string
}

/** Creates a map and returns its descriptor, which the caller owns. */
export function mapCreate(kernel: Kernel, map: MapCreate): number {
  return checked(`bpf(BPF_MAP_CREATE, ${map.name})`, tryMapCreate(kernel, map))
}

/** The descriptor, or the negated errno. */
export function tryMapCreate(kernel: Kernel, map: MapCreate): number {
  return new Attribute(kernel, 72)
    .u32(0, map.type)
    .u32(4, map.keySize)
    .u32(8, map.valueSize)
    .u32(12, map.maxEntries)
    .u32(16, map.flags ?? 0)
    .text(28, map.name, BPF_OBJ_NAME_LEN)
    .bpf(BPF_MAP_CREATE)
}

/**
 * Reads the value of a key; false where there is none. For a per-CPU map `value` has room for
 * one value, rounded up to 8 bytes, for each possible CPU.
 */
export function mapLookup(
  kernel: Kernel,
  map: number,
  key: Uint8Array,
  value: Uint8Array,
): boolean {
  return found('LOOKUP_ELEM', element(kernel, map, key, value, 0).bpf(BPF_MAP_LOOKUP_ELEM))
}

/** Sets the value of a key. `flags`: BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. */
export function mapUpdate(
  kernel: Kernel,
  map: number,
  key: Uint8Array,
  value: Uint8Array,
  flags = 0,
): void {
  checked('bpf(BPF_MAP_UPDATE_ELEM)', tryMapUpdate(kernel, map, key, value, flags))
}

/** 0, or the negated errno: E2BIG says that the map is full. */
export function tryMapUpdate(
  kernel: Kernel,
  map: number,
  key: Uint8Array,
  value: Uint8Array,
  flags = 0,
): number {
  return element(kernel, map, key, value, flags).bpf(BPF_MAP_UPDATE_ELEM)
}

/** Deletes a key; false where there was none. */
export function mapDelete(kernel: Kernel, map: number, key: Uint8Array): boolean {
  return found('DELETE_ELEM', element(kernel, map, key, undefined, 0).bpf(BPF_MAP_DELETE_ELEM))
}

/** Writes the key after `key` (the first one without it) to `next`; false after the last. */
export function mapNextKey(
  kernel: Kernel,
  map: number,
  key: Uint8Array | undefined,
  next: Uint8Array,
): boolean {
  return found('GET_NEXT_KEY', element(kernel, map, key, next, 0).bpf(BPF_MAP_GET_NEXT_KEY))
}

/** From now on the map cannot be changed by system calls (5.2). */
export function mapFreeze(kernel: Kernel, map: number): void {
  checked('bpf(BPF_MAP_FREEZE)', new Attribute(kernel, 4).u32(0, map).bpf(BPF_MAP_FREEZE))
}

function element(
  kernel: Kernel,
  map: number,
  key: Uint8Array | undefined,
  value: Uint8Array | undefined,
  flags: number,
): Attribute {
  return new Attribute(kernel, 32)
    .u32(0, map)
    .pointer(8, key)
    .pointer(16, value)
    .u64(24, BigInt(flags))
}

function found(command: string, result: number): boolean {
  if (result === -Errno.ENOENT) return false
  checked(`bpf(BPF_MAP_${command})`, result)
  return true
}

export interface Batch {
  /** Where the batch before this one ended; absent for the first. */
  readonly after: Uint8Array | undefined
  /** Where this one ended: filled; max(4, key size) bytes. */
  readonly position: Uint8Array
  readonly keys: Uint8Array
  readonly values: Uint8Array
  /** Entries there is room for. */
  readonly room: number
}

export interface BatchResult {
  readonly count: number
  /** 0; ENOENT with the last entries; ENOSPC where `room` is less than one hash bucket holds. */
  readonly errno: number
}

/** Reads many entries by one call (5.6). Other errnos say that this kind of map has no batches. */
export function mapLookupBatch(kernel: Kernel, map: number, batch: Batch): BatchResult {
  return batched(kernel, map, batch, BPF_MAP_LOOKUP_BATCH)
}

/** Reads and deletes entries by one call, bucket by bucket: nothing counted in between is lost. */
export function mapLookupAndDeleteBatch(kernel: Kernel, map: number, batch: Batch): BatchResult {
  return batched(kernel, map, batch, BPF_MAP_LOOKUP_AND_DELETE_BATCH)
}

function batched(kernel: Kernel, map: number, batch: Batch, command: number): BatchResult {
  const attr = new Attribute(kernel, 56)
    .pointer(0, batch.after)
    .pointer(8, batch.position)
    .pointer(16, batch.keys)
    .pointer(24, batch.values)
    .u32(32, batch.room)
    .u32(36, map)
  const result = attr.bpf(command)
  // The kernel sets the count to 0 before it works; where it refuses at once it does not.
  const counted = result === 0 || result === -Errno.ENOENT
  return { count: counted ? attr.readU32(32) : 0, errno: Math.max(0, -result) }
}

export interface MapShape {
  readonly keySize: number
  /** As `mapLookup` wants it: for a per-CPU map, all CPUs together. */
  readonly valueSize: number
}

/** Entries one after the other: keys in one buffer, values in another. */
export interface MapEntries {
  readonly count: number
  readonly keys: Uint8Array
  readonly values: Uint8Array
}

// One batch is about this large; a hash bucket that holds more entries makes it grow.
const BATCH_BYTES = 1024 * 1024
const BATCH_MOST = 4096
const BATCH_LIMIT_BYTES = 512 * 1024 * 1024

/**
 * All entries of a map, in the map's own order. With `remove`, they are deleted as they are read.
 * Entries that come or go meanwhile may or may not be among them.
 */
export function mapEntries(
  kernel: Kernel,
  map: number,
  shape: MapShape,
  { remove }: { readonly remove: boolean } = { remove: false },
): MapEntries {
  const read = remove ? mapLookupAndDeleteBatch : mapLookupBatch
  const keys: Uint8Array[] = []
  const values: Uint8Array[] = []
  let count = 0
  let after: Uint8Array | undefined
  for (let room = firstRoom(shape); ; ) {
    const batch = roomFor(shape, room, after)
    const { count: got, errno } = read(kernel, map, batch)
    if (errno === Errno.ENOSPC && room * entryBytes(shape) < BATCH_LIMIT_BYTES) {
      room *= 4
      continue
    }
    if (errno !== 0 && errno !== Errno.ENOENT) {
      // Maps without batches say so at once; what was removed before must not be forgotten.
      if (after !== undefined) throw new SyscallError('bpf(BPF_MAP_LOOKUP_BATCH)', errno)
      return entriesOneByOne(kernel, map, shape, remove)
    }
    keys.push(batch.keys.subarray(0, got * shape.keySize))
    values.push(batch.values.subarray(0, got * shape.valueSize))
    count += got
    after = batch.position
    if (errno === Errno.ENOENT) {
      return { count, keys: Buffer.concat(keys), values: Buffer.concat(values) }
    }
  }
}

function firstRoom(shape: MapShape): number {
  return Math.min(BATCH_MOST, Math.max(16, Math.floor(BATCH_BYTES / entryBytes(shape))))
}

function entryBytes(shape: MapShape): number {
  return shape.keySize + shape.valueSize
}

function roomFor(shape: MapShape, room: number, after: Uint8Array | undefined): Batch {
  return {
    after,
    position: new Uint8Array(Math.max(4, shape.keySize)),
    keys: new Uint8Array(room * shape.keySize),
    values: new Uint8Array(room * shape.valueSize),
    room,
  }
}

function entriesOneByOne(
  kernel: Kernel,
  map: number,
  shape: MapShape,
  remove: boolean,
): MapEntries {
  const keys = allKeys(kernel, map, shape)
  const present: Uint8Array[] = []
  const values: Uint8Array[] = []
  for (const key of keys) {
    const value = new Uint8Array(shape.valueSize)
    if (!mapLookup(kernel, map, key, value)) continue
    present.push(key)
    values.push(value)
    if (remove) mapDelete(kernel, map, key)
  }
  return { count: present.length, keys: Buffer.concat(present), values: Buffer.concat(values) }
}

/** A key deleted under our feet starts the walk anew: a set of what was seen keeps it finite. */
function allKeys(kernel: Kernel, map: number, shape: MapShape): Iterable<Uint8Array> {
  const seen = new Map<string, Uint8Array>()
  let key: Uint8Array | undefined
  let next = new Uint8Array(shape.keySize)
  while (mapNextKey(kernel, map, key, next)) {
    const name = Buffer.from(next).toString('latin1')
    if (seen.has(name)) break
    seen.set(name, next)
    key = next
    next = new Uint8Array(shape.keySize)
  }
  return seen.values()
}

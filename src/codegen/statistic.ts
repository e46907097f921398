import { type Label, R0, R1, R2, R3, R4, R5, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import { BPF_ANY, BPF_NOEXIST } from '../bpf/map.ts'
import type { GlobalLayout } from '../image.ts'
import type { Instruction, Operand } from '../ir/ir.ts'
import {
  bucketsOf,
  bucketsOffset,
  fieldOffset,
  NO_USE,
  type StatisticField,
  type StatisticUse,
} from '../ir/statistic.ts'
import type { Global } from '../sema/checked.ts'
import { LOG_BUCKETS, LOG_ZERO } from '../text/histogram.ts'
import type { Code, Site } from './code.ts'
import { evictOldest } from './each.ts'
import { arrayStorage, type KeyPlace, writeKey } from './keys.ts'
import { ORDER_BYTES } from './layout.ts'
import { nextInOrder } from './maps.ts'
import { CONSTANT_MAP } from './tables.ts'

// `s <<< v`: one lookup and some additions to this CPU's own statistic. All are atomic, since a
// handler can be interrupted by another on its CPU.

export type StatisticStorage = Extract<GlobalLayout['storage'], { kind: 'statistic' }>

export function statisticStorage(code: Code, global: Global): StatisticStorage {
  const storage = code.tables.layouts[global.id]?.storage
  if (storage?.kind !== 'statistic') throw new Error(`${global.name} is no statistic in a map`)
  return storage
}

/** The key of an element; of a scalar it is the index 0 of an array. */
export function statisticKey(code: Code, global: Global, keys: readonly Operand[]): KeyPlace {
  if (global.keys.length > 0) return writeKey(code, global, keys)
  const offset = code.frame.area('key', 8)
  code.a.storeImmediate(4, R10, offset, 0)
  return { base: R10, offset, bytes: 4 }
}

export function lookUpIn(code: Code, map: number, key: KeyPlace): void {
  code.a.loadMap(R1, map)
  loadAddress(code, R2, key)
  code.a.call(Helper.map_lookup_elem)
}

function loadAddress(code: Code, into: Register, { base, offset }: KeyPlace): void {
  code.a.mov(into, base).aluImmediate('add', into, offset)
}

type StatAdd = Extract<Instruction, { op: 'stat-add' }>

export function selectStatAdd(code: Code, i: StatAdd, site: Site): void {
  const { a } = code
  const { global } = i
  const storage = statisticStorage(code, global)
  const key = statisticKey(code, global, i.keys)
  const missing = a.fresh('missing')
  const found = a.fresh('found')
  const done = a.fresh('added')
  lookUpIn(code, storage.map, key)
  a.branchImmediate('eq', R0, 0, global.keys.length > 0 ? missing : done).label(found)
  addValue(code, global.statistic ?? NO_USE, i.value)
  a.label(done)
  if (global.keys.length === 0) return
  code.later.push(() => {
    a.label(missing)
    makeElement(code, i, site, key)
    lookUpIn(code, storage.map, key)
    a.branchImmediate('eq', R0, 0, done).jump(found)
  })
}

const EEXIST = 17

/** A new element of zeroes, and its place in the order of insertion. */
function makeElement(code: Code, i: StatAdd, site: Site, key: KeyPlace): void {
  const { a } = code
  const { global, span } = i
  const storage = statisticStorage(code, global)
  const made = a.fresh('made')
  const there = a.fresh('there')
  const failure = code.fail({
    kind: 'arrayOverflow',
    span,
    value: { kind: 'number', value: BigInt(global.capacity) },
    site,
  })
  insertZeroes(code, storage, key)
  a.branchImmediate('eq', R0, 0, made).branchImmediate('eq', R0, -EEXIST, there)
  if (global.wrap) {
    evictOldest(code, global, arrayStorage(code, global), span)
    a.loadMap(R1, storage.map)
    loadAddress(code, R2, key)
    a.call(Helper.map_delete_elem)
    insertZeroes(code, storage, writeKey(code, global, i.keys))
    a.branchImmediate('ne', R0, 0, failure)
  } else {
    a.jump(failure)
  }
  a.label(made)
  writeOrder(code, storage, key)
  a.label(there)
}

function insertZeroes(code: Code, { map, valueBytes }: StatisticStorage, key: KeyPlace): void {
  const { a } = code
  a.loadMap(R1, map)
  loadAddress(code, R2, key)
  a.loadMapValue(R3, CONSTANT_MAP, code.tables.constant('\0'.repeat(valueBytes - 1)))
  a.movImmediate(R4, BPF_NOEXIST).call(Helper.map_update_elem)
}

/** Should this find no room, the element counts as the last one made. */
function writeOrder(code: Code, { own, valueBytes }: StatisticStorage, key: KeyPlace): void {
  if (own === undefined) return
  const { a } = code
  const bytes = ORDER_BYTES + (own.adds ? valueBytes : 0)
  const onStack = !own.adds
  const value: KeyPlace = onStack
    ? { base: R10, offset: code.frame.area('value', bytes), bytes }
    : { base: R9, offset: code.scratch.area('value', bytes), bytes }
  nextInOrder(code)
  a.store(8, value.base, value.offset, R2)
  for (let at = ORDER_BYTES; at < bytes; at += 8) {
    a.storeImmediate(8, value.base, value.offset + at, 0)
  }
  a.loadMap(R1, own.map)
  loadAddress(code, R2, key)
  loadAddress(code, R3, value)
  a.movImmediate(R4, BPF_ANY).call(Helper.map_update_elem)
}

/** The statistic that is added to. */
const CELL = R5

function addValue(code: Code, use: StatisticUse, value: Operand): void {
  const { a } = code
  a.mov(CELL, R0)
  code.read(value, R3)
  addExtremes(code, use)
  const sum = fieldOffset(use, 'sum')
  if (sum !== undefined) a.atomicAdd(8, CELL, sum, R3)
  a.movImmediate(R1, 1)
  if (fieldOffset(use, 'mean') === undefined) {
    a.atomicAdd(8, CELL, 0, R1)
  } else if (code.tables.facts.has('atomic-fetch')) {
    a.atomicFetch('add', 8, CELL, 0, R1).aluImmediate('add', R1, 1)
  } else {
    a.atomicAdd(8, CELL, 0, R1).load(8, R1, CELL, 0)
  }
  addToBucket(code, use)
  addSquare(code, use)
}

const SIGN = 1n << 63n

/**
 * The least and the largest value, as numbers of which the larger wins and 0 stands for none. Takes
 * the value from r3.
 */
function addExtremes(code: Code, use: StatisticUse): void {
  const { a } = code
  const keep = (field: StatisticField, mask: bigint): void => {
    const offset = fieldOffset(use, field)
    if (offset === undefined) return
    a.loadConstant(R2, mask).alu('xor', R2, R3)
    keepLarger(code, offset, R2)
  }
  keep('min', ~SIGN)
  keep('max', SIGN)
}

/** Keeps the larger of a field and a register. Uses r0 and r1. */
function keepLarger(code: Code, offset: number, by: Register): void {
  const { a } = code
  const done = a.fresh('kept')
  a.load(8, R0, CELL, offset)
  if (!code.tables.facts.has('atomic-fetch')) {
    a.branch('ge', R0, by, done).store(8, CELL, offset, by).label(done)
    return
  }
  // What interrupts in between may write too: then it is tried once more. After a first try that
  // did it, the second finds another value and does nothing.
  for (let tries = 0; tries < 2; tries++) {
    a.branch('ge', R0, by, done).atomicFetch('compare-exchange', 8, CELL, offset, by)
  }
  a.label(done)
}

/** Counts the value of r3 in its bucket; uses r0, r2 and r4. */
function addToBucket(code: Code, use: StatisticUse): void {
  const { a } = code
  if (use.histogram === undefined || bucketsOf(use) === 0) return
  // r1 holds the count.
  const count = code.frame.area('word', 8)
  a.store(8, R10, count, R1)
  if (use.histogram.kind === 'log') logBucket(code)
  else linearBucket(code, use.histogram, bucketsOf(use))
  a.aluImmediate('lsh', R2, 3).alu('add', R2, CELL).movImmediate(R1, 1)
  a.atomicAdd(8, R2, bucketsOffset(use), R1)
  a.load(8, R1, R10, count)
}

/** r2 = 64 + the length in bits of r3, or 64 - it for one below 0. Without branches. */
function logBucket(code: Code): void {
  const { a } = code
  a.mov(R4, R3).aluImmediate('arsh', R4, 63)
  a.mov(R2, R3).alu('xor', R2, R4).alu('sub', R2, R4).movImmediate(R1, 0)
  for (const log of [5, 4, 3, 2, 1, 0]) {
    // 1 in r0 where r2, at most 2^63, has more than 2^log bits: the difference is below 0 then.
    a.loadConstant(R0, (1n << (1n << BigInt(log))) - 1n).alu('sub', R0, R2)
    a.aluImmediate('rsh', R0, 63)
    if (log > 0) a.aluImmediate('lsh', R0, log)
    a.alu('rsh', R2, R0).alu('add', R1, R0)
  }
  a.alu('add', R1, R2).alu('xor', R1, R4).alu('sub', R1, R4)
  a.mov(R2, R1)
    .aluImmediate('add', R2, LOG_ZERO)
    .aluImmediate('and', R2, LOG_BUCKETS - 1)
}

/** r2 = 0 for what is too small, the last for what is too large. */
function linearBucket(
  code: Code,
  { low, width }: { readonly low: bigint; readonly width: bigint },
  buckets: number,
): void {
  const { a } = code
  const known: Label = a.fresh('bucket')
  a.movImmediate(R2, 0).loadConstant(R4, low).branch('slt', R3, R4, known)
  a.mov(R2, R3).alu('sub', R2, R4).loadConstant(R4, width).alu('div', R2, R4)
  code.replace(R2, 'gt', buckets - 2, buckets - 2)
  a.aluImmediate('add', R2, 1).label(known)
}

/** Welford's algorithm: r1 is the count, r3 the value. */
function addSquare(code: Code, use: StatisticUse): void {
  const { a } = code
  const mean = fieldOffset(use, 'mean')
  const squares = fieldOffset(use, 'squares')
  if (mean === undefined || squares === undefined) return
  if (use.varianceShift > 0) a.aluImmediate('lsh', R3, use.varianceShift)
  a.load(8, R4, CELL, mean).mov(R2, R3).alu('sub', R2, R4)
  // r0 = r2 / r1, of which r1 is above 0.
  a.mov(R0, R2)
  divideBy(code, R0, R1, R4)
  a.load(8, R4, CELL, mean).alu('add', R4, R0).store(8, CELL, mean, R4)
  a.alu('sub', R3, R4).alu('mul', R2, R3).atomicAdd(8, CELL, squares, R2)
}

/** Divides by what is above 0, towards 0; without branches. */
export function divideBy(code: Code, value: Register, by: Register, spare: Register): void {
  const { a } = code
  a.mov(spare, value).aluImmediate('arsh', spare, 63)
  a.alu('xor', value, spare).alu('sub', value, spare)
  a.alu('div', value, by)
  a.alu('xor', value, spare).alu('sub', value, spare)
}

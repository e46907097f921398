import { R0, R1, R2, R3, R4, R5, R6, R7, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import { Control } from '../image.ts'
import type { Instruction, Leaf, Operand } from '../ir/ir.ts'
import {
  bucketsOf,
  bucketsOffset,
  failsWhenEmpty,
  fieldOffset,
  NO_USE,
  type StatisticField,
  type StatisticUse,
  statisticBytes,
} from '../ir/statistic.ts'
import type { Facts } from '../kernel/facts.ts'
import type { Extractor, Global } from '../sema/checked.ts'
import type { Span } from '../text/source.ts'
import type { Code, Site } from './code.ts'
import { statisticInKernel } from './errors.ts'
import type { KeyPlace } from './keys.ts'
import { ORDER_BYTES } from './layout.ts'
import { divideBy, lookUpIn, statisticKey, statisticStorage } from './statistic.ts'

// A statistic read in the kernel: bpf_loop calls a function of ours for each CPU, which adds that
// CPU's part to what stands in our frame.

/** Fields that the callback adds to, by their offsets from the start of the area. */
export interface Sums {
  readonly area: number
  readonly at: ReadonlyMap<StatisticField | 'bucket', number>
}

function placeIn({ area, at }: Sums, field: StatisticField): number {
  return area + (at.get(field) ?? 0)
}

/** Offsets in that area in front of the sums. */
const SCRATCH = 0
const INDEX = 8
const FIRST_SUM = 16
const AREA_BYTES = 64

type StatGet = Extract<Instruction, { op: 'stat-get' }>
type StatBucket = Extract<Instruction, { op: 'stat-bucket' }>
type Buckets = Extract<Leaf, { kind: 'buckets' }>

/** What is added up for each. */
export const READS: Readonly<Record<Extractor, readonly StatisticField[]>> = {
  count: ['count'],
  sum: ['sum'],
  min: ['count', 'min'],
  max: ['count', 'max'],
  avg: ['count', 'sum'],
  variance: ['count', 'sum', 'mean', 'squares'],
}

export function selectStatGet(code: Code, i: StatGet, site: Site): void {
  const { global, extractor } = i
  if (!isReadable(code, i.span, global)) return
  const use = global.statistic ?? NO_USE
  const sums = sumUp(code, i, use, { fields: READS[extractor] })
  if (failsWhenEmpty(extractor)) failIfEmpty(code, i.span, site, placeIn(sums, 'count'))
  extract(code, use, extractor, { base: R10, sums })
  code.put(i.to, R0)
}

const SIGN = 1n << 63n

/** Where sums stand that are complete. */
export interface Summed {
  readonly base: Register
  readonly sums: Sums
}

/** r0 = what they say, of a statistic that is not empty. Uses r1 to r3. */
export function extract(
  code: Code,
  use: StatisticUse,
  extractor: Extractor,
  { base, sums }: Summed,
): void {
  const { a } = code
  switch (extractor) {
    case 'count':
    case 'sum':
      a.load(8, R0, base, placeIn(sums, extractor))
      break
    case 'min':
    case 'max':
      a.load(8, R0, base, placeIn(sums, extractor))
      a.loadConstant(R1, extractor === 'min' ? ~SIGN : SIGN).alu('xor', R0, R1)
      break
    case 'avg':
      a.load(8, R0, base, placeIn(sums, 'sum')).load(8, R1, base, placeIn(sums, 'count'))
      divideBy(code, R0, R1, R2)
      break
    case 'variance':
      variance(code, use.varianceShift, { base, sums })
  }
}

/** r0 = the variance, as the host has it. */
function variance(code: Code, shift: number, { base, sums }: Summed): void {
  const { a } = code
  const few = a.fresh('few')
  const load = (into: Register, field: StatisticField): void => {
    a.load(8, into, base, placeIn(sums, field))
  }
  a.movImmediate(R0, 0)
  load(R1, 'count')
  a.branchImmediate('le', R1, 1, few)
  load(R0, 'sum')
  a.aluImmediate('lsh', R0, shift)
  divideBy(code, R0, R1, R2)
  load(R3, 'mean')
  a.alu('sub', R3, R0).alu('mul', R3, R3)
  load(R0, 'squares')
  a.aluImmediate('sub', R1, 1)
  divideBy(code, R0, R1, R2)
  a.alu('add', R0, R3)
    .aluImmediate('arsh', R0, Math.min(63, 2 * shift))
    .label(few)
}

export function selectStatBucket(code: Code, i: StatBucket, site: Site): void {
  const { a } = code
  if (!isReadable(code, i.span, i.global)) return
  const use = i.global.statistic ?? NO_USE
  const area = sumsArea(code)
  a.store(8, R10, area + INDEX, code.use(i.index, R1))
  const sums = sumUp(code, i, use, { fields: ['count'], bucket: true })
  failIfEmpty(code, i.span, site, sums.area + (sums.at.get('count') ?? 0))
  const outside = code.fail({ kind: 'noBucket', span: i.span, site })
  a.load(8, R0, R10, area + INDEX).branchImmediate('ge', R0, bucketsOf(use), outside)
  a.load(8, R0, R10, area + (sums.at.get('bucket') ?? 0))
  code.put(i.to, R0)
}

/** Puts all buckets into the scratch value at `offset`. */
export function writeBuckets(code: Code, leaf: Buckets, offset: number, site: Site): void {
  const { a } = code
  if (!isReadable(code, leaf.span, leaf.global)) return
  const use = leaf.global.statistic ?? NO_USE
  for (let at = 0; at < 8 * bucketsOf(use); at += 8) a.storeImmediate(8, R9, offset + at, 0)
  const sums = sumUp(code, leaf, use, { fields: ['count'], buckets: offset })
  failIfEmpty(code, leaf.span, site, sums.area + (sums.at.get('count') ?? 0))
}

/** Empties a scalar, on every CPU. */
export function clearStatistic(code: Code, global: Global): void {
  const { a } = code
  if (!isReadable(code, code.span, global)) return
  const use = global.statistic ?? NO_USE
  const { own } = statisticStorage(code, global)
  const key = statisticKey(code, global, [])
  const empty = (start: number): void => {
    for (let at = 0; at < statisticBytes(use); at += 8) a.storeImmediate(8, R0, start + at, 0)
  }
  forEachCpu(code, global, key, () => empty(0))
  if (own === undefined) return
  const missing = a.fresh('missing')
  lookUpIn(code, own.map, key)
  a.branchImmediate('eq', R0, 0, missing)
  empty(ORDER_BYTES)
  a.label(missing)
}

function isReadable(code: Code, span: Span, { name }: Global): boolean {
  const why = whyNotReadable(code.tables.facts)
  if (why !== undefined) code.tables.report(statisticInKernel(span, name, why))
  return why === undefined
}

/** Why no program of this kernel can read what all CPUs have. */
export function whyNotReadable(facts: Facts): string | undefined {
  const needed = (['percpu-lookup', 'loop', 'func-info'] as const).find(f => !facts.has(f))
  return needed && facts.whyNot(needed)
}

function failIfEmpty(code: Code, span: Span, site: Site, count: number): void {
  const empty = code.fail({ kind: 'emptyAggregate', span, site })
  code.a.load(8, R0, R10, count).branchImmediate('eq', R0, 0, empty)
}

function sumsArea(code: Code): number {
  return code.frame.area('sums', AREA_BYTES)
}

export interface Wanted {
  readonly fields: readonly StatisticField[]
  /** The bucket whose index stands in the frame. */
  readonly bucket?: boolean
  /** All of them, to this offset of the scratch value. */
  readonly buckets?: number
}

/** Adds the parts of all CPUs, and klew's own, into our frame. */
function sumUp(
  code: Code,
  i: { readonly global: Global; readonly keys: readonly Operand[] },
  use: StatisticUse,
  wanted: Wanted,
): Sums {
  const { a } = code
  const names = [...wanted.fields, ...(wanted.bucket === true ? (['bucket'] as const) : [])]
  const sums: Sums = {
    area: sumsArea(code),
    at: new Map(names.map((name, n) => [name, FIRST_SUM + 8 * n])),
  }
  const key = statisticKey(code, i.global, i.keys)
  // Before Linux 6.7 the verifier walks through the callback once, as if the first call were all:
  // it must not know what the sums are at first.
  code.control(R1, Control.zero)
  a.load(8, R0, R1, 0)
  for (const offset of sums.at.values()) a.store(8, R10, sums.area + offset, R0)
  if (wanted.buckets !== undefined) a.store(8, R10, sums.area + SCRATCH, R9)
  forEachCpu(code, i.global, key, () => {
    addParts(code, use, wanted, sums, { start: 0, frame: R6, at: -sums.area, inCallback: true })
  })
  const { own } = statisticStorage(code, i.global)
  if (own?.adds === true) {
    const missing = a.fresh('missing')
    lookUpIn(code, own.map, key)
    a.branchImmediate('eq', R0, 0, missing)
    const ours = { start: ORDER_BYTES, frame: R10, at: 0, inCallback: false } as const
    addParts(code, use, wanted, sums, ours)
    a.label(missing)
  }
  return sums
}

/**
 * Calls back for each CPU. `write` gives what is done with its part, in r0; r6 is the start of the
 * area of sums, and r1 to r5 and r7 are free.
 */
function forEachCpu(code: Code, global: Global, key: KeyPlace, write: () => void): void {
  const { a } = code
  const { map } = statisticStorage(code, global)
  const area = sumsArea(code)
  const callback = a.fresh('cpu')
  if (key.base === R9) a.store(8, R10, area + SCRATCH, R9)
  a.movImmediate(R1, code.tables.facts.cpus).loadFunction(R2, callback)
  a.mov(R3, R10).aluImmediate('add', R3, area).movImmediate(R4, 0).call(Helper.loop)
  code.callbacks.push({
    label: callback,
    parameters: 2,
    write: () => {
      const next = a.fresh('next')
      a.label(callback).mov(R6, R2).mov(R3, R1).loadMap(R1, map)
      if (key.base === R9) {
        a.load(8, R2, R6, SCRATCH).aluImmediate('add', R2, key.offset)
      } else {
        a.mov(R2, R6).aluImmediate('add', R2, key.offset - area)
      }
      a.call(Helper.map_lookup_percpu_elem).branchImmediate('eq', R0, 0, next)
      write()
      a.label(next).movImmediate(R0, 0).exit()
    },
  })
}

/** Where a part stands, and the sums: `at` is added to offsets that are relative to the frame. */
export interface Part {
  /** Offset from r0. */
  readonly start: number
  readonly frame: Register
  readonly at: number
  readonly inCallback: boolean
}

/** Adds one part, whose address r0 holds. Uses r1 to r5. */
export function addParts(
  code: Code,
  use: StatisticUse,
  wanted: Wanted,
  sums: Sums,
  part: Part,
): void {
  const place = (name: StatisticField | 'bucket'): number =>
    sums.area + (sums.at.get(name) ?? 0) + part.at
  // The means are weighed by the counts so far.
  if (wanted.fields.includes('mean')) addSquares(code, use, place, part)
  for (const field of wanted.fields) {
    const offset = fieldOffset(use, field)
    if (offset === undefined || field === 'mean' || field === 'squares') continue
    const isExtreme = field === 'min' || field === 'max'
    combine(code, part, part.start + offset, place(field), isExtreme ? 'larger' : 'sum')
  }
  const first = part.start + bucketsOffset(use)
  if (wanted.bucket === true)
    addBucket(code, use, part, first, sums.area + INDEX + part.at, place('bucket'))
  if (wanted.buckets !== undefined) addBuckets(code, use, part, first, wanted.buckets)
}

function combine(
  { a }: Code,
  { frame }: Part,
  from: number,
  to: number,
  how: 'sum' | 'larger',
): void {
  a.load(8, R1, R0, from).load(8, R2, frame, to)
  if (how === 'sum') {
    a.alu('add', R1, R2).store(8, frame, to, R1)
    return
  }
  const done = a.fresh('kept')
  a.branch('ge', R2, R1, done).store(8, frame, to, R1).label(done)
}

/** As mergeInto of the host. */
function addSquares(
  code: Code,
  use: StatisticUse,
  place: (name: StatisticField) => number,
  { start, frame }: Part,
): void {
  const { a } = code
  const [mean, squares] = [fieldOffset(use, 'mean') ?? 0, fieldOffset(use, 'squares') ?? 0]
  const none = a.fresh('none')
  a.load(8, R3, R0, start).branchImmediate('eq', R3, 0, none)
  // r1 = delta, r4 = delta * count / both counts
  a.load(8, R1, R0, start + mean)
    .load(8, R2, frame, place('mean'))
    .alu('sub', R1, R2)
  a.load(8, R2, frame, place('count')).alu('add', R3, R2).mov(R4, R1).alu('mul', R4, R2)
  divideBy(code, R4, R3, R5)
  a.load(8, R2, R0, start + mean)
    .alu('sub', R2, R4)
    .store(8, frame, place('mean'), R2)
  a.load(8, R2, R0, start).alu('mul', R2, R1).alu('mul', R2, R4)
  a.load(8, R3, R0, start + squares).alu('add', R2, R3)
  a.load(8, R3, frame, place('squares')).alu('add', R2, R3).store(8, frame, place('squares'), R2)
  a.label(none)
}

function addBucket(
  code: Code,
  use: StatisticUse,
  { frame }: Part,
  first: number,
  index: number,
  to: number,
): void {
  const { a } = code
  const outside = a.fresh('outside')
  a.load(8, R1, frame, index).branchImmediate('ge', R1, bucketsOf(use), outside)
  a.aluImmediate('lsh', R1, 3).alu('add', R1, R0).load(8, R1, R1, first)
  a.load(8, R2, frame, to).alu('add', R1, R2).store(8, frame, to, R1)
  a.label(outside)
}

function addBuckets(code: Code, use: StatisticUse, part: Part, first: number, to: number): void {
  const { a } = code
  const scratch = part.inCallback ? R7 : R9
  if (part.inCallback) a.load(8, R7, R6, SCRATCH)
  for (let at = 0; at < 8 * bucketsOf(use); at += 8) {
    a.load(8, R1, R0, first + at).load(8, R2, scratch, to + at)
    a.alu('add', R1, R2).store(8, scratch, to + at, R1)
  }
}

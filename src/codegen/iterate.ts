import { type Label, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9 } from '../bpf/assembler.ts'
import type { Register } from '../bpf/instruction.ts'
import type { Instruction, Reg } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Extractor } from '../sema/checked.ts'
import type { Code } from './code.ts'
import { callForEach, SCRATCH_OF_CALLBACK, whyNotWalk } from './each.ts'
import { foreachInKernel } from './errors.ts'
import { arrayStorage, storeLong } from './keys.ts'
import { ORDER_BYTES } from './layout.ts'
import { whyNotReadable } from './statistic-read.ts'
import { sortAreaBytes, sortNumber } from './statistic-sort.ts'
import { copyText } from './strings.ts'

// foreach in the kernel. A hash map has no order, and there is no room for a sorted copy of it. So
// each round walks over the whole array for the element that comes next behind the last one: the
// smallest of those that are larger, by what is sorted by and then by the order of insertion.

type Iterate = Extract<Instruction, { op: 'iterate' }>
type IterateNext = Extract<Instruction, { op: 'iterate-next' }>

/** Stack that the function called back for each CPU takes, beside the one for each element. */
const CALLBACK_BYTES = 32

/** More than any array holds. */
const NO_LIMIT = 0x7fffffff

/** Offsets in the scratch value of what one foreach keeps from round to round. */
interface Cursor {
  readonly left: number
  /** Order of insertion + 1 of the last element and of the next; 0 for none. */
  readonly lastOrder: number
  readonly nextOrder: number
  /** What is sorted by, of both. */
  readonly last: number
  readonly next: number
  readonly key: number
  readonly value: number
  /** Given components of a slice. */
  readonly slice: number
  /** Bytes from `left` on that go from round to round: the next element is found anew. */
  readonly lasting: number
  /** Where it is worked out what statistics are sorted by. */
  readonly number: number
  readonly sort: Field | undefined
}

/** A part of an element: in its key, or in its value. */
interface Field {
  readonly in: 'key' | 'value'
  readonly offset: number
  readonly bytes: number
  readonly text: boolean
}

export function selectIterate(code: Code, i: Iterate): void {
  const why = whyNotWalk(code) ?? whyNotSorted(code, i)
  if (why !== undefined) {
    code.tables.report(foreachInKernel(i.span, i.array.name, why))
    return
  }
  const { a } = code
  const cursor = cursorOf(code, i)
  if (statisticOf(i) !== undefined) code.frame.area('callback in callback', CALLBACK_BYTES)
  if (i.limit === undefined) a.storeImmediate(8, R9, cursor.left, NO_LIMIT)
  else a.store(8, R9, cursor.left, code.use(i.limit, R1))
  a.storeImmediate(8, R9, cursor.lastOrder, 0)
  let offset = cursor.slice
  arrayStorage(code, i.array).keyBytes.forEach((bytes, n) => {
    const given = i.slice?.[n]
    if (given !== undefined && i.array.keys[n] === 'string') {
      copyText(code, { kind: 'scratch', offset, bytes }, code.text(given))
    } else if (given !== undefined) storeLong(code, R9, offset, given)
    offset += bytes
  })
}

function whyNotSorted(code: Code, i: Iterate): string | undefined {
  return statisticOf(i) === undefined ? undefined : whyNotReadable(code.tables.facts)
}

/** What statistics are sorted by, which is in as many places as there are CPUs. */
function statisticOf({ array, sort }: Iterate): Extractor | undefined {
  if (array.type !== 'statistic' || sort?.by !== 'value') return undefined
  return sort.aggregate ?? 'count'
}

export function selectIterateNext(code: Code, i: IterateNext): void {
  const start = iterateOf(code, i.iteration)
  if (start === undefined || whyNotWalk(code) !== undefined) return
  const { a } = code
  const cursor = cursorOf(code, start)
  const end = a.fresh('end')
  const done = a.fresh('taken')
  a.load(8, R0, R9, cursor.left).branchImmediate('sle', R0, 0, end)
  a.aluImmediate('sub', R0, 1).store(8, R9, cursor.left, R0)
  a.storeImmediate(8, R9, cursor.nextOrder, 0)
  const callback = a.fresh('element')
  callForEach(code, arrayStorage(code, start.array).map, callback)
  code.callbacks.push({
    label: callback,
    parameters: 4,
    write: () => writeCallback(code, start, cursor, callback),
  })
  a.load(8, R0, R9, cursor.nextOrder).branchImmediate('eq', R0, 0, end)
  a.store(8, R9, cursor.lastOrder, R0)
  copyBytes(code, R9, cursor.next, cursor.last, cursor.sort?.bytes ?? 0)
  takeElement(code, i, start, cursor)
  a.movImmediate(R0, 1).jump(done).label(end).movImmediate(R0, 0).label(done)
  code.put(i.to, R0)
}

/** What a frame must hold of an iteration, in the scratch value. */
export function lastingState(
  code: Code,
  iteration: number,
): { readonly offset: number; readonly bytes: number } {
  const i = iterateOf(code, iteration)
  if (i === undefined) return { offset: 0, bytes: 0 }
  const { left, lasting } = cursorOf(code, i)
  return { offset: left, bytes: lasting }
}

function iterateOf({ fn }: Code, iteration: number): Iterate | undefined {
  for (const { instructions } of fn.blocks) {
    for (const i of instructions) if (i.op === 'iterate' && i.iteration === iteration) return i
  }
  return undefined
}

function cursorOf(code: Code, i: Iterate): Cursor {
  const { iteration, array, sort } = i
  const { keyBytes, valueBytes } = arrayStorage(code, array)
  const keySize = keyBytes.reduce((sum, bytes) => sum + bytes, 0)
  const field = sort && sortField(sort.by, array.keys, { keyBytes, valueBytes }, array.type)
  const size = field?.bytes ?? 0
  // Behind strings there is slack, as behind every slot.
  const text = (bytes: number): number => bytes + (bytes > 8 ? MAXSTRINGLEN : 0)
  const sortArea = statisticOf(i) === undefined ? 0 : sortAreaBytes(keySize)
  const slice = i.slice === undefined ? 0 : text(keySize)
  const lasting = 16 + size + slice
  const total = lasting + 8 + size + text(keySize) + text(valueBytes) + sortArea
  const left = code.scratch.area(`iteration ${iteration}`, total)
  const nextOrder = left + lasting
  const key = nextOrder + 8 + size
  const value = key + text(keySize)
  return {
    left,
    lastOrder: left + 8,
    nextOrder,
    last: left + 16,
    next: nextOrder + 8,
    key,
    value,
    slice: left + 16 + size,
    lasting,
    number: value + text(valueBytes),
    sort: field,
  }
}

function sortField(
  by: 'value' | number,
  keys: Iterate['array']['keys'],
  bytes: { readonly keyBytes: readonly number[]; readonly valueBytes: number },
  type: Iterate['array']['type'],
): Field {
  if (by === 'value') {
    const text = type === 'string'
    return { in: 'value', offset: ORDER_BYTES, bytes: text ? bytes.valueBytes : 8, text }
  }
  const offset = bytes.keyBytes.slice(0, by).reduce((sum, b) => sum + b, 0)
  return { in: 'key', offset, bytes: bytes.keyBytes[by] ?? 8, text: keys[by] === 'string' }
}

/** Puts the element that was found into the registers of the round. */
function takeElement(code: Code, i: IterateNext, { array }: Iterate, cursor: Cursor): void {
  const { keyBytes, valueBytes } = arrayStorage(code, array)
  let offset = cursor.key
  keyBytes.forEach((bytes, n) => {
    take(code, i.keys[n], array.keys[n] === 'string', offset, bytes)
    offset += bytes
  })
  take(code, i.value, array.type === 'string', cursor.value, valueBytes)
}

function take(
  code: Code,
  to: Reg | undefined,
  isText: boolean,
  offset: number,
  bytes: number,
): void {
  if (to === undefined) return
  if (isText) {
    const slot = code.textTarget(to)
    if (slot !== undefined) copyText(code, slot, { kind: 'scratch', offset, bytes })
    return
  }
  code.a.load(8, R0, R9, offset)
  code.put(to, R0)
}

// The callback: r1 the map, r2 the key, r3 the value with the order in front, r4 our context. r5
// becomes the scratch value, r6 the order + 1.

function writeCallback(code: Code, start: Iterate, cursor: Cursor, label: Label): void {
  const { a } = code
  const skip = a.fresh('skip')
  const { keyBytes, valueBytes } = arrayStorage(code, start.array)
  const keySize = keyBytes.reduce((sum, bytes) => sum + bytes, 0)
  a.label(label).load(8, R5, R4, SCRATCH_OF_CALLBACK)
  a.load(8, R6, R3, 0).aluImmediate('add', R6, 1)
  skipOthers(code, start, cursor, skip)
  const by = statisticOf(start)
  if (by !== undefined) sortNumber(code, start.array, by, cursor.number)
  const ascending = start.sort?.ascending ?? true
  const behind = a.fresh('behind')
  // Not at or before the last one.
  a.load(8, R7, R5, cursor.lastOrder).branchImmediate('eq', R7, 0, behind)
  skipUnless(code, cursor, {
    than: cursor.last,
    wanted: ascending ? 'more' : 'less',
    equal: 'behind',
    skip,
    pass: behind,
  })
  a.label(behind)
  const better = a.fresh('better')
  a.load(8, R7, R5, cursor.nextOrder).branchImmediate('eq', R7, 0, better)
  skipUnless(code, cursor, {
    than: cursor.next,
    wanted: ascending ? 'less' : 'more',
    equal: 'before',
    skip,
    pass: better,
  })
  a.label(better).store(8, R5, cursor.nextOrder, R6)
  if (cursor.sort !== undefined) {
    const from = cursor.sort.in === 'key' ? R2 : R3
    copyWordsTo(code, from, cursor.sort.offset, cursor.next, cursor.sort.bytes)
  }
  copyWordsTo(code, R2, 0, cursor.key, keySize)
  copyWordsTo(code, R3, ORDER_BYTES, cursor.value, valueBytes)
  a.label(skip).movImmediate(R0, 0).exit()
}

/** Elements that a slice does not ask for. */
function skipOthers(code: Code, start: Iterate, cursor: Cursor, skip: Label): void {
  const { a } = code
  let at = 0
  arrayStorage(code, start.array).keyBytes.forEach((bytes, n) => {
    if (start.slice?.[n] !== undefined) {
      for (let word = at; word < at + bytes; word += 8) {
        a.load(8, R0, R2, word)
          .load(8, R1, R5, cursor.slice + word)
          .branch('ne', R0, R1, skip)
      }
    }
    at += bytes
  })
}

interface Comparing {
  /** Offset in the scratch value of what is compared with; r7 holds its order. */
  readonly than: number
  readonly wanted: 'less' | 'more'
  /** Where an element of the same value has to stand. */
  readonly equal: 'behind' | 'before'
  readonly skip: Label
  readonly pass: Label
}

/**
 * Goes to `skip` where the element is on the wrong side of another, to `pass` or on where it is
 * on the right one. Of equal values the order of insertion decides.
 */
function skipUnless(code: Code, cursor: Cursor, c: Comparing): void {
  const { a } = code
  const { sort } = cursor
  if (sort !== undefined) {
    const from = sort.in === 'key' ? R2 : R3
    const differ = a.fresh('differ')
    const same = a.fresh('same')
    for (let word = 0; word < sort.bytes; word += 8) {
      a.load(8, R0, from, sort.offset + word).load(8, R8, R5, c.than + word)
      a.branch('ne', R0, R8, differ)
    }
    a.jump(same).label(differ)
    if (sort.text) a.byteOrder(R0, 'be', 64).byteOrder(R8, 'be', 64)
    a.branch(COMPARISON[sort.text ? 'text' : 'long'][c.wanted], R0, R8, c.pass)
    a.jump(c.skip).label(same)
  }
  a.branch(c.equal === 'behind' ? 'le' : 'ge', R6, R7, c.skip)
}

const COMPARISON = {
  text: { less: 'lt', more: 'gt' },
  long: { less: 'slt', more: 'sgt' },
} as const

/** Copies within the scratch value. */
function copyBytes(code: Code, base: Register, from: number, to: number, bytes: number): void {
  for (let at = 0; at < bytes; at += 8) {
    code.a.load(8, R0, base, from + at).store(8, base, to + at, R0)
  }
}

/** Copies from an element into the scratch value, whose address r5 holds. */
function copyWordsTo(code: Code, base: Register, from: number, to: number, bytes: number): void {
  for (let at = 0; at < bytes; at += 8) {
    code.a.load(8, R0, base, from + at).store(8, R5, to + at, R0)
  }
}

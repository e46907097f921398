import { type Label, R0, R1, R2, R3, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { BranchOp, Register } from '../bpf/instruction.ts'
import type { Comparison, Operand, Reg } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Code, TextPlace } from './code.ts'
import { roundUp8 } from './stack.ts'

// Strings stand in slots of the scratch value. The invariant: behind its NUL a slot is zero up to
// its end, and its size is a multiple of 8; so equality, keys and copies work by words.

type Slot = TextPlace & { readonly kind: 'scratch' }

/** Strings of up to so many bytes are copied by loads and stores, longer ones by a helper. */
const INLINE_BYTES = 64

/** Writes zeroes over a part of a slot; the bounds are multiples of 8. */
export function zero(code: Code, slot: Slot, from = 0, to: number = slot.bytes): void {
  for (let at = from; at < to; at += 8) code.a.storeImmediate(8, R9, slot.offset + at, 0)
}

/** Copies a string, cut to the slot's size. Uses r0 to r5. */
export function copyText(code: Code, to: Slot, from: TextPlace): void {
  if (from.kind === 'scratch' && from.offset === to.offset) return
  const common = Math.min(from.bytes, to.bytes)
  if (common > INLINE_BYTES) copyByHelper(code, to, from, common)
  else copyWords(code, { base: R9, offset: to.offset }, from, common)
  zero(code, to, common)
  if (from.bytes > to.bytes) code.a.storeImmediate(1, R9, to.offset + to.bytes - 1, 0)
}

function copyByHelper(code: Code, to: Slot, from: TextPlace, bytes: number): void {
  const { a } = code
  a.mov(R1, R9).aluImmediate('add', R1, to.offset).movImmediate(R2, bytes)
  code.pointer(from, R3)
  a.call(Helper.probe_read_kernel)
}

/** Somewhere to store words: a register that holds an address, and an offset. */
export interface Destination {
  readonly base: Register
  readonly offset: number
}

/** Copies whole words by loads and stores through r0; `bytes` is at most the string's room. */
export function copyWords(code: Code, to: Destination, from: TextPlace, bytes: number): void {
  const { a } = code
  for (let at = 0; at < bytes; at += 8) {
    if (from.kind === 'constant') {
      const word = wordOf(from.text, at)
      if (word === BigInt.asIntN(32, word)) {
        a.storeImmediate(8, to.base, to.offset + at, Number(word))
        continue
      }
      a.loadConstant(R0, word)
    } else {
      a.load(8, R0, R9, from.offset + at)
    }
    a.store(8, to.base, to.offset + at, R0)
  }
}

/** 8 bytes of a constant as a little-endian number, zero past its end. */
function wordOf(text: string, at: number): bigint {
  let word = 0n
  for (let i = 7; i >= 0; i--) {
    const byte = at + i < text.length ? text.charCodeAt(at + i) : 0
    word = (word << 8n) | BigInt(byte)
  }
  return BigInt.asIntN(64, word)
}

/** Copies a string of `value` (an address in `base`) that has `bytes` of room into a slot. */
export function copyFrom(
  code: Code,
  to: Slot,
  base: Register,
  offset: number,
  bytes: number,
): void {
  const { a } = code
  const common = Math.min(bytes, to.bytes)
  if (common > INLINE_BYTES) {
    a.mov(R3, base).aluImmediate('add', R3, offset)
    a.mov(R1, R9).aluImmediate('add', R1, to.offset).movImmediate(R2, common)
    a.call(Helper.probe_read_kernel)
  } else {
    for (let at = 0; at < common; at += 8) {
      a.load(8, R1, base, offset + at).store(8, R9, to.offset + at, R1)
    }
  }
  zero(code, to, common)
  if (bytes > to.bytes) a.storeImmediate(1, R9, to.offset + to.bytes - 1, 0)
}

/**
 * Copies a string to `bytes` at an address (r0 holds it, and no longer does after): the rest of
 * that room becomes zero.
 */
export function copyTo(code: Code, from: TextPlace, offset: number, bytes: number): void {
  const { a } = code
  const common = Math.min(from.bytes, bytes)
  a.mov(R1, R0).aluImmediate('add', R1, offset)
  if (from.bytes > INLINE_BYTES || bytes > INLINE_BYTES) {
    const slot = place(code, from, bytes)
    code.a.movImmediate(R2, bytes)
    code.pointer(slot, R3)
    a.call(Helper.probe_read_kernel)
    return
  }
  copyWords(code, { base: R1, offset: 0 }, from, common)
  for (let at = common; at < bytes; at += 8) a.storeImmediate(8, R1, at, 0)
  if (from.bytes > bytes) a.storeImmediate(1, R1, bytes - 1, 0)
}

/** The string in a slot of exactly `bytes`; keeps r1. */
export function place(code: Code, from: TextPlace, bytes: number): TextPlace {
  if (from.kind === 'scratch' && from.bytes === bytes) return from
  const slot: Slot = { kind: 'scratch', offset: code.scratch.area('resized', bytes), bytes }
  const saved = code.frame.area('destination', 8)
  code.a.store(8, R10, saved, R1)
  copyText(code, slot, from)
  code.a.load(8, R1, R10, saved)
  return slot
}

/** The string itself, or a copy of it where it stands in the slot that is about to be written. */
export function unaliased(code: Code, text: TextPlace, target: Slot): TextPlace {
  if (text.kind === 'constant' || text.offset !== target.offset) return text
  const { bytes } = text
  const copy: Slot = { kind: 'scratch', offset: code.scratch.area('alias', bytes), bytes }
  copyText(code, copy, text)
  return copy
}

export function selectConcat(code: Code, to: Reg, a: Operand, b: Operand): void {
  const slot = code.textTarget(to)
  if (slot === undefined) return
  // In `s = t . s` and `s = s . s` the tail stands where the head goes or grows.
  const tail = unaliased(code, code.text(b), slot)
  if (a.kind === 'text') {
    copyText(code, slot, code.text(a))
    code.a.movImmediate(R0, Math.min(a.value.length, slot.bytes - 1))
  } else {
    const head = code.text(a)
    if (!(head.kind === 'scratch' && head.offset === slot.offset)) zero(code, slot)
    readText(code, { slot, at: undefined, bytes: Math.min(slot.bytes, head.bytes) }, head)
    textLength(code, slot.bytes - 1)
  }
  appendText(code, slot, tail)
}

interface ReadInto {
  readonly slot: Slot
  /** r0 holds the offset in the slot where to write, when 'r0'. */
  readonly at: 'r0' | undefined
  /** Most bytes to write, NUL counted; without it, as many as the slot has left. */
  readonly bytes?: number
}

/** r0 = bytes written with the NUL, or a negated errno, of a string copied into a slot. */
function readText(code: Code, into: ReadInto, from: TextPlace): void {
  const { a } = code
  const { slot, at, bytes } = into
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset)
  a.movImmediate(R2, bytes ?? slot.bytes)
  if (at === 'r0') a.alu('add', R1, R0).alu('sub', R2, R0)
  code.pointer(from, R3)
  a.call(Helper.probe_read_kernel_str)
}

/** r0 = length without the NUL of a copy that gave r0: between 0 and `most`. */
export function textLength(code: Code, most: number): void {
  code.replace(R0, 'sle', 0, 1)
  code.a.aluImmediate('sub', R0, 1)
  clampText(code, most)
}

/** r0 = at most `most`. */
export function clampText(code: Code, most: number): void {
  code.replace(R0, 'gt', most, most)
}

/**
 * Appends a string at offset r0 of a slot, cut where the slot ends. r0 becomes what the helper
 * gives. The verifier thinks that this may write up to a slot's size past its end, hence the slack
 * behind the last.
 */
export function appendText(code: Code, slot: Slot, text: TextPlace): void {
  if (text.kind === 'constant' && text.text === '') {
    code.a.movImmediate(R0, 1)
    return
  }
  readText(code, { slot, at: 'r0' }, text)
}

const UNSIGNED: Readonly<Record<Comparison, BranchOp>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'lt',
  le: 'le',
  gt: 'gt',
  ge: 'ge',
}

/** Jumps to `no` unless the strings compare so, as strcmp would; falls through when they do. */
export function compareText(
  code: Code,
  what: Comparison,
  a: TextPlace,
  b: TextPlace,
  no: Label,
): void {
  if (a.kind === 'constant' && b.kind !== 'constant') {
    compareText(code, MIRRORED[what], b, a, no)
    return
  }
  const { a: asm } = code
  const yes = asm.fresh('same')
  const differ = what === 'ne' ? yes : what === 'eq' ? no : asm.fresh('differ')
  const words = Math.min(a.bytes, b.bytes)
  for (let at = 0; at < words; at += 8) {
    readWord(code, a, at, R0)
    readWord(code, b, at, R1)
    asm.branch('ne', R0, R1, differ)
  }
  // Equal words hold a NUL, so that the strings are equal to their ends.
  if (what === 'ne' || what === 'lt' || what === 'gt') asm.jump(no)
  else if (what !== 'eq') asm.jump(yes)
  if (what !== 'eq' && what !== 'ne') {
    asm.label(differ).byteOrder(R0, 'be', 64).byteOrder(R1, 'be', 64)
    asm.branch(UNSIGNED[what], R0, R1, yes).jump(no)
  }
  if (what !== 'eq') asm.label(yes)
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
}

function readWord(code: Code, text: TextPlace, at: number, into: Register): void {
  if (text.kind === 'constant') code.a.loadConstant(into, wordOf(text.text, at))
  else code.a.load(8, into, R9, text.offset + at)
}

/** r0 = length of a string. */
export function strlen(code: Code, text: TextPlace): void {
  if (text.kind === 'constant') {
    code.a.movImmediate(R0, text.text.length)
    return
  }
  const { bytes } = text
  const slot: Slot = { kind: 'scratch', offset: code.scratch.area('strlen', bytes), bytes }
  readText(code, { slot, at: undefined, bytes }, text)
  textLength(code, bytes - 1)
}

/** substr(): empty for a start outside the string or a length below 1. */
export function selectSubstr(code: Code, to: Reg, args: readonly Operand[]): void {
  const slot = code.textTarget(to)
  const [whole, start, length] = args
  if (slot === undefined || whole === undefined || start === undefined || length === undefined) {
    return
  }
  const { a } = code
  const done = a.fresh('substr')
  const from = unaliased(code, code.text(whole), slot)
  zero(code, slot)
  code.read(length, R2)
  code.forget(R2)
  a.branchImmediate('sle', R2, 0, done)
  code.replace(R2, 'gt', slot.bytes - 1, slot.bytes - 1)
  a.aluImmediate('add', R2, 1)
  code.read(start, R0)
  code.forget(R0)
  // Behind its end a string is zero: a start there gives the empty string. Unsigned, so that
  // negative ones are out too.
  a.branchImmediate('gt', R0, from.bytes - 1, done)
  code.pointer(from, R3)
  a.alu('add', R3, R0)
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset)
  a.call(Helper.probe_read_kernel_str).label(done)
}

/** So many spaces, none when negative. */
export function selectPad(code: Code, to: Reg, count: Operand | undefined): void {
  const slot = code.textTarget(to)
  if (slot === undefined || count === undefined) return
  const { a } = code
  const done = a.fresh('pad')
  const most = slot.bytes - 1
  zero(code, slot)
  code.read(count, R2)
  code.forget(R2)
  a.branchImmediate('sle', R2, 0, done)
  code.replace(R2, 'gt', most, most)
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset)
  const spaces = ' '.repeat(MAXSTRINGLEN - 1)
  code.pointer({ kind: 'constant', text: spaces, bytes: roundUp8(spaces.length + 1) }, R3)
  a.call(Helper.probe_read_kernel).label(done)
}

import { R0, R1, R2, R3, R4, R5, R9 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import type { Operand } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Conversion } from '../text/format.ts'
import type { Code, TextPlace } from './code.ts'
import { eachByte } from './each-byte.ts'
import { roundUp8 } from './stack.ts'
import { clampText, strlen, textLength } from './strings.ts'

// Fields that bpf_snprintf cannot make, or that must do without it: spaces, a sign or prefix,
// zeroes, the value, spaces. What the parts measure is kept in the scratch value.

export type Slot = TextPlace & { readonly kind: 'scratch' }

export interface Output {
  readonly slot: Slot
  /** In the scratch value: how far the slot is written. */
  readonly position: number
}

export interface Field {
  readonly conversion: Conversion
  readonly width: Operand | undefined
  readonly precision: Operand | undefined
}

/** Wider than any string, so that what is cut off is the same. */
const WIDEST = 2 * MAXSTRINGLEN - 1

function variable(code: Code, name: string): number {
  return code.scratch.area(`field ${name}`, 8)
}

/** Puts width and precision where the parts of the field find them. */
export function measureField(code: Code, { width, precision, conversion }: Field): void {
  const { a } = code
  const negative = width?.kind === 'number' && width.value < 0n
  const left = conversion.flag === '-' || negative
  const fixed =
    width?.kind === 'number' ? BigInt.asIntN(64, negative ? -width.value : width.value) : 0n
  readSize(code, width?.kind === 'reg' ? width : { kind: 'number', value: fixed }, 'width')
  a.storeImmediate(8, R9, variable(code, 'left'), left ? 1 : 0)
  if (width?.kind === 'reg') {
    const right = a.fresh('right')
    a.branchImmediate('sge', R1, 0, right)
    a.storeImmediate(8, R9, variable(code, 'left'), 1).negate(R1)
    a.store(8, R9, variable(code, 'width'), R1).label(right)
    limit(code, 'width')
  }
  if (precision !== undefined) {
    readSize(code, precision, 'precision')
    limit(code, 'precision')
  }
}

/** r1 = the operand, and so in the variable. */
function readSize(code: Code, operand: Operand, name: string): void {
  code.read(operand, R1)
  code.a.store(8, R9, variable(code, name), R1).load(8, R1, R9, variable(code, name))
}

/** From 0 to WIDEST. */
function limit(code: Code, name: string): void {
  const { a } = code
  a.load(8, R1, R9, variable(code, name))
  code.replace(R1, 'slt', 0, 0)
  code.replace(R1, 'sgt', WIDEST, WIDEST)
  a.store(8, R9, variable(code, name), R1)
}

/** Spaces in front of or behind a body of `length` bytes, which stands in that variable. */
export function writeSpaces(code: Code, out: Output, where: 'before' | 'behind'): void {
  const { a } = code
  const none = a.fresh('spaces')
  a.load(8, R1, R9, variable(code, 'left'))
  a.branchImmediate(where === 'before' ? 'ne' : 'eq', R1, 0, none)
  a.load(8, R2, R9, variable(code, 'width')).load(8, R1, R9, variable(code, 'length'))
  a.alu('sub', R2, R1)
  repeat(code, out, ' ')
  a.label(none)
}

/** r2 times a character, or none when that is below 1. */
function repeat(code: Code, out: Output, character: string): void {
  const { a } = code
  const none = a.fresh('repeat')
  const fits = a.fresh('fits')
  const most = out.slot.bytes - 1
  code.forget(R2)
  a.branchImmediate('sle', R2, 0, none)
  position(code, out)
  a.movImmediate(R4, most).alu('sub', R4, R0)
  a.branch('le', R2, R4, fits).mov(R2, R4).label(fits)
  code.forget(R2)
  code.replace(R2, 'gt', most, most)
  a.mov(R1, R0).alu('add', R1, R2).store(8, R9, out.position, R1)
  a.mov(R1, R9).alu('add', R1, R0).aluImmediate('add', R1, out.slot.offset)
  const text = character.repeat(MAXSTRINGLEN - 1)
  code.pointer({ kind: 'constant', text, bytes: roundUp8(text.length + 1) }, R3)
  a.call(Helper.probe_read_kernel).label(none)
}

/** r0 = where to write next: at most the last byte of the slot. */
function position(code: Code, { slot, position: at }: Output): void {
  code.a.load(8, R0, R9, at)
  clampText(code, slot.bytes - 1)
}

/**
 * Appends the string at an address, at most `most` bytes where that variable is named. r0 = how
 * many bytes went in.
 */
export function append(
  code: Code,
  out: Output,
  address: (into: Register) => void,
  most?: number,
): void {
  const { a } = code
  position(code, out)
  a.movImmediate(R2, out.slot.bytes).alu('sub', R2, R0)
  if (most !== undefined) {
    const fits = a.fresh('fits')
    a.load(8, R4, R9, most).aluImmediate('add', R4, 1)
    a.branch('le', R2, R4, fits).mov(R2, R4).label(fits)
    code.forget(R2)
    code.replace(R2, 'gt', out.slot.bytes, out.slot.bytes)
  }
  a.mov(R1, R9).alu('add', R1, R0).aluImmediate('add', R1, out.slot.offset)
  address(R3)
  a.call(Helper.probe_read_kernel_str)
  textLength(code, out.slot.bytes - 1)
  a.load(8, R1, R9, out.position).alu('add', R1, R0).store(8, R9, out.position, R1)
}

export function writeText(code: Code, out: Output, field: Field, text: TextPlace): void {
  const { a } = code
  const length = variable(code, 'length')
  strlen(code, text)
  a.store(8, R9, length, R0)
  if (field.precision !== undefined) {
    const fits = a.fresh('fits')
    a.load(8, R1, R9, variable(code, 'precision'))
    a.branch('le', R0, R1, fits).store(8, R9, length, R1).label(fits)
  }
  writeSpaces(code, out, 'before')
  append(code, out, into => code.pointer(text, into), length)
  writeSpaces(code, out, 'behind')
}

/** Body of so many bytes, at an address. */
export function writeBody(
  code: Code,
  out: Output,
  length: number,
  address: (into: Register) => void,
): void {
  code.a.storeImmediate(8, R9, variable(code, 'length'), length)
  writeSpaces(code, out, 'before')
  append(code, out, address)
  writeSpaces(code, out, 'behind')
}

/** The address at which the digits of a number end in the scratch value. */
const LONGEST_NUMBER = 24

export function writeInteger(code: Code, out: Output, field: Field, value: Operand): void {
  const { a } = code
  const { flag } = field.conversion
  const [count, zeroes, length, head, headLength] = [
    'count',
    'zeroes',
    'length',
    'head',
    'head length',
  ].map(name => variable(code, name))
  if (!count || !zeroes || !length || !head || !headLength) return
  const buffer = code.scratch.area('field digits', LONGEST_NUMBER + 8)
  writeHead(code, field.conversion, value, { head, headLength })
  writeDigits(code, field.conversion, { buffer, count })
  a.storeImmediate(8, R9, zeroes, 0)
  if (field.precision !== undefined) {
    a.load(8, R1, R9, variable(code, 'precision'))
    atLeast(code, zeroes, count, undefined)
  }
  if (flag === '0') {
    const left = a.fresh('left')
    a.load(8, R1, R9, variable(code, 'left')).branchImmediate('ne', R1, 0, left)
    a.load(8, R1, R9, variable(code, 'width'))
    atLeast(code, zeroes, count, headLength)
    a.label(left)
  }
  a.load(8, R0, R9, count).load(8, R1, R9, zeroes).alu('add', R0, R1)
  a.load(8, R1, R9, headLength).alu('add', R0, R1).store(8, R9, length, R0)
  writeSpaces(code, out, 'before')
  append(code, out, into => a.mov(into, R9).aluImmediate('add', into, head))
  a.load(8, R2, R9, zeroes)
  repeat(code, out, '0')
  append(code, out, into => {
    // 31 - count, in a way whose bounds every verifier knows: not by negation.
    a.load(8, into, R9, count).aluImmediate('and', into, 31).aluImmediate('xor', into, 31)
    a.alu('add', into, R9).aluImmediate('add', into, buffer + LONGEST_NUMBER - 31)
  })
  writeSpaces(code, out, 'behind')
}

/** Zeroes so that with the digits, and what stands before, there are r1 bytes. */
function atLeast(code: Code, zeroes: number, count: number, head: number | undefined): void {
  const { a } = code
  const enough = a.fresh('enough')
  a.load(8, R0, R9, count).alu('sub', R1, R0)
  if (head !== undefined) a.load(8, R0, R9, head).alu('sub', R1, R0)
  a.load(8, R0, R9, zeroes)
  a.branch('sle', R1, R0, enough).store(8, R9, zeroes, R1).label(enough)
}

/** r0 = the number without its sign; the sign or prefix goes into the scratch value. */
function writeHead(
  code: Code,
  { conversion, flag }: Conversion,
  value: Operand,
  { head, headLength }: { readonly head: number; readonly headLength: number },
): void {
  const { a } = code
  const signed = conversion === 'd'
  const text = signed ? (flag === '+' || flag === ' ' ? flag : '') : prefixOf(conversion, flag)
  const put = (words: string): void => {
    const bytes = [...words].reduce((sum, one, n) => sum + one.charCodeAt(0) * 256 ** n, 0)
    a.storeImmediate(8, R9, head, bytes).storeImmediate(8, R9, headLength, words.length)
  }
  put(text)
  code.read(value, R0)
  code.forget(R0)
  if (!signed) return
  const positive = a.fresh('positive')
  a.branchImmediate('sge', R0, 0, positive).negate(R0)
  put('-')
  a.label(positive)
}

function prefixOf(conversion: Conversion['conversion'], flag: Conversion['flag']): string {
  if (conversion === 'p') return '0x'
  if (flag !== '#') return ''
  return conversion === 'x' ? '0x' : conversion === 'X' ? '0X' : conversion === 'o' ? '0' : ''
}

/** Writes the digits of r0 so that they end at the end of the buffer; their count, at least 1. */
function writeDigits(
  code: Code,
  { conversion }: Conversion,
  { buffer, count }: { readonly buffer: number; readonly count: number },
): void {
  const { a } = code
  const shift = conversion === 'o' ? 3 : conversion === 'd' || conversion === 'u' ? 0 : 4
  const value = variable(code, 'value')
  a.store(8, R9, value, R0).storeImmediate(8, R9, count, 0)
  a.storeImmediate(8, R9, buffer + LONGEST_NUMBER, 0)
  eachByte(code, LONGEST_NUMBER, () => {
    a.load(8, R3, R9, value).mov(R0, R3)
    // One more digit where anything is left.
    a.mov(R1, R3).negate(R1).alu('or', R1, R3).aluImmediate('rsh', R1, 63)
    a.load(8, R2, R9, count).alu('add', R2, R1).store(8, R9, count, R2)
    if (shift === 0) a.aluImmediate('mod', R0, 10).aluImmediate('div', R3, 10)
    else a.aluImmediate('and', R0, 2 ** shift - 1).aluImmediate('rsh', R3, shift)
    a.store(8, R9, value, R3)
    a.mov(R1, R0).aluImmediate('add', R0, 0x30)
    if (shift === 4) {
      // Letters stand so much further than digits.
      a.movImmediate(R2, 9).alu('sub', R2, R1).aluImmediate('arsh', R2, 63)
      a.aluImmediate('and', R2, conversion === 'X' ? 7 : 39).alu('add', R0, R2)
    }
    a.movImmediate(R1, LONGEST_NUMBER - 1)
      .alu('sub', R1, R5)
      .alu('add', R1, R9)
    a.store(1, R1, buffer, R0)
  })
  const some = a.fresh('digits')
  a.load(8, R0, R9, count).branchImmediate('ne', R0, 0, some)
  a.storeImmediate(8, R9, count, 1).label(some)
}

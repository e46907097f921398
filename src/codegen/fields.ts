import { type Label, R0, R1, R2, R3, R4, R5, R9 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Operand } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import { spelled } from '../text/escapes.ts'
import type { Conversion, Format } from '../text/format.ts'
import type { Span } from '../text/source.ts'
import { byteTable, tableAddress } from './byte-tables.ts'
import type { Code, Site, TextPlace } from './code.ts'
import { eachByte } from './each-byte.ts'
import {
  append,
  type Field,
  measureField,
  type Output,
  type Slot,
  writeInteger,
  writeSpaces,
  writeText,
} from './field.ts'
import { zero } from './strings.ts'

export type Argument =
  | { readonly kind: 'text'; readonly text: TextPlace }
  | { readonly kind: 'long'; readonly value: Operand }

/** Where a format stands: for what it reads from memory. */
export interface FormatSite {
  readonly span: Span
  readonly site: Site
}

/** Whether its fields can be made here: all but those of raw bytes as wide as the script says. */
export function canWriteField({ conversion, width, precision }: Conversion): boolean {
  return conversion !== 'b' || (width !== '*' && precision !== '*')
}

/** Makes a string from a format, field by field, in a slot of zeroes. */
export function writeFields(
  code: Code,
  slot: Slot,
  format: Format,
  args: readonly Argument[],
  where: FormatSite,
): void {
  const out: Output = { slot, position: code.scratch.area('field position', 8) }
  const end = code.a.fresh('formatted')
  const rest = [...args]
  code.a.storeImmediate(8, R9, out.position, 0)
  for (const piece of format) {
    if (piece.kind === 'literal') {
      append(code, out, into => code.pointer(constant(piece.text), into))
      continue
    }
    const width = sizeOf(piece.width, rest)
    const precision = sizeOf(piece.precision, rest)
    const field: Field = { conversion: piece, width, precision }
    measureField(code, field)
    writeValue(code, out, field, rest.shift(), { ...where, end })
    if (isFilled(piece)) break
  }
  code.a.label(end)
}

function constant(text: string): TextPlace {
  return { kind: 'constant', text, bytes: (text.length + 8) & ~7 }
}

function sizeOf(size: number | '*' | undefined, rest: Argument[]): Operand | undefined {
  if (size === undefined) return undefined
  if (size !== '*') return { kind: 'number', value: BigInt(size) }
  const star = rest.shift()
  return star?.kind === 'long' ? star.value : undefined
}

interface Where extends FormatSite {
  /** Behind the format: where a NUL ends the string. */
  readonly end: Label
}

function writeValue(
  code: Code,
  out: Output,
  field: Field,
  argument: Argument | undefined,
  where: Where,
): void {
  if (argument?.kind === 'text') {
    writeText(code, out, field, argument.text)
    return
  }
  const value = argument?.value ?? { kind: 'number', value: 0n }
  switch (field.conversion.conversion) {
    case 'c':
      writeCharacter(code, out, field, value, where.end)
      break
    case 'b':
      writeBytes(code, out, field, value, where.end)
      break
    case 'm':
      writeMemory(code, out, field, value, where)
      break
    case 'M':
      writeHex(code, out, field, value, where)
      break
    case 's':
    case 'd':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
    case 'p':
      writeInteger(code, out, field, value)
  }
}

/** By byte, 8 bytes each: how `%#c` spells it, and in the last byte how long that is. */
const SPELLINGS: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  const text = spelled(byte, "'")
  const bytes = Array.from({ length: 7 }, (_, n) => text.charCodeAt(n) || 0)
  return [...bytes, text.length]
}).flat()

function writeCharacter(code: Code, out: Output, field: Field, value: Operand, end: Label): void {
  const { a, scratch } = code
  const text = scratch.area('field text', 16)
  const length = scratch.area('field length', 8)
  code.read(value, R0)
  a.aluImmediate('and', R0, 0xff)
  if (field.conversion.flag === '#') {
    const table = byteTable(code.tables, SPELLINGS, 8)
    a.aluImmediate('lsh', R0, 3)
    tableAddress(code, table, R1)
    a.alu('add', R1, R0)
    a.load(1, R0, R1, 7).store(8, R9, length, R0)
    a.load(8, R0, R1, 0)
      .store(8, R9, text, R0)
      .storeImmediate(1, R9, text + 7, 0)
  } else {
    a.store(8, R9, text, R0).storeImmediate(8, R9, length, 1)
  }
  writeSpaces(code, out, 'before')
  a.load(1, R0, R9, text).branchImmediate('eq', R0, 0, end)
  append(code, out, into => a.mov(into, R9).aluImmediate('add', into, text))
  writeSpaces(code, out, 'behind')
}

const SIZES: readonly number[] = [1, 2, 4, 8]

/** `%b`: the bytes themselves, up to the first that is 0; so is what fills them up. */
function writeBytes(code: Code, out: Output, field: Field, value: Operand, end: Label): void {
  const { a, scratch } = code
  const size = sizeOfBytes(field.conversion)
  if (isFilled(field.conversion) && field.conversion.flag !== '-') return
  const text = scratch.area('field text', 16)
  code.read(value, R0)
  a.storeImmediate(8, R9, text, 0).storeImmediate(8, R9, text + 8, 0)
  if (size === 1 || size === 2 || size === 4 || size === 8) a.store(size, R9, text, R0)
  append(code, out, into => a.mov(into, R9).aluImmediate('add', into, text))
  a.branchImmediate('lt', R0, size, end)
}

function sizeOfBytes({ width, precision }: Conversion): number {
  const asked = [precision, width].find(n => typeof n === 'number' && SIZES.includes(n))
  return typeof asked === 'number' ? asked : 8
}

/** Whether raw bytes are filled up with zeroes, at which the string ends. */
function isFilled(conversion: Conversion): boolean {
  const { width } = conversion
  if (conversion.conversion !== 'b' || typeof width !== 'number') return false
  return width > sizeOfBytes(conversion)
}

/** Reads as many bytes as the precision says, 1 without; r0 = how many, at most a string's. */
function readMemory(code: Code, field: Field, value: Operand, where: Where): number {
  const { a, scratch } = code
  const bytes = scratch.area('field bytes', MAXSTRINGLEN)
  const length = scratch.area('field length', 8)
  const user = field.conversion.flag === '#'
  const { span, site } = where
  const fault = code.fail({ kind: 'readFault', span, value, user, site })
  zero(code, { kind: 'scratch', offset: bytes, bytes: MAXSTRINGLEN })
  if (field.precision === undefined) a.movImmediate(R2, 1)
  else a.load(8, R2, R9, scratch.area('field precision', 8))
  code.forget(R2)
  code.replace(R2, 'lt', 1, 1)
  code.replace(R2, 'gt', MAXSTRINGLEN - 1, MAXSTRINGLEN - 1)
  a.store(8, R9, length, R2)
  code.read(value, R3)
  a.mov(R1, R9).aluImmediate('add', R1, bytes)
  a.call(user ? Helper.probe_read_user : Helper.probe_read_kernel)
  a.branchImmediate('slt', R0, 0, fault)
  return bytes
}

function writeMemory(code: Code, out: Output, field: Field, value: Operand, where: Where): void {
  const { a, scratch } = code
  const bytes = readMemory(code, field, value, where)
  writeSpaces(code, out, 'before')
  append(code, out, into => a.mov(into, R9).aluImmediate('add', into, bytes))
  a.load(8, R1, R9, scratch.area('field length', 8)).branch('lt', R0, R1, where.end)
  writeSpaces(code, out, 'behind')
}

function writeHex(code: Code, out: Output, field: Field, value: Operand, where: Where): void {
  const { a, scratch } = code
  const bytes = readMemory(code, field, value, where)
  const length = scratch.area('field length', 8)
  const hex = scratch.area('field hex', MAXSTRINGLEN + 8)
  a.load(8, R0, R9, length).aluImmediate('lsh', R0, 1).store(8, R9, length, R0)
  zero(code, { kind: 'scratch', offset: hex, bytes: MAXSTRINGLEN + 8 })
  eachByte(code, MAXSTRINGLEN / 2, ({ done }) => {
    a.load(8, R0, R9, length).mov(R2, R5).aluImmediate('lsh', R2, 1).branch('ge', R2, R0, done)
    a.mov(R1, R9).alu('add', R1, R5).load(1, R3, R1, bytes)
    a.mov(R1, R9).alu('add', R1, R2)
    a.mov(R0, R3).aluImmediate('rsh', R0, 4)
    hexDigit(code)
    a.store(1, R1, hex, R0).mov(R0, R3).aluImmediate('and', R0, 15)
    hexDigit(code)
    a.store(1, R1, hex + 1, R0)
  })
  writeSpaces(code, out, 'before')
  append(code, out, into => a.mov(into, R9).aluImmediate('add', into, hex))
  writeSpaces(code, out, 'behind')
}

/** r0, from 0 to 15, as a digit; uses r4. */
function hexDigit(code: Code): void {
  const { a } = code
  a.movImmediate(R4, 9).alu('sub', R4, R0).aluImmediate('arsh', R4, 63).aluImmediate('and', R4, 39)
  a.aluImmediate('add', R0, 0x30).alu('add', R0, R4)
}

import { type Label, R0, R1, R2, R3, R4, R5, R9 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import type { Instruction, Operand, Reg } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import { ACCEPTED, matcherOf } from '../text/matcher.ts'
import { bytesText, byteTable } from './byte-tables.ts'
import type { Code, TextPlace } from './code.ts'
import { eachByte, inScratch } from './each-byte.ts'
import { runMatcher } from './match.ts'
import { roundUp8 } from './stack.ts'
import { copyText, zero } from './strings.ts'
import { CONSTANT_MAP } from './tables.ts'

type Slot = TextPlace & { readonly kind: 'scratch' }

/** Where a part first stands in a string, or -1. */
export function selectStrpos(code: Code, to: Reg, text: Operand, part: Operand): void {
  if (part.kind === 'text') findConstant(code, code.text(text), part.value)
  else findText(code, inScratch(code, code.text(text), 'subject'), code.text(part))
  code.put(to, R0)
}

/** r0 = where a constant part first stands, found by the machine of a pattern. */
function findConstant(code: Code, text: TextPlace, part: string): void {
  const { a } = code
  const matcher = matcherOf(part.replace(/[\s\S]/g, '\\$&'))
  if (part === '' || matcher === undefined) {
    a.movImmediate(R0, part === '' ? 0 : -1)
    return
  }
  const done = a.fresh('found')
  runMatcher(code, text, matcher, { exact: true })
  code.forget(R5)
  a.movImmediate(R0, -1)
  a.branchImmediate('ne', R3, 2 * matcher.classCount * ACCEPTED, done)
  a.mov(R0, R5)
    .aluImmediate('sub', R0, part.length - 1)
    .label(done)
}

/**
 * r0 = where one string first stands in another (Knuth, Morris and Pratt). `fall[n]` is how many
 * bytes of the part still match after n did and the next does not.
 */
function findText(code: Code, text: Slot, part: TextPlace): void {
  const { a, scratch } = code
  const wanted = inScratch(code, part, 'part')
  const fall = scratch.area('fall', 2 * MAXSTRINGLEN + 16)
  const at = scratch.area('search at', 8)
  const matched = scratch.area('search matched', 8)
  const found = a.fresh('found')
  const state: Search = { text, part: wanted, fall, at, matched }
  // The table is made by looking for the part in itself, from its second byte on.
  a.storeImmediate(8, R9, fall, 0)
  a.storeImmediate(8, R9, at, 1).storeImmediate(8, R9, matched, 0)
  eachByte(code, 2 * wanted.bytes, ({ done }) => {
    compareOne(code, { ...state, text: wanted }, done)
    // Of the n bytes read so far, so many at the end are also those at the start. Where none was
    // read, this goes in front of the table.
    a.load(8, R1, R9, at).aluImmediate('and', R1, MAXSTRINGLEN - 1)
    a.aluImmediate('add', R1, 1).alu('and', R1, R0).aluImmediate('lsh', R1, 1)
    a.load(8, R0, R9, matched).mov(R2, R9).alu('add', R2, R1).store(2, R2, fall, R0)
  })
  a.storeImmediate(8, R9, at, 0).storeImmediate(8, R9, matched, 0)
  eachByte(code, 2 * text.bytes, ({ done }) => {
    a.load(8, R1, R9, matched)
      .aluImmediate('and', R1, MAXSTRINGLEN - 1)
      .mov(R2, R9)
    a.alu('add', R2, R1).load(1, R0, R2, wanted.offset).branchImmediate('eq', R0, 0, done)
    compareOne(code, state, done)
  })
  a.load(8, R1, R9, matched)
    .aluImmediate('and', R1, MAXSTRINGLEN - 1)
    .mov(R2, R9)
  a.alu('add', R2, R1).load(1, R2, R2, wanted.offset)
  a.movImmediate(R0, -1).branchImmediate('ne', R2, 0, found)
  a.load(8, R0, R9, at).alu('sub', R0, R1).label(found)
}

interface Search {
  readonly text: Slot
  readonly part: Slot
  readonly fall: number
  /** How far the text was read. */
  readonly at: number
  /** How many bytes of the part matched up to there. */
  readonly matched: number
}

/**
 * One step of a search, without a branch but to leave at the end of the text. r0 = -1 where it read
 * a byte of the text, else 0.
 */
function compareOne(code: Code, { text, part, fall, at, matched }: Search, done: Label): void {
  const { a } = code
  const mask = MAXSTRINGLEN - 1
  a.load(8, R1, R9, at).aluImmediate('and', R1, mask)
  a.load(8, R2, R9, matched).aluImmediate('and', R2, mask)
  a.mov(R3, R9).alu('add', R3, R1).load(1, R0, R3, text.offset)
  a.branchImmediate('eq', R0, 0, done)
  a.mov(R3, R9).alu('add', R3, R2).load(1, R4, R3, part.offset)
  // r4 = -1 where the bytes are equal, else 0.
  a.alu('xor', R4, R0).aluImmediate('sub', R4, 1).aluImmediate('arsh', R4, 63)
  a.mov(R3, R2)
    .aluImmediate('lsh', R3, 1)
    .mov(R0, R9)
    .alu('add', R0, R3)
    .load(2, R3, R0, fall + 2)
  // The byte is done with where these are equal, or where nothing had matched.
  a.mov(R0, R2).aluImmediate('sub', R0, 1).aluImmediate('arsh', R0, 63).alu('or', R0, R4)
  a.alu('sub', R1, R0).store(8, R9, at, R1)
  a.aluImmediate('add', R2, 1).alu('and', R2, R4)
  a.aluImmediate('xor', R4, -1).alu('and', R3, R4).alu('or', R2, R3).store(8, R9, matched, R2)
}

/** The byte at a place; 0 outside the string. */
export function selectStringat(code: Code, to: Reg, text: Operand, index: Operand): void {
  const { a } = code
  const done = a.fresh('byte')
  const place = code.text(text)
  code.read(index, R1)
  code.forget(R1)
  a.movImmediate(R0, 0).branchImmediate('ge', R1, place.bytes, done)
  code.pointer(place, R2)
  a.alu('add', R2, R1).load(1, R0, R2, 0).label(done)
  code.put(to, R0)
}

/** strtol(): see src/host/text-functions.ts. */
export function selectStrtol(code: Code, to: Reg, text: Operand, base: Operand): void {
  const { a, scratch } = code
  const slot = inScratch(code, code.text(text), 'subject')
  const [start, radix, value] = ['start', 'radix', 'value'].map(part =>
    scratch.area(`strtol ${part}`, 8),
  )
  if (start === undefined || radix === undefined || value === undefined) return
  const done = a.fresh('strtol')
  readPrefix(code, slot, base, { start, radix, none: done })
  a.storeImmediate(8, R9, value, 0)
  const digits = byteTable(code.tables, DIGITS, 8)
  eachByte(code, slot.bytes, ({ done: end }) => {
    a.load(8, R1, R9, start).aluImmediate('and', R1, 3).alu('add', R1, R9).alu('add', R1, R5)
    a.load(1, R0, R1, slot.offset)
    a.loadMapValue(R1, CONSTANT_MAP, digits.offset).alu('add', R1, R0).load(1, R0, R1, 0)
    a.load(8, R2, R9, radix).branch('ge', R0, R2, end)
    a.load(8, R3, R9, value).alu('mul', R3, R2).alu('add', R3, R0).store(8, R9, value, R3)
  })
  const positive = a.fresh('positive')
  a.load(8, R0, R9, value).load(1, R1, R9, slot.offset)
  a.branchImmediate('ne', R1, MINUS, positive).negate(R0).label(positive)
  a.label(done)
  code.put(to, R0)
}

const MINUS = 0x2d
const NO_DIGIT = 255
/** By byte: what it is worth as a digit. */
const DIGITS: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase())
  return digit < 0 ? NO_DIGIT : digit
})

/**
 * Where the digits start and what their base is; with r0 = 0 to `none` for a base that there is
 * not.
 */
function readPrefix(
  code: Code,
  slot: Slot,
  base: Operand,
  to: { readonly start: number; readonly radix: number; readonly none: Label },
): void {
  const { a, tables } = code
  const [signed, prefixed, given, known] = ['signed', 'prefix', 'given', 'known'].map(name =>
    a.fresh(name),
  )
  if (!signed || !prefixed || !given || !known) return
  const digits = byteTable(tables, DIGITS, 8)
  a.movImmediate(R1, 0).load(1, R0, R9, slot.offset)
  a.branchImmediate('ne', R0, MINUS, signed).movImmediate(R1, 1).label(signed)
  code.forget(R1)
  // r3 = 16 with a prefix 0x, 8 with a prefix 0, else 10.
  a.aluImmediate('and', R1, 1).mov(R2, R9).alu('add', R2, R1)
  a.movImmediate(R3, 10).load(1, R0, R2, slot.offset).branchImmediate('ne', R0, 0x30, prefixed)
  a.movImmediate(R3, 8)
    .load(1, R0, R2, slot.offset + 1)
    .aluImmediate('or', R0, 0x20)
  a.branchImmediate('ne', R0, 0x78, prefixed).load(1, R0, R2, slot.offset + 2)
  a.loadMapValue(R4, CONSTANT_MAP, digits.offset).alu('add', R4, R0).load(1, R0, R4, 0)
  a.branchImmediate('eq', R0, NO_DIGIT, prefixed).movImmediate(R3, 16).label(prefixed)
  code.forget(R3)
  code.read(base, R4)
  code.forget(R4)
  a.branchImmediate('ne', R4, 0, given).mov(R4, R3).label(given)
  a.movImmediate(R0, 0).branchImmediate('lt', R4, 2, to.none)
  a.branchImmediate('gt', R4, MAX_RADIX, to.none).store(8, R9, to.radix, R4)
  a.branchImmediate('ne', R4, 16, known).branchImmediate('ne', R3, 16, known)
  a.aluImmediate('add', R1, 2).label(known).store(8, R9, to.start, R1)
}

const MAX_RADIX = 36

type Tokenize = Extract<Instruction, { op: 'tokenize' }>

/** At the start of the activation there is no text to take apart. */
export function startTokens(code: Code): void {
  const used = code.fn.blocks.some(b => b.instructions.some(({ op }) => op === 'tokenize'))
  if (!used) return
  const { text, at } = tokens(code)
  code.a.storeImmediate(8, R9, text.offset, 0).storeImmediate(8, R9, at, 0)
}

function tokens(code: Code): { readonly text: Slot; readonly at: number } {
  const offset = code.scratch.area('tokens', MAXSTRINGLEN + 8)
  const text = { kind: 'scratch', offset, bytes: MAXSTRINGLEN } as const
  return { text, at: code.scratch.area('tokens read', 8) }
}

/** The next part of the text that is kept, between bytes of `delimiters`. */
export function selectTokenize(code: Code, i: Tokenize): void {
  const { a, scratch } = code
  const { text, at } = tokens(code)
  const start = scratch.area('token start', 8)
  const kinds = kindsOfBytes(code, i.delimiters)
  takeText(code, i.text)
  const ended = a.fresh('ended')
  scan(1)
  a.load(8, R0, R9, at).store(8, R9, start, R0)
  scan(0)
  const slot = code.textTarget(i.to)
  if (slot !== undefined) {
    zero(code, slot)
    a.load(8, R2, R9, at).load(8, R3, R9, start).alu('sub', R2, R3)
    code.forget(R2)
    a.aluImmediate('and', R2, MAXSTRINGLEN - 1).aluImmediate('and', R3, MAXSTRINGLEN - 1)
    code.replace(R2, 'gt', slot.bytes - 1, slot.bytes - 1)
    a.alu('add', R3, R9).aluImmediate('add', R3, text.offset)
    a.mov(R1, R9).aluImmediate('add', R1, slot.offset).call(Helper.probe_read_kernel)
  }
  // The delimiter itself is done with, too.
  readByte()
  a.branchImmediate('eq', R0, 0, ended)
  a.load(8, R1, R9, at).aluImmediate('add', R1, 1).store(8, R9, at, R1).label(ended)

  /** r0 = the byte to read next. */
  function readByte(): void {
    a.load(8, R1, R9, at)
      .aluImmediate('and', R1, MAXSTRINGLEN - 1)
      .alu('add', R1, R9)
    a.load(1, R0, R1, text.offset)
  }

  /** Goes on while bytes are of a kind. */
  function scan(kind: 0 | 1): void {
    kinds(R2)
    eachByte(code, MAXSTRINGLEN, round => {
      readByte()
      // r0 = 1 where it is of this kind, else 0; and then it goes on to be the next.
      a.mov(R1, R2).alu('add', R1, R0).load(1, R0, R1, 0).aluImmediate('xor', R0, kind)
      a.aluImmediate('sub', R0, 1).aluImmediate('rsh', R0, 63)
      a.load(8, R1, R9, at).alu('add', R1, R0).store(8, R9, at, R1).mov(R3, R0)
      round.leaveSoon(() => a.branchImmediate('eq', R3, 0, round.done))
    })
  }
}

/** A text that is not empty is from now on the one to take apart. */
function takeText(code: Code, operand: Operand): void {
  if (operand.kind === 'text' && operand.value === '') return
  const { a } = code
  const { text, at } = tokens(code)
  const from = code.text(operand)
  const same = a.fresh('same')
  if (from.kind === 'scratch') {
    a.load(1, R0, R9, from.offset).branchImmediate('eq', R0, 0, same)
  }
  copyText(code, text, from)
  a.storeImmediate(8, R9, at, 0).label(same)
}

/** A table by byte: 1 for delimiters, 2 for the end, else 0; gives what loads its address. */
function kindsOfBytes(code: Code, delimiters: Operand): (into: Register) => void {
  const { a, scratch } = code
  if (delimiters.kind !== 'reg') {
    const text = delimiters.kind === 'text' ? delimiters.value : ''
    const kinds = Array.from({ length: 256 }, (_, byte) =>
      byte === 0 ? 2 : text.includes(String.fromCharCode(byte)) ? 1 : 0,
    )
    const table = { kind: 'constant', text: bytesText(kinds), bytes: roundUp8(257) } as const
    return into => code.pointer(table, into)
  }
  const offset = scratch.area('delimiters', 256)
  const text = inScratch(code, code.text(delimiters), 'part')
  zero(code, { kind: 'scratch', offset, bytes: 256 })
  a.movImmediate(R2, 1)
  eachByte(code, text.bytes, ({ done }) => {
    a.mov(R1, R9).alu('add', R1, R5).load(1, R0, R1, text.offset)
    a.branchImmediate('eq', R0, 0, done)
    a.mov(R1, R9).alu('add', R1, R0).store(1, R1, offset, R2)
  })
  a.storeImmediate(1, R9, offset, 2)
  return into => code.pointer({ kind: 'scratch', offset, bytes: 256 }, into)
}

import { R0, R1, R2, R3, R4, R5, R9 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Instruction, IrFunction, Operand, Reg } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import { type Capturer, capturerOf, HERE, START, UNSET } from '../text/capturer.ts'
import { type ByteTable, byteTable, littleEndian, tableAddress } from './byte-tables.ts'
import type { Code, TextPlace } from './code.ts'
import { eachByte, inScratch } from './each-byte.ts'
import { patternInKernel } from './errors.ts'
import { copyText, zero } from './strings.ts'

// What the groups of a match hold is kept in the scratch value: how many groups there are, where
// each starts and ends, and a copy of the text. The machine is that of src/text/capturer.ts; its
// cells have 2 bytes each.

type Match = Extract<Instruction, { op: 'match' }>
type Slot = TextPlace & { readonly kind: 'scratch' }

/** More groups than this are refused in the kernel. */
const MOST_GROUPS = 30
/** Each move on the way to a state takes 8 instructions in every round. */
const MOST_MOVES = 16
const CELL_BYTES = 256

interface Kept {
  /** Of a long: groups of the pattern and 1; 0 when it did not match. */
  readonly count: number
  /** Starts and ends, 2 bytes each. */
  readonly places: number
  readonly text: Slot
  readonly cells: number
  /** Behind 2 bytes for nothing: the last place where a match could end. */
  readonly last: number
}

/** Areas of the scratch value, the same wherever one activation asks. */
function kept(code: Code): Kept {
  const { scratch } = code
  const offset = scratch.area('matched text', MAXSTRINGLEN + 8)
  return {
    count: scratch.area('matched groups', 8),
    places: scratch.area('matched places', 4 * (MOST_GROUPS + 2)),
    text: { kind: 'scratch', offset, bytes: MAXSTRINGLEN },
    cells: scratch.area('cells', CELL_BYTES),
    last: scratch.area('last', 8),
  }
}

/** Whether a program reads what groups matched; else nothing need be kept. */
export function readsCaptures(fn: IrFunction): boolean {
  return fn.blocks.some(({ instructions }) =>
    instructions.some(({ op }) => op === 'groups' || op === 'matched'),
  )
}

/** At the start of the activation nothing has matched. */
export function startCaptures(code: Code): void {
  if (readsCaptures(code.fn)) code.a.storeImmediate(8, R9, kept(code).count, 0)
}

export function keepCaptures(code: Code, i: Match): void {
  const capturer = capturerOf(i.pattern)
  const machine = capturer && tablesOf(code, capturer)
  if (capturer === undefined || machine === undefined) {
    code.tables.report(patternInKernel(i.span))
    return
  }
  const { a } = code
  const memory = kept(code)
  const no = a.fresh('no')
  const done = a.fresh('matched')
  const slot = inScratch(code, code.text(i.text), 'subject')
  a.storeImmediate(8, R9, memory.count, 0)
  findEnd(code, machine, slot, memory)
  a.load(2, R0, R9, memory.last + 2).branchImmediate('eq', R0, UNSET, no)
  moveCells(code, machine, slot, memory)
  takePlaces(code, machine, slot, memory)
  a.storeImmediate(8, R9, memory.count, capturer.groups + 1)
  copyText(code, memory.text, slot)
  a.movImmediate(R0, 1).jump(done).label(no).movImmediate(R0, 0).label(done)
  code.put(i.to, R0)
}

interface Machine {
  readonly capturer: Capturer
  /** By byte: number of its entry in a row. */
  readonly classes: ByteTable
  /** Rows of 8 bytes an entry. The first says where the cells of the tags are listed. */
  readonly rows: ByteTable
  /** Moves of cells, and the cells of tags. */
  readonly lists: ByteTable
  readonly moves: number
  readonly start: number
}

const ENTRY = 8
/** In an entry: next row, then its moves, then where the place of a possible end is put. */
const MOVES_AT = 4
const ENDS_AT = 6

function tablesOf(code: Code, capturer: Capturer): Machine | undefined {
  const { states, classCount, classes, groups } = capturer
  const moves = Math.max(1, ...states.flatMap(s => s.next.map(one => one.moves.length)))
  if (groups > MOST_GROUPS || moves > MOST_MOVES || classCount > 250) return undefined
  const row = ENTRY * (classCount + 1)
  const lists = new Lists()
  const noMoves = lists.add(Array.from({ length: 2 * moves }, () => 2 * SPARE_CELL))
  const rows = states.flatMap(({ next, accept, acceptAtEnd }) => {
    const tags = [accept, acceptAtEnd].map(cells => lists.add((cells ?? []).map(cell => 2 * cell)))
    const entries = next.map(({ state, moves: list }, class_) => {
      const pairs = list.flatMap(({ from, to }) => [2 * from, 2 * to])
      const filled = [...pairs, ...lists.bytes.slice(noMoves + pairs.length, noMoves + 2 * moves)]
      const ends = (class_ === 0 ? acceptAtEnd : accept) === undefined ? 0 : 2
      return [
        ...littleEndian(state * row, 4),
        ...littleEndian(lists.add(filled), 2),
        ...littleEndian(ends, 2),
      ]
    })
    return [...tags.flatMap(offset => littleEndian(offset, 2)), 0, 0, 0, 0, ...entries.flat()]
  })
  if (rows.length > MOST_TABLE || lists.bytes.length > 0xffff) return undefined
  return {
    capturer,
    classes: byteTable(
      code.tables,
      classes.map(class_ => class_ + 1),
      8,
    ),
    rows: byteTable(code.tables, rows, 256 * ENTRY + 8),
    lists: byteTable(code.tables, lists.bytes, 2 * MOST_MOVES + 2 * (MOST_GROUPS + 2) + 8),
    moves,
    start: capturer.start * row,
  }
}

const SPARE_CELL = 2
const MOST_TABLE = 1 << 18

/** Lists of bytes, equal ones once. */
class Lists {
  readonly bytes: number[] = []
  readonly #known = new Map<string, number>()

  add(list: readonly number[]): number {
    const key = list.join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const offset = this.bytes.length
    this.bytes.push(...list)
    this.#known.set(key, offset)
    return offset
  }
}

/** Finds the last place where a match may end: UNSET, where there is none. */
function findEnd(code: Code, machine: Machine, slot: Slot, memory: Kept): void {
  const { a } = code
  a.storeImmediate(8, R9, memory.last, -1)
  startMachine(code, machine)
  eachByte(code, slot.bytes, round => {
    findEntry(code, slot)
    a.load(2, R0, R1, ENDS_AT).aluImmediate('and', R0, 2)
    a.mov(R3, R9).alu('add', R3, R0).store(2, R3, memory.last, R5)
    nextRow(code, machine)
    round.leaveSoon(() => a.branchImmediate('eq', R3, 0, round.done))
  })
}

/** r3 = offset of the first row, r2 and r4 = addresses of classes and rows. */
function startMachine(code: Code, machine: Machine): void {
  const { a } = code
  tableAddress(code, machine.classes, R2)
  tableAddress(code, machine.rows, R4)
  a.movImmediate(R3, machine.start)
  code.forget(R3)
  a.aluImmediate('and', R3, machine.rows.mask)
}

/** r1 = address of the entry for the byte at r5 in the row at r3; keeps r2 to r5. */
function findEntry(code: Code, slot: Slot): void {
  const { a } = code
  a.mov(R1, R9).alu('add', R1, R5).load(1, R0, R1, slot.offset)
  a.mov(R1, R2).alu('add', R1, R0).load(1, R0, R1, 0).aluImmediate('lsh', R0, 3)
  a.mov(R1, R4).alu('add', R1, R3).alu('add', R1, R0)
}

function nextRow(code: Code, machine: Machine): void {
  code.a.load(4, R3, R1, 0).aluImmediate('and', R3, machine.rows.mask)
}

/** Runs the machine up to the end of the match, and moves the cells. */
function moveCells(code: Code, machine: Machine, slot: Slot, memory: Kept): void {
  const { a } = code
  const { cells } = memory
  for (let at = 0; at < 2 * machine.capturer.cells; at += 8) {
    a.storeImmediate(8, R9, cells + at, -1)
  }
  a.storeImmediate(2, R9, cells + 2 * START, 0)
  startMachine(code, machine)
  eachByte(code, slot.bytes, round => {
    findEntry(code, slot)
    // r2 = -1 before the end of the match, 0 from there on: then nothing changes any more.
    a.load(2, R0, R9, memory.last + 2)
      .mov(R2, R5)
      .alu('sub', R2, R0)
    a.aluImmediate('arsh', R2, 63).mov(R0, R3)
    nextRow(code, machine)
    a.alu('xor', R3, R0).alu('and', R3, R2).alu('xor', R3, R0)
    a.aluImmediate('and', R3, machine.rows.mask)
    a.load(2, R0, R1, MOVES_AT).alu('and', R0, R2)
    a.aluImmediate('and', R0, machine.lists.mask)
    tableAddress(code, machine.lists, R1)
    a.alu('add', R1, R0)
    a.mov(R0, R5)
      .aluImmediate('add', R0, 1)
      .store(2, R9, cells + 2 * HERE, R0)
    for (let n = 0; n < machine.moves; n++) moveCell(code, cells, 2 * n)
    tableAddress(code, machine.classes, R2)
    round.leaveSoon(() => {
      a.load(2, R0, R9, memory.last + 2).branch('le', R0, R5, round.done)
    })
  })
}

/** The move whose cells stand at r1 and an offset; uses r0 and r2. */
function moveCell(code: Code, cells: number, at: number): void {
  const { a } = code
  a.load(1, R0, R1, at).mov(R2, R9).alu('add', R2, R0).load(2, R0, R2, cells)
  const saved = code.scratch.area('cell', 8)
  a.store(2, R9, saved, R0)
  a.load(1, R0, R1, at + 1)
    .mov(R2, R9)
    .alu('add', R2, R0)
  a.load(2, R0, R9, saved).store(2, R2, cells, R0)
}

/** Writes starts and ends from the cells of the state at r3. */
function takePlaces(code: Code, machine: Machine, slot: Slot, memory: Kept): void {
  const { a } = code
  const atEnd = a.fresh('end')
  const found = a.fresh('tags')
  const { cells, places, last } = memory
  a.mov(R1, R4).alu('add', R1, R3)
  a.load(2, R5, R9, last + 2).store(2, R9, cells + 2 * HERE, R5)
  a.aluImmediate('and', R5, MAXSTRINGLEN - 1)
  a.mov(R2, R9).alu('add', R2, R5).load(1, R0, R2, slot.offset)
  a.branchImmediate('eq', R0, 0, atEnd).load(2, R0, R1, 0).jump(found)
  a.label(atEnd).load(2, R0, R1, 2).label(found)
  a.aluImmediate('and', R0, machine.lists.mask)
  tableAddress(code, machine.lists, R1)
  a.alu('add', R1, R0)
  for (let tag = 0; tag < 2 * (machine.capturer.groups + 1); tag++) {
    a.load(1, R0, R1, tag).mov(R2, R9).alu('add', R2, R0).load(2, R0, R2, cells)
    a.store(2, R9, places + 2 * tag, R0)
  }
}

export function selectGroups(code: Code, to: Reg): void {
  code.a.load(8, R0, R9, kept(code).count).aluImmediate('sub', R0, 1)
  code.put(to, R0)
}

/** Copies what a group holds: "" for one that there is not. */
export function selectMatched(code: Code, to: Reg, index: Operand): void {
  const slot = code.textTarget(to)
  if (slot === undefined) return
  const { a } = code
  const done = a.fresh('group')
  const { count, places, text } = kept(code)
  zero(code, slot)
  code.read(index, R3)
  code.forget(R3)
  a.branchImmediate('gt', R3, MOST_GROUPS, done)
  a.load(8, R0, R9, count).branch('ge', R3, R0, done)
  a.aluImmediate('lsh', R3, 2).mov(R1, R9).alu('add', R1, R3)
  a.load(2, R3, R1, places).load(2, R2, R1, places + 2)
  a.branchImmediate('eq', R3, UNSET, done).branchImmediate('eq', R2, UNSET, done)
  a.alu('sub', R2, R3)
  code.forget(R2)
  a.aluImmediate('and', R2, MAXSTRINGLEN - 1).aluImmediate('and', R3, MAXSTRINGLEN - 1)
  code.replace(R2, 'gt', slot.bytes - 1, slot.bytes - 1)
  a.mov(R1, R9).alu('add', R1, R3).aluImmediate('add', R1, text.offset).mov(R3, R1)
  a.mov(R1, R9).aluImmediate('add', R1, slot.offset)
  a.call(Helper.probe_read_kernel).label(done)
}

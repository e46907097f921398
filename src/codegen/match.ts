import { R0, R1, R2, R3, R4, R5, R9 } from '../bpf/assembler.ts'
import type { Instruction } from '../ir/ir.ts'
import { ACCEPTED, type Matcher, matcherOf } from '../text/matcher.ts'
import { byteTable, littleEndian, tableAddress } from './byte-tables.ts'
import { keepCaptures, readsCaptures } from './captures.ts'
import type { Code, TextPlace } from './code.ts'
import { eachByte, inScratch } from './each-byte.ts'
import { patternInKernel } from './errors.ts'

type Match = Extract<Instruction, { op: 'match' }>

/** `=~`: runs the machine of the pattern over the text. */
export function selectMatch(code: Code, i: Match): void {
  if (i.captures && readsCaptures(code.fn)) {
    keepCaptures(code, i)
    return
  }
  const matcher = matcherOf(i.pattern)
  if (matcher === undefined || !fits(matcher)) {
    code.tables.report(patternInKernel(i.span))
    return
  }
  runMatcher(code, code.text(i.text), matcher, { exact: false })
  isAccepted(code, matcher)
  code.put(i.to, R0)
}

/** r0 = 1 where the row at r3 is that of the accepting state, else 0. Without a branch. */
function isAccepted(code: Code, matcher: Matcher): void {
  const { a } = code
  a.mov(R0, R3).aluImmediate('xor', R0, rowBytes(matcher) * ACCEPTED)
  a.aluImmediate('sub', R0, 1).aluImmediate('rsh', R0, 63)
}

/** Rows have an entry of 2 bytes for each class. */
function rowBytes({ classCount }: Matcher): number {
  return 2 * classCount
}

/** Offsets of rows have 16 bits, those in a row 8. */
function fits(matcher: Matcher): boolean {
  return rowBytes(matcher) <= 256 && 2 * matcher.table.length <= 65536
}

/** r3 = offset of the row of the final state; `exact`: r5 = index of the byte that led there. */
export function runMatcher(
  code: Code,
  text: TextPlace,
  matcher: Matcher,
  { exact }: { readonly exact: boolean },
): void {
  const { a, tables } = code
  const row = rowBytes(matcher)
  const classes = byteTable(
    tables,
    matcher.classes.map(class_ => 2 * class_),
    8,
  )
  const entries = matcher.table.flatMap(state => littleEndian((state * row) & 0xffff, 2))
  const table = byteTable(tables, entries, 256 + 8)
  const slot = inScratch(code, text, 'subject')
  tableAddress(code, classes, R2)
  tableAddress(code, table, R4)
  a.movImmediate(R3, matcher.start * row)
  code.forget(R3)
  a.aluImmediate('and', R3, table.mask)
  // Where the start decides already, no byte changes it: the final states lead to themselves.
  eachByte(code, slot.bytes, round => {
    a.mov(R1, R9).alu('add', R1, R5).load(1, R0, R1, slot.offset)
    a.mov(R1, R2).alu('add', R1, R0).load(1, R0, R1, 0)
    a.mov(R1, R4).alu('add', R1, R3).alu('add', R1, R0).load(2, R3, R1, 0)
    a.aluImmediate('and', R3, table.mask)
    const leave = (): unknown => a.branchImmediate('le', R3, row, round.done)
    if (exact) leave()
    else round.leaveSoon(leave)
  })
}

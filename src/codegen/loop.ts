import { type Label, R0, R9, R10 } from '../bpf/assembler.ts'
import { liveAtStart } from '../ir/graph.ts'
import type { BlockId, Operand, Reg } from '../ir/ir.ts'
import type { Code } from './code.ts'
import { loopDepths } from './registers.ts'

// Rounds of a loop, and of those inside it, are counted together, and too many are an error. To
// the verifier the end comes from may_goto (6.9); without it from that count, and it walks through
// every round.

/** Where a loop's rounds start: behind what is done once. */
export function roundLabel(header: BlockId): Label {
  return `round${header}`
}

/**
 * The start of a loop: what is done once, then where its rounds start. There the verifier is made
 * to forget what it knows of the script's values, so that the second round looks like the first,
 * and all ways into the loop alike.
 */
export function openLoop(code: Code, header: BlockId): void {
  const { a, loopSlot, rounds } = code
  const outermost = loopDepths(code.fn.blocks)[header] === 1
  if (rounds !== undefined) {
    if (outermost) a.storeImmediate(8, R9, rounds.count, 0)
    a.label(roundLabel(header))
  }
  if (loopSlot === undefined) return
  if (outermost) a.storeImmediate(8, R10, loopSlot, 0)
  a.label(roundLabel(header))
  for (const reg of liveLongs(code, header)) {
    const home = code.home(reg)
    if (home?.kind === 'register') code.blur(home.register)
    else if (home?.kind === 'stack') {
      a.load(8, R0, R10, home.offset)
      code.blur(R0)
      a.store(8, R10, home.offset, R0)
    }
  }
}

/** Longs that are still read. */
function liveLongs(code: Code, header: BlockId): Reg[] {
  const { blocks, registers } = code.fn
  const live = liveAtStart(blocks)[header] ?? []
  return [...live].filter(reg => registers[reg]?.type === 'long')
}

/** The end of a round, before the jump back. */
export function closeRound(code: Code, header: BlockId): void {
  const { a, loopSlot, maxRounds, rounds } = code
  if (loopSlot === undefined && rounds === undefined) return
  const span = code.fn.blocks[header]?.loop ?? code.span
  // An endless loop is no error for a `catch`, as SystemTap has it.
  const mayGoto = code.tables.facts.has('may-goto')
  const value: Operand = { kind: 'number', value: BigInt(mayGoto ? 0 : maxRounds) }
  const exhausted = code.fail({ kind: 'maxAction', span, site: undefined, value })
  const count =
    rounds === undefined ? { base: R10, offset: loopSlot ?? 0 } : { base: R9, offset: rounds.count }
  a.load(8, R0, count.base, count.offset).aluImmediate('add', R0, 1)
  if (mayGoto) code.blur(R0)
  a.store(8, count.base, count.offset, R0)
  a.branchImmediate('gt', R0, maxRounds, exhausted)
  if (mayGoto) a.mayGoto(exhausted)
}

import { R0, R1, R9, R10 } from '../bpf/assembler.ts'
import { Control } from '../image.ts'
import { liveAtStart } from '../ir/graph.ts'
import { definitions } from '../ir/instruction.ts'
import type { BlockId, Reg } from '../ir/ir.ts'
import type { Code } from './code.ts'

// Rounds of all loops of an activation are counted together, and too many are an error. To the
// verifier the end comes from may_goto (6.9); without it from that count, and it walks through
// every round.

/**
 * The start of a loop: makes the verifier forget what it knows of the values that change in it, so
 * that the second round looks like the first. It cannot know that `Control.zero` is 0.
 */
export function openLoop(code: Code, header: BlockId, last: BlockId): void {
  const { a } = code
  const carried = carriedLongs(code, header, last)
  const mayGoto = code.tables.facts.has('may-goto')
  if (carried.length === 0 && !mayGoto) return
  code.control(R1, Control.zero)
  a.load(8, R1, R1, 0)
  for (const reg of carried) {
    const home = code.home(reg)
    if (home === undefined) continue
    if (home.kind === 'register') a.alu('or', home.register, R1)
    else forgetAt(code, home.kind === 'stack' ? R10 : R9, home.offset)
  }
  if (mayGoto && code.loopSlot !== undefined) forgetAt(code, R10, code.loopSlot)
}

function forgetAt(code: Code, base: number, offset: number): void {
  code.a.load(8, R0, base, offset).alu('or', R0, R1).store(8, base, offset, R0)
}

/** Longs that live from one round to the next and change. */
function carriedLongs(code: Code, header: BlockId, last: BlockId): Reg[] {
  const { blocks, registers } = code.fn
  const changed = new Set<Reg>()
  for (const { instructions } of blocks.slice(header, last + 1)) {
    for (const i of instructions) for (const reg of definitions(i)) changed.add(reg)
  }
  const live = liveAtStart(blocks)[header] ?? []
  return [...live].filter(reg => changed.has(reg) && registers[reg]?.type === 'long')
}

/** The end of a round, before the jump back. */
export function closeRound(code: Code, header: BlockId): void {
  const { a, loopSlot, maxRounds } = code
  if (loopSlot === undefined) return
  const span = code.fn.blocks[header]?.loop ?? code.span
  // An endless loop is no error for a `catch`, as SystemTap has it.
  const exhausted = code.fail({ kind: 'maxAction', span, handler: undefined })
  a.load(8, R0, R10, loopSlot).aluImmediate('add', R0, 1).store(8, R10, loopSlot, R0)
  a.branchImmediate('gt', R0, maxRounds, exhausted)
  if (code.tables.facts.has('may-goto')) a.mayGoto(exhausted)
}

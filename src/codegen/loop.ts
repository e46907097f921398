import { type Label, R0, R1, R9, R10 } from '../bpf/assembler.ts'
import { Control } from '../image.ts'
import { liveAtStart } from '../ir/graph.ts'
import type { BlockId, Reg } from '../ir/ir.ts'
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
 * The start of a loop: makes the verifier forget what it knows of the script's values, so that the
 * second round looks like the first, and all ways into the loop alike. It cannot know that `Control.zero` is 0.
 */
export function openLoop(code: Code, header: BlockId): void {
  const { a } = code
  const isOutermost = loopDepths(code.fn.blocks)[header] === 1
  if (isOutermost && code.loopSlot !== undefined) a.storeImmediate(8, R10, code.loopSlot, 0)
  a.label(roundLabel(header))
  const live = liveLongs(code, header)
  const mayGoto = code.tables.facts.has('may-goto')
  if (live.length === 0 && !mayGoto) return
  code.control(R1, Control.zero)
  a.load(8, R1, R1, 0)
  for (const reg of live) {
    const home = code.home(reg)
    if (home === undefined) continue
    if (home.kind === 'register') a.alu('xor', home.register, R1)
    else forgetAt(code, home.kind === 'stack' ? R10 : R9, home.offset)
  }
  if (mayGoto && code.loopSlot !== undefined) forgetAt(code, R10, code.loopSlot)
}

function forgetAt(code: Code, base: number, offset: number): void {
  code.a.load(8, R0, base, offset).alu('xor', R0, R1).store(8, base, offset, R0)
}

/**
 * Longs that are still read: those that change in the loop, and those of which the verifier knows
 * different things on different ways into it.
 */
function liveLongs(code: Code, header: BlockId): Reg[] {
  const { blocks, registers } = code.fn
  const live = liveAtStart(blocks)[header] ?? []
  return [...live].filter(reg => registers[reg]?.type === 'long')
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

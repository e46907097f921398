import { type Label, R0, R5, R9 } from '../bpf/assembler.ts'
import type { Code, TextPlace } from './code.ts'
import { copyText } from './strings.ts'

/** Without may_goto, a test whether to leave early stands in every so many rounds. */
const ROUNDS_A_TEST = 8

export interface Round {
  /** Behind the loop: there r5 still holds the offset. */
  readonly done: Label
  /**
   * Leaves where `leave` jumps to `done`; not in every round, so that rounds that could have been
   * left out must do no harm. May use r0.
   */
  leaveSoon(leave: () => void): void
}

/**
 * A loop over offsets in a string, from 0 to below `bytes`; r5 holds the offset. A round may use r0
 * to r4, and call no helper.
 *
 * Without may_goto the verifier walks through every round. So a round should have no branches but
 * those that leave: where ways part and meet again, it would walk from each round through all that
 * follow.
 */
export function eachByte(code: Code, bytes: number, round: (round: Round) => void): void {
  const { a } = code
  const again = a.fresh('byte')
  const done = a.fresh('bytes')
  const mayGoto = code.tables.facts.has('may-goto')
  const start = a.position
  let seldom = false
  const leaveSoon = (leave: () => void): void => {
    if (mayGoto) {
      leave()
      return
    }
    // The offset is known to the verifier: this branch does not part its way.
    seldom = true
    const notNow = a.fresh('go')
    a.mov(R0, R5).aluImmediate('and', R0, ROUNDS_A_TEST - 1)
    a.branchImmediate('ne', R0, ROUNDS_A_TEST - 1, notNow)
    leave()
    a.label(notNow)
  }
  if (mayGoto) {
    const counter = code.scratch.area('byte', 8)
    a.storeImmediate(8, R9, counter, 0).label(again)
    a.load(8, R5, R9, counter).branchImmediate('ge', R5, bytes, done)
    round({ done, leaveSoon })
    a.load(8, R5, R9, counter).aluImmediate('add', R5, 1).store(8, R9, counter, R5)
    a.mayGoto(done).jump(again)
  } else {
    a.movImmediate(R5, 0).label(again)
    round({ done, leaveSoon })
    a.aluImmediate('add', R5, 1).branchImmediate('lt', R5, bytes, again)
  }
  a.label(done)
  const instructions = (a.position - start) * bytes
  const branches = seldom ? bytes / ROUNDS_A_TEST : bytes
  code.byteLoops.push({ start, instructions, branches })
}

/** The string itself, or a copy of a constant where a program can read it by an offset. */
export function inScratch(
  code: Code,
  text: TextPlace,
  area: string,
): TextPlace & { readonly kind: 'scratch' } {
  if (text.kind === 'scratch') return text
  const { bytes } = text
  const slot = { kind: 'scratch', offset: code.scratch.area(area, bytes), bytes } as const
  copyText(code, slot, text)
  return slot
}

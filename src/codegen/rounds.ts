import { type Label, R0, R1, R2, R3, R4, R6, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { liveAtStart } from '../ir/graph.ts'
import type { BlockId, IrFunction, Reg } from '../ir/ir.ts'
import type { Facts } from '../kernel/facts.ts'
import { blockLabel, type Code, type Rounds, type Scratch } from './code.ts'
import { closeRound, roundLabel } from './loop.ts'
import { loops } from './registers.ts'
import { Frame } from './stack.ts'

// Kernels from 5.17 on, and before may_goto came with 6.9, have bpf_loop: it calls a function of
// ours again and again. The whole handler becomes that function. Where a loop would jump back, it
// says where to go on and returns, and the next call starts there. So the verifier sees no loop.

/** What the function is called with: the scratch value, the program's context, the point. */
const SCRATCH = 0
const CONTEXT = 8
const POINT = 16
const SHARED_BYTES = 24

/** Of the 512 bytes of stack, the program itself takes 64 and what walks over an array 32. */
export const CALLED_FRAME_LIMIT: number = Frame.limit - 64

const FUNCTION: Label = 'rounds'
const AGAIN: Label = 'next round'

/** Whether the rounds of loops are best called by bpf_loop. */
export function callsRounds(facts: Facts): boolean {
  return !facts.has('may-goto') && facts.has('loop') && facts.has('func-info')
}

export function planRounds(frame: Frame, scratch: Scratch): Rounds {
  return { context: frame.take(SHARED_BYTES), next: scratch.take(8), count: scratch.take(8) }
}

/** What one call leaves to the next: registers and the stack do not outlive it. */
export function liveAcrossRounds(fn: IrFunction): ReadonlySet<Reg> {
  const live = liveAtStart(fn.blocks)
  return new Set([...loops(fn.blocks).keys()].flatMap(header => [...(live[header] ?? [])]))
}

/** In the program: calls the function until it says that it is done. */
export function callRounds(code: Code, rounds: Rounds): void {
  const { a } = code
  const { context, next } = rounds
  a.store(8, R10, context + SCRATCH, R9).store(8, R10, context + CONTEXT, R6)
  if (code.pointSlot !== undefined) {
    a.load(8, R0, R10, code.pointSlot).store(8, R10, context + POINT, R0)
  }
  a.storeImmediate(8, R9, next, 0)
  a.movImmediate(R1, mostRounds(code)).loadFunction(R2, FUNCTION)
  a.mov(R3, R10).aluImmediate('add', R3, context).movImmediate(R4, 0).call(Helper.loop)
}

/** The kernel makes so many calls, and none at all where more are asked for (BPF_MAX_LOOPS). */
const MAX_CALLS = 1 << 23

/** Rounds of loops that follow each other are counted each from 0: there are as many as loops. */
function mostRounds(code: Code): number {
  return Math.min(MAX_CALLS, (code.maxRounds + 2) * (loops(code.fn.blocks).size + 1))
}

/**
 * The start of the function: goes on where the call before it left. The last call, behind which
 * the handler would end in the middle, is an error.
 */
export function openRounds(code: Code, rounds: Rounds): void {
  const { a } = code
  code.callbacks.unshift({ label: FUNCTION, parameters: 2, write: () => undefined })
  a.label(FUNCTION).load(8, R9, R2, SCRATCH).load(8, R6, R2, CONTEXT)
  if (code.pointSlot !== undefined) {
    a.load(8, R0, R2, POINT).store(8, R10, code.pointSlot, R0)
  }
  const exhausted = code.fail({ kind: 'maxAction', span: code.span, site: undefined })
  a.branchImmediate('eq', R1, mostRounds(code) - 1, exhausted)
  a.load(8, R0, R9, rounds.next)
  for (const header of loops(code.fn.blocks).keys()) {
    a.branchImmediate('eq', R0, header + 1, roundLabel(header))
  }
}

/** Goes from one block to another: where that is back, over the check of the loop. */
export function leaveTo(code: Code, from: BlockId, to: BlockId): void {
  if (to <= from) {
    closeRound(code, to)
    nextRound(code, to)
  } else {
    code.a.jump(blockLabel(to))
  }
}

/** Instead of a jump back. */
function nextRound(code: Code, header: BlockId): void {
  const { a, rounds } = code
  if (rounds === undefined) a.jump(roundLabel(header))
  else a.storeImmediate(8, R9, rounds.next, header + 1).jump(AGAIN)
}

/** The end of the function. */
export function closeRounds({ a }: Code): void {
  a.movImmediate(R0, 1).exit().label(AGAIN).movImmediate(R0, 0).exit()
}

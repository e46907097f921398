import { type Label, R0, R9 } from '../bpf/assembler.ts'
import type { IrFunction, Operand } from '../ir/ir.ts'
import type { Code } from './code.ts'

// What a program on a netfilter hook returns. The verdict is in the scratch value, which rounds of
// loops that are functions of their own share.

/** `leave` stands before the end of a program that has taken nothing. */
export function writeVerdict(code: Code, leave: Label): void {
  const { a, access } = code
  if (!givesVerdict(code.fn)) {
    a.storeImmediate(8, R9, 0, 0)
    a.label(leave).movImmediate(R0, access.returns).exit()
    return
  }
  const drop = a.fresh('drop')
  a.load(8, R0, R9, slot(code)).storeImmediate(8, R9, 0, 0).branchImmediate('eq', R0, 0, drop)
  a.label(leave).movImmediate(R0, access.returns).label(drop).exit()
}

/** Once the scratch value is taken: what counts where the script says nothing. */
export function startVerdict(code: Code): void {
  if (givesVerdict(code.fn)) code.a.storeImmediate(8, R9, slot(code), code.access.returns)
}

export function selectVerdict(code: Code, value: Operand): void {
  code.a.store(8, R9, slot(code), code.use(value, R0))
}

function slot(code: Code): number {
  return code.scratch.area('verdict', 8)
}

function givesVerdict(fn: IrFunction): boolean {
  return fn.blocks.some(block => block.instructions.some(i => i.op === 'verdict'))
}

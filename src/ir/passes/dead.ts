import { arrange } from '../graph.ts'
import { definitions, endOperand, isRemovable, usedRegisters } from '../instruction.ts'
import type { Instruction, IrFunction, Reg } from '../ir.ts'

/**
 * Removes instructions whose results are never read, and what only they needed. What can fail
 * stays: its failure is an effect. Unless it writes one of `moved`, whose work is done elsewhere.
 */
export function removeDead(fn: IrFunction, moved: ReadonlySet<Reg> = new Set()): IrFunction {
  const needed = neededRegisters(fn, isDroppable)
  const isKept = (i: Instruction): boolean =>
    !isDroppable(i) || definitions(i).some(reg => needed.has(reg))
  const blocks = fn.blocks.map(block => ({
    ...block,
    instructions: block.instructions.filter(isKept),
  }))
  return { ...fn, blocks: arrange(blocks) }

  function isDroppable(i: Instruction): boolean {
    return isRemovable(i) || definitions(i).some(reg => moved.has(reg))
  }
}

/**
 * Registers that something must read: a branch, a result, or an instruction that has to stay; and
 * all that these are made from.
 */
export function neededRegisters(fn: IrFunction, isOptional: (i: Instruction) => boolean): Set<Reg> {
  const makers = new Map<Reg, Instruction[]>()
  const needed = new Set<Reg>()
  const work: Reg[] = []
  const need = (reg: Reg): void => {
    if (!needed.has(reg)) work.push(reg)
    needed.add(reg)
  }
  for (const block of fn.blocks) {
    const last = endOperand(block.end)
    if (last?.kind === 'reg') need(last.reg)
    for (const i of block.instructions) {
      if (!isOptional(i)) usedRegisters(i).forEach(need)
      else for (const reg of definitions(i)) makers.set(reg, [...(makers.get(reg) ?? []), i])
    }
  }
  for (let reg = work.pop(); reg !== undefined; reg = work.pop()) {
    for (const i of makers.get(reg) ?? []) usedRegisters(i).forEach(need)
  }
  return needed
}

import type { Instruction, IrFunction } from '../ir.ts'

// Slots of iterations, which are unique in a function: where functions are put into one, those of
// each are moved behind the others'.

export function countIterations({ blocks }: IrFunction): number {
  const slots = blocks.flatMap(block =>
    block.instructions.map(i => (i.op === 'iterate' ? i.iteration + 1 : 0)),
  )
  return slots.reduce((a, b) => Math.max(a, b), 0)
}

export function moveIteration(i: Instruction, by: number): Instruction {
  if (i.op !== 'iterate' && i.op !== 'iterate-next') return i
  return { ...i, iteration: i.iteration + by }
}

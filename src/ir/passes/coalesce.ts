import {
  definitionCounts,
  definitions,
  mapDefinitions,
  mayFail,
  useCounts,
  usedRegisters,
} from '../instruction.ts'
import type { Instruction, IrBlock, IrFunction, Reg } from '../ir.ts'

/** Writes a value straight into the register that it is only made to be copied to. */
export function coalesce(fn: IrFunction): IrFunction {
  const written = definitionCounts(fn)
  const read = useCounts(fn)
  const blocks = fn.blocks.map(block => {
    const instructions = [...block.instructions]
    instructions.forEach((copy, at) => {
      if (copy.op !== 'copy' || copy.from.kind !== 'reg') return
      const { reg } = copy.from
      if (written[reg] !== 1 || read[reg] !== 1) return
      const maker = instructions.findLastIndex((i, n) => n < at && definitions(i).includes(reg))
      const made = instructions[maker]
      if (made === undefined || !canWrite(fn, block, copy.to, instructions.slice(maker, at))) return
      instructions[maker] = mapDefinitions(made, () => copy.to)
      // A copy to itself, which the removal of dead code takes out; indices stay as they are.
      instructions[at] = { op: 'copy', to: copy.to, from: { kind: 'reg', reg: copy.to } }
    })
    return { ...block, instructions: instructions.filter(i => !isIdle(i)) }
  })
  return { ...fn, blocks }
}

function isIdle(i: Instruction): boolean {
  return i.op === 'copy' && i.from.kind === 'reg' && i.from.reg === i.to
}

/** Whether `to` may be written by the first of these, and not only after the last. */
function canWrite(
  fn: IrFunction,
  block: IrBlock,
  to: Reg,
  [maker, ...between]: readonly Instruction[],
): boolean {
  if (maker === undefined || maker.op === 'iterate-next') return false
  if (between.some(i => usedRegisters(i).includes(to) || definitions(i).includes(to))) return false
  if (block.handler !== undefined && between.some(mayFail)) return false
  if (fn.registers[to]?.type === 'long') return true
  // A string is made in its place: what it is made from, or a failure, must still find the old one.
  return !usedRegisters(maker).includes(to) && !(block.handler !== undefined && mayFail(maker))
}

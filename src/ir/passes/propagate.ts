import { Order, type Place } from '../graph.ts'
import { definitionCounts, definitions, emptyValue, mapEnd, mapOperands } from '../instruction.ts'
import type { BlockId, IrBlock, IrFunction, Operand, Reg } from '../ir.ts'

/**
 * Reads the source of a copy instead of the copy. Registers that are never written become the
 * constant that they hold.
 */
export function propagate(fn: IrFunction): IrFunction {
  const known = new Copies(fn)
  const blocks = fn.blocks.map((block, id) => propagateBlock(fn, block, id, known))
  return { ...fn, blocks }
}

/** Copies between registers that are written once. */
class Copies {
  readonly #order: Order
  readonly #places: Map<Reg, Place> = new Map()
  readonly #sources: Map<Reg, Operand> = new Map()
  readonly #fn: IrFunction
  readonly #counts: readonly number[]

  constructor(fn: IrFunction) {
    this.#fn = fn
    this.#order = new Order(fn.blocks)
    this.#counts = definitionCounts(fn)
    for (const reg of fn.parameters) this.#places.set(reg, { block: 0, at: -1 })
    fn.blocks.forEach((block, id) => {
      block.instructions.forEach((i, at) => {
        for (const reg of definitions(i)) {
          if (this.#counts[reg] === 1) this.#places.set(reg, { block: id, at })
        }
        if (i.op === 'copy' && this.#counts[i.to] === 1) this.#sources.set(i.to, i.from)
      })
    })
  }

  /** What can be read here instead of this. */
  resolve(operand: Operand, here: Place): Operand {
    if (operand.kind !== 'reg') return operand
    const { reg } = operand
    if (this.#counts[reg] === 0) return emptyValue(this.#fn.registers[reg]?.type ?? 'long')
    const from = this.#sources.get(reg)
    const place = this.#places.get(reg)
    if (from === undefined || place === undefined || !this.#order.isBefore(place, here))
      return operand
    if (from.kind === 'reg' && !this.#isStable(from.reg, place)) return operand
    return this.resolve(from, place)
  }

  /** Written once, and before this place: it cannot have changed since. */
  #isStable(reg: Reg, place: Place): boolean {
    if (this.#counts[reg] === 0) return true
    const written = this.#places.get(reg)
    return this.#counts[reg] === 1 && written !== undefined && this.#order.isBefore(written, place)
  }
}

function propagateBlock(fn: IrFunction, block: IrBlock, id: BlockId, known: Copies): IrBlock {
  // What registers hold at this point of the block, whatever they held before it.
  const here = new Map<Reg, Operand>()
  const read = (at: number) => (operand: Operand) => {
    const resolved = known.resolve(operand, { block: id, at })
    return resolved.kind === 'reg' ? (here.get(resolved.reg) ?? resolved) : resolved
  }
  const instructions = block.instructions.map((i, at) => {
    const mapped = mapOperands(i, read(at))
    for (const reg of definitions(mapped)) forget(here, reg)
    if (mapped.op === 'copy' && isLight(fn, mapped.to, mapped.from))
      here.set(mapped.to, mapped.from)
    return mapped
  })
  return { ...block, instructions, end: mapEnd(block.end, read(block.instructions.length)) }
}

/** A string is left where it was copied to: keeping its source alive as well costs a buffer. */
function isLight(fn: IrFunction, to: Reg, from: Operand): boolean {
  if (from.kind === 'reg' && from.reg === to) return false
  return from.kind !== 'reg' || fn.registers[to]?.type === 'long'
}

function forget(here: Map<Reg, Operand>, written: Reg): void {
  here.delete(written)
  for (const [reg, from] of here) {
    if (from.kind === 'reg' && from.reg === written) here.delete(reg)
  }
}

import { Order, type Place, predecessors } from '../graph.ts'
import { definitionCounts, definitions, register } from '../instruction.ts'
import type {
  BlockId,
  Instruction,
  IrBlock,
  IrFunction,
  IrProgram,
  Operand,
  Reg,
  Register,
} from '../ir.ts'
import { histogramOf } from '../statistic.ts'
import { neededRegisters, removeDead } from './dead.ts'
import { type Definition, Description, type DescriptionContext, isDeferrable } from './describe.ts'

/**
 * Turns each `print` of the handlers that run in the kernel into `emit`. What only reaches output
 * is not computed there: the emit carries the leaves it is made from and says how.
 */
export function defer(program: IrProgram): IrProgram {
  const handlers = program.handlers.map(handler =>
    handler.side === 'kernel' ? { ...handler, function: deferPrints(handler.function) } : handler,
  )
  return { ...program, handlers }
}

export function deferPrints(fn: IrFunction): IrFunction {
  // Strings found to be needed in the kernel after all make what they are made from needed too.
  for (let kept: ReadonlySet<Reg> = new Set(); ; ) {
    const round = new Deferral(fn, kept)
    const result = round.run()
    const all = new Set([...kept, ...round.kept])
    if (all.size === kept.size) return removeDead(result, round.moved)
    kept = all
  }
}

/** One attempt, in which the strings of `keep` are known to stay in the kernel. */
class Deferral implements DescriptionContext {
  readonly kept: Set<Reg> = new Set()
  readonly moved: Set<Reg> = new Set()
  readonly fn: IrFunction
  readonly single: ReadonlyMap<Reg, Definition>
  readonly needed: ReadonlySet<Reg>
  readonly order: Order
  readonly before: readonly BlockId[][]
  readonly #registers: Register[]
  /** Copies to put in front of an instruction, by its place. */
  readonly #snapshots: Map<string, { readonly of: Reg; readonly to: Reg }[]> = new Map()

  constructor(fn: IrFunction, keep: ReadonlySet<Reg>) {
    this.fn = fn
    this.#registers = [...fn.registers]
    this.single = singleDefinitions(fn)
    this.order = new Order(fn.blocks)
    this.before = predecessors(fn.blocks)
    const isOptional = (i: Instruction): boolean =>
      i.op === 'print' ||
      (isDeferrable(fn, i) && definitions(i).every(reg => this.single.has(reg) && !keep.has(reg)))
    this.needed = new Set([...keep, ...neededRegisters(fn, isOptional)])
  }

  run(): IrFunction {
    const emitted = this.fn.blocks.map((block, id) => ({
      ...block,
      instructions: block.instructions.map((i, at) => {
        if (i.op === 'print') return new Description(this, i, { block: id, at }).emit()
        return i.op === 'print-histogram' ? emitHistogram(i) : i
      }),
    }))
    const blocks = emitted.map((block, id) => this.#addSnapshots(block, id))
    return { ...this.fn, blocks, registers: this.#registers }
  }

  snapshot(place: Place, of: Reg): Operand {
    const here = this.#snapshots.get(placeKey(place)) ?? []
    const known = here.find(s => s.of === of)
    if (known !== undefined) return register(known.to)
    const to = this.#registers.push({ type: 'long' }) - 1
    this.#snapshots.set(placeKey(place), [...here, { of, to }])
    return register(to)
  }

  #addSnapshots(block: IrBlock, id: BlockId): IrBlock {
    const instructions = block.instructions.flatMap((i, at): Instruction[] => {
      const here = this.#snapshots.get(placeKey({ block: id, at })) ?? []
      const copies = here.map(s => ({ op: 'copy', to: s.to, from: register(s.of) }) as const)
      return [...copies, i]
    })
    return { ...block, instructions }
  }
}

/** The buckets go into the record; the reader draws them. */
function emitHistogram(
  i: Extract<Instruction, { op: 'print-histogram' }>,
): Extract<Instruction, { op: 'emit' }> {
  const { global, keys, span } = i
  const shape = histogramOf(global) ?? { kind: 'log' }
  return {
    op: 'emit',
    format: [{ kind: 'conversion', conversion: 's', flag: '' }],
    args: [{ kind: 'histogram', shape, buckets: { kind: 'leaf', index: 0 } }],
    leaves: [{ kind: 'buckets', global, keys, span }],
    span,
  }
}

function placeKey({ block, at }: Place): string {
  return `${block}:${at}`
}

/** Registers that one instruction writes, and no caller. */
function singleDefinitions(fn: IrFunction): Map<Reg, Definition> {
  const counts = definitionCounts(fn)
  const found = new Map<Reg, Definition>()
  fn.blocks.forEach((block, id) => {
    block.instructions.forEach((instruction, at) => {
      for (const reg of definitions(instruction)) {
        if (counts[reg] === 1) found.set(reg, { reg, block: id, at, instruction })
      }
    })
  })
  return found
}

import type { Conversion, Format } from '../../text/format.ts'
import type { Order, Place } from '../graph.ts'
import {
  conversions,
  definitions,
  hasEffect,
  mayFail,
  number,
  sameOperand,
  usedRegisters,
  ZERO,
} from '../instruction.ts'
import type {
  BlockId,
  EmitInstruction,
  Instruction,
  IrFunction,
  Late,
  Leaf,
  Operand,
  Reg,
} from '../ir.ts'
import { foldArguments, lateFormat } from './late.ts'

export interface Definition extends Place {
  readonly reg: Reg
  readonly instruction: Instruction
}

/** What `defer` knows of the function. */
export interface DescriptionContext {
  readonly fn: IrFunction
  /** Registers with one definition. */
  readonly single: ReadonlyMap<Reg, Definition>
  /** What the kernel needs for something else than printing. */
  readonly needed: ReadonlySet<Reg>
  readonly order: Order
  readonly before: readonly BlockId[][]
  /** Collects strings that stay in registers and are read by a print. */
  readonly kept: Set<Reg>
  /** Collects registers that some print works out for itself. */
  readonly moved: Set<Reg>
  /** A register that keeps what `of` holds at this place. */
  snapshot(place: Place, of: Reg): Operand
}

type Print = Extract<Instruction, { op: 'print' }>

/**
 * Finds how one print works out its arguments.
 *
 * A definition is moved to the print only if that makes no difference: it must come before the
 * print on every path, nothing it reads may change in between (longs that do are kept in a copy),
 * and if it can fail, nothing may happen in between that the failure would have prevented.
 */
export class Description {
  readonly #context: DescriptionContext
  readonly #print: Print
  readonly #place: Place
  readonly #leaves: Leaf[] = []

  constructor(context: DescriptionContext, print: Print, place: Place) {
    this.#context = context
    this.#print = print
    this.#place = place
  }

  emit(): EmitInstruction {
    const { format, args, span } = this.#print
    const folded = foldArguments(format, this.#arguments(format, args))
    return { op: 'emit', ...folded, leaves: this.#leaves, span }
  }

  /** Each argument of a format; the operands hold at the print what they should. */
  #arguments(format: Format, args: readonly Operand[]): Late[] {
    const rest = [...args]
    const next = (): Operand => rest.shift() ?? ZERO
    return conversions(format).flatMap(conversion => {
      const width = conversion.width === '*' ? [next()] : []
      const precision = conversion.precision === '*' ? [next()] : []
      const stars = [...width, ...precision].map(star => this.#late(star))
      return [...stars, this.#argument(conversion, precision[0], next())]
    })
  }

  #argument(conversion: Conversion, star: Operand | undefined, value: Operand): Late {
    if (conversion.conversion !== 'm' && conversion.conversion !== 'M') return this.#late(value)
    const { precision, flag } = conversion
    const count = star ?? number(BigInt(typeof precision === 'number' ? precision : 1))
    const { span } = this.#print
    return this.#leaf({ kind: 'bytes', address: value, count, user: flag === '#', span })
  }

  #late(operand: Operand): Late {
    if (operand.kind !== 'reg') return operand
    const { reg } = operand
    const definition = this.#context.single.get(reg)
    const described = definition && this.#describe(definition)
    if (described !== undefined) {
      this.#context.moved.add(reg)
      return described
    }
    if (!this.#isText(reg)) return this.#leaf({ kind: 'long', value: operand })
    this.#context.kept.add(reg)
    return this.#leaf({ kind: 'text', value: operand })
  }

  #isText(reg: Reg): boolean {
    // A register that is not the function's own is a snapshot, and these are longs.
    return this.#context.fn.registers[reg]?.type === 'string'
  }

  /** How to work a register out at the print; undefined when it must stay where it is. */
  #describe(d: Definition): Late | undefined {
    if (!this.#canMove(d)) return undefined
    const changed = this.#changedSince(d)
    const isLost = (reg: Reg): boolean => changed.has(reg) && this.#isText(reg)
    if (usedRegisters(d.instruction).some(isLost)) return undefined
    return this.#expression(d.instruction, operand => {
      if (operand.kind !== 'reg' || !changed.has(operand.reg)) return operand
      return this.#context.snapshot(d, operand.reg)
    })
  }

  #expression(i: Instruction, now: (operand: Operand) => Operand): Late | undefined {
    switch (i.op) {
      case 'copy':
        return this.#late(now(i.from))
      case 'concat':
        return { kind: 'concat', a: this.#late(now(i.a)), b: this.#late(now(i.b)) }
      case 'format':
        return lateFormat(i.format, this.#arguments(i.format, i.args.map(now)))
      case 'pure':
        return { kind: 'pure', name: i.name, args: i.args.map(arg => this.#late(now(arg))) }
      case 'context':
        return this.#leaf({ kind: i.what === 'stack' ? 'stack' : 'comm' })
      case 'load-text': {
        const { limit, otherwise, user, span } = i
        const address = now(i.address)
        const rest = { limit, ...(otherwise && { otherwise }), user, span }
        return this.#leaf({ kind: 'memory', address, ...rest })
      }
      default:
        return undefined
    }
  }

  #canMove(d: Definition): boolean {
    const { instruction: i } = d
    const { fn, needed, order } = this.#context
    if (!isDeferrable(fn, i) || !order.isBefore(d, this.#place)) return false
    // Memory is read once, where the kernel needs it.
    if (i.op === 'load-text' && (needed.has(d.reg) || !this.#holds(i.otherwise))) return false
    // A length is worth moving only if that saves making the string.
    if (!this.#isText(d.reg) && !this.#savesText(d)) return false
    return !mayFail(i) || this.#failsAlike(d)
  }

  /** What stands for a bad address must be in a register, where the record is made. */
  #holds(otherwise: Operand | undefined): boolean {
    if (otherwise?.kind !== 'reg') return true
    this.#context.kept.add(otherwise.reg)
    return this.#context.needed.has(otherwise.reg)
  }

  #savesText(d: Definition): boolean {
    const { needed, single } = this.#context
    if (needed.has(d.reg) || d.instruction.op !== 'pure') return false
    return d.instruction.args.every(arg => {
      if (arg.kind !== 'reg' || !this.#isText(arg.reg)) return true
      const definition = single.get(arg.reg)
      return definition !== undefined && !needed.has(arg.reg) && this.#canMove(definition)
    })
  }

  /** Whether a failure at the print is the same as one at the definition. */
  #failsAlike(d: Definition): boolean {
    const { blocks } = this.#context.fn
    const { block, at } = this.#place
    // No kernel program can make the texts of times: they fail, if at all, when they are printed.
    if (d.instruction.op === 'pure') return blocks[d.block]?.handler === blocks[block]?.handler
    if (d.block !== block) return false
    const between = blocks[block]?.instructions.slice(d.at + 1, at) ?? []
    // Where nobody catches it, it makes no difference which of two bad addresses is reported.
    const isCaught = blocks[block]?.handler !== undefined
    if (isCaught && between.some(i => mayFail(i) || this.#writesVariable(i))) return false
    return !between.some(hasEffect)
  }

  /** Whether a handler of errors could see that it ran. */
  #writesVariable(i: Instruction): boolean {
    return definitions(i).some(reg => this.#context.fn.registers[reg]?.name !== undefined)
  }

  /** Registers written on some path from the definition to the print. */
  #changedSince(d: Definition): Set<Reg> {
    const { fn, before } = this.#context
    const { block, at } = this.#place
    const changed = new Set<Reg>()
    const note = (id: BlockId, from: number, to?: number): void => {
      for (const i of fn.blocks[id]?.instructions.slice(from, to) ?? []) {
        for (const reg of definitions(i)) changed.add(reg)
      }
    }
    if (d.block === block) {
      note(block, d.at + 1, at)
      return changed
    }
    note(block, 0, at)
    const seen = new Set<BlockId>()
    const work = [...(before[block] ?? [])]
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (seen.has(id)) continue
      seen.add(id)
      note(id, id === d.block ? d.at + 1 : 0)
      if (id !== d.block) work.push(...(before[id] ?? []))
    }
    return changed
  }

  #leaf(leaf: Leaf): Late {
    const known = this.#leaves.findIndex(other => sameLeaf(other, leaf))
    return { kind: 'leaf', index: known >= 0 ? known : this.#leaves.push(leaf) - 1 }
  }
}

/** Whether it can be left to the print, if nothing speaks against it there. */
export function isDeferrable(fn: IrFunction, i: Instruction): boolean {
  switch (i.op) {
    case 'copy':
      return fn.registers[i.to]?.type === 'string'
    case 'concat':
    case 'format':
    case 'pure':
    case 'load-text':
      return true
    case 'context':
      return i.what === 'comm' || i.what === 'stack'
    default:
      return false
  }
}

function sameLeaf(a: Leaf, b: Leaf): boolean {
  switch (a.kind) {
    case 'comm':
    case 'stack':
      return a.kind === b.kind
    case 'long':
    case 'text':
      return a.kind === b.kind && sameOperand(a.value, b.value)
    case 'bytes':
      return (
        b.kind === 'bytes' &&
        a.user === b.user &&
        sameOperand(a.address, b.address) &&
        sameOperand(a.count, b.count)
      )
    case 'buckets':
      return false
    case 'memory':
      return (
        b.kind === 'memory' &&
        a.user === b.user &&
        a.limit === b.limit &&
        sameOperand(a.address, b.address) &&
        sameOptional(a.otherwise, b.otherwise)
      )
  }
}

function sameOptional(a: Operand | undefined, b: Operand | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameOperand(a, b)
}

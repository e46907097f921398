import { encode } from './encode.ts'
import {
  type AluOp,
  type AtomicOp,
  type BranchOp,
  type Instruction,
  type Operand,
  type Register,
  type Size,
  slots,
  type Width,
} from './instruction.ts'

export const R0 = 0
export const R1 = 1
export const R2 = 2
export const R3 = 3
export const R4 = 4
export const R5 = 5
export const R6 = 6
export const R7 = 7
export const R8 = 8
export const R9 = 9
/** The frame pointer: the stack is the 512 bytes below. */
export const R10 = 10

/** A name for a place in the code; `fresh` makes ones that are not taken. */
export type Label = string

export interface Assembled {
  readonly bytes: Uint8Array
  /** Instructions that load a map or a byte of its value: their immediate is the map's index. */
  readonly mapReferences: readonly { readonly instruction: number; readonly map: number }[]
  /** Instructions made by `loadPoint`. */
  readonly pointReferences: readonly number[]
  /** Where each label stands that something leads to. */
  readonly labels: ReadonlyMap<Label, number>
  /** First instruction of each place, ascending. */
  readonly lines: readonly { readonly instruction: number; readonly place: number }[]
  /** Where what was written at a position stands, or what follows it if that was left out. */
  moved(position: number): number
}

/** What was assembled cannot be encoded. */
export class AssemblerError extends Error {
  override readonly name = 'AssemblerError'
}

export interface AssemblerOptions {
  /** Where an unconditional jump is too far for 16 bits, use `gotol` (ISA v4, 6.6). */
  readonly longJumps?: boolean
}

/**
 * Writes instructions one after the other, with labels for what is not there yet.
 *
 * A register operand and an immediate one have methods of their own (`mov`, `movImmediate`), since
 * both are numbers. Widths are 64 where not said otherwise.
 */
export class Assembler {
  readonly #longJumps: boolean
  readonly #instructions: { readonly at: number; readonly instruction: Instruction }[] = []
  /** Of some instructions, by index in the list above: the label that they go to. */
  readonly #targets = new Map<number, Label>()
  readonly #labels = new Map<Label, number>()
  readonly #mapReferences: { instruction: number; map: number }[] = []
  readonly #pointReferences: number[] = []
  readonly #lines: { instruction: number; place: number }[] = []
  #size = 0
  #fresh = 0

  constructor(options: AssemblerOptions = {}) {
    this.#longJumps = options.longJumps ?? false
  }

  /** Index of the next instruction. */
  get position(): number {
    return this.#size
  }

  /** A label that no other has: `PREFIX.N`. */
  fresh(prefix: string): Label {
    return `${prefix}.${++this.#fresh}`
  }

  /** The next instruction is what `label` stands for. */
  label(label: Label): this {
    if (this.#labels.has(label)) throw new AssemblerError(`label ${label} is defined twice`)
    this.#labels.set(label, this.#size)
    return this
  }

  /** What follows comes from this place of the source. */
  place(place: number): this {
    const last = this.#lines.at(-1)
    if (last?.place === place) return this
    if (last?.instruction === this.#size) this.#lines.pop()
    if (this.#lines.at(-1)?.place !== place) this.#lines.push({ instruction: this.#size, place })
    return this
  }

  emit(instruction: Instruction): this {
    this.#instructions.push({ at: this.#size, instruction })
    this.#size += slots(instruction)
    return this
  }

  mov(dst: Register, src: Register): this {
    return this.alu('mov', dst, src)
  }

  /** Sign-extends 32 bits; `load64` for more. */
  movImmediate(dst: Register, value: number): this {
    return this.aluImmediate('mov', dst, value)
  }

  /** Copies the low 32 bits, and clears the high ones. */
  mov32(dst: Register, src: Register): this {
    return this.alu('mov', dst, src, 32)
  }

  /** Needs ISA v4 (6.6). */
  movSigned(dst: Register, src: Register, bits: 8 | 16 | 32): this {
    return this.emit({ kind: 'move-signed', width: 64, bits, dst, src })
  }

  alu(op: AluOp, dst: Register, src: Register, width: Width = 64): this {
    return this.emit({ kind: 'alu', op, width, dst, operand: register(src) })
  }

  aluImmediate(op: AluOp, dst: Register, value: number, width: Width = 64): this {
    return this.emit({ kind: 'alu', op, width, dst, operand: immediate(value) })
  }

  negate(dst: Register, width: Width = 64): this {
    return this.emit({ kind: 'negate', width, dst })
  }

  /** `swap` needs ISA v4 (6.6). */
  byteOrder(dst: Register, to: 'be' | 'le' | 'swap', bits: 16 | 32 | 64): this {
    return this.emit({ kind: 'byte-order', to, bits, dst })
  }

  /** dst = *(src + offset), zero-extended. */
  load(size: Size, dst: Register, src: Register, offset: number): this {
    return this.emit({ kind: 'load', size, signed: false, dst, src, offset: short(offset) })
  }

  /** dst = *(src + offset), sign-extended; needs ISA v4 (6.6). */
  loadSigned(size: 1 | 2 | 4, dst: Register, src: Register, offset: number): this {
    return this.emit({ kind: 'load', size, signed: true, dst, src, offset: short(offset) })
  }

  /** *(dst + offset) = src */
  store(size: Size, dst: Register, offset: number, src: Register): this {
    return this.emit({ kind: 'store', size, dst, offset: short(offset), operand: register(src) })
  }

  /** *(dst + offset) = value, sign-extended */
  storeImmediate(size: Size, dst: Register, offset: number, value: number): this {
    return this.emit({ kind: 'store', size, dst, offset: short(offset), operand: immediate(value) })
  }

  /** *(dst + offset) += src, in one */
  atomicAdd(size: 4 | 8, dst: Register, offset: number, src: Register): this {
    return this.atomic('add', size, dst, offset, src)
  }

  /** Leaves the value before in no register; see `atomicFetch`. */
  atomic(
    op: 'add' | 'and' | 'or' | 'xor',
    size: 4 | 8,
    dst: Register,
    offset: number,
    src: Register,
  ): this {
    return this.emit({ kind: 'atomic', op, fetch: false, size, dst, offset: short(offset), src })
  }

  /** `src` receives the value before (r0 for `compare-exchange`). Needs ISA v3 (5.12). */
  atomicFetch(op: AtomicOp, size: 4 | 8, dst: Register, offset: number, src: Register): this {
    return this.emit({ kind: 'atomic', op, fetch: true, size, dst, offset: short(offset), src })
  }

  /** Any 64 bits; takes one instruction where they fit, else two. */
  loadConstant(dst: Register, value: bigint): this {
    const signed = BigInt.asIntN(64, value)
    if (signed === BigInt.asIntN(32, signed)) return this.movImmediate(dst, Number(signed))
    return this.emit({ kind: 'load64', dst, value: { kind: 'constant', value } })
  }

  /** A map, by its index. */
  loadMap(dst: Register, map: number): this {
    this.#mapReferences.push({ instruction: this.#size, map })
    return this.emit({ kind: 'load64', dst, value: { kind: 'map', map } })
  }

  /** The address of a byte in the one value of an array map. */
  loadMapValue(dst: Register, map: number, offset: number): this {
    this.#mapReferences.push({ instruction: this.#size, map })
    return this.emit({ kind: 'load64', dst, value: { kind: 'map-value', map, offset } })
  }

  /** A subprogram, for a helper that calls back. */
  loadFunction(dst: Register, label: Label): this {
    this.#goesTo(label)
    return this.emit({ kind: 'load64', dst, value: { kind: 'function', distance: 0 } })
  }

  /** The number that the loader puts in: 0 until then. */
  loadPoint(dst: Register): this {
    this.#pointReferences.push(this.#size)
    return this.emit({ kind: 'load64', dst, value: { kind: 'constant', value: 0n } })
  }

  jump(label: Label): this {
    this.#goesTo(label)
    return this.emit({ kind: 'jump', offset: 0 })
  }

  /** `if (dst op src) goto label` */
  branch(op: BranchOp, dst: Register, src: Register, label: Label, width: Width = 64): this {
    this.#goesTo(label)
    return this.emit({ kind: 'branch', op, width, dst, operand: register(src), offset: 0 })
  }

  /** `if (dst op value) goto label`; the value is sign-extended. */
  branchImmediate(
    op: BranchOp,
    dst: Register,
    value: number,
    label: Label,
    width: Width = 64,
  ): this {
    this.#goesTo(label)
    return this.emit({ kind: 'branch', op, width, dst, operand: immediate(value), offset: 0 })
  }

  /** Goes to the label once the program has looped too often (6.9). */
  mayGoto(label: Label): this {
    this.#goesTo(label)
    return this.emit({ kind: 'may-goto', offset: 0 })
  }

  /** A helper by id: `Helper.…` of helper.ts. */
  call(helper: number): this {
    return this.emit({ kind: 'call', target: { kind: 'helper', id: helper } })
  }

  callSubprogram(label: Label): this {
    this.#goesTo(label)
    return this.emit({ kind: 'call', target: { kind: 'subprogram', distance: 0 } })
  }

  /** A kernel function by its BTF id in vmlinux. */
  callKfunc(id: number): this {
    return this.emit({ kind: 'call', target: { kind: 'kfunc', id, object: 0 } })
  }

  exit(): this {
    return this.emit({ kind: 'exit' })
  }

  /**
   * Leaves out what can never run, for the verifier refuses programs that have it: a handler of
   * errors that cannot happen, say.
   *
   * @throws AssemblerError for a label that is nowhere, or too far away.
   */
  finish(): Assembled {
    const reached = this.#reached()
    const moves = new Int32Array(this.#size)
    const isKept = new Uint8Array(this.#size)
    let size = 0
    for (const [index, { at, instruction }] of this.#instructions.entries()) {
      moves[at] = size
      isKept[at] = reached[index] ?? 0
      if (reached[index] === 1) size += slots(instruction)
    }
    const moved = (position: number): number => moves[position] ?? size
    const labels = new Map<Label, number>()
    for (const [label, at] of this.#labels) if (isKept[at] === 1) labels.set(label, moved(at))
    const instructions: Instruction[] = []
    for (const [index, { at, instruction }] of this.#instructions.entries()) {
      if (reached[index] !== 1) continue
      const label = this.#targets.get(index)
      const to = label === undefined ? undefined : { label, to: labels.get(label) }
      instructions.push(to ? this.#directed(instruction, moved(at), to) : instruction)
    }
    return {
      bytes: encode(instructions),
      mapReferences: this.#mapReferences
        .filter(r => isKept[r.instruction] === 1)
        .map(r => ({ ...r, instruction: moved(r.instruction) })),
      pointReferences: this.#pointReferences.filter(at => isKept[at] === 1).map(moved),
      labels,
      lines: linesOf(this.#lines, moved, size),
      moved,
    }
  }

  /** 1 for each instruction that the first leads to. */
  #reached(): Uint8Array {
    const indices = new Int32Array(this.#size + 1).fill(-1)
    for (const [index, { at }] of this.#instructions.entries()) indices[at] = index
    const found = new Uint8Array(this.#instructions.length)
    const waiting = [0]
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const instruction = this.#instructions[index]?.instruction
      if (instruction === undefined || found[index] === 1) continue
      found[index] = 1
      if (instruction.kind !== 'jump' && instruction.kind !== 'exit') waiting.push(index + 1)
      const label = this.#targets.get(index)
      const target = label === undefined ? undefined : indices[this.#labels.get(label) ?? -1]
      if (target !== undefined && target >= 0) waiting.push(target)
    }
    return found
  }

  #goesTo(label: Label): void {
    this.#targets.set(this.#instructions.length, label)
  }

  #directed(
    i: Instruction,
    at: number,
    { label, to }: { readonly label: Label; readonly to: number | undefined },
  ): Instruction {
    if (to === undefined) throw new AssemblerError(`label ${label} is not defined`)
    const distance = to - at - 1
    switch (i.kind) {
      case 'jump':
        if (this.#longJumps && !isShort(distance)) return { kind: 'jump-long', distance }
        return { ...i, offset: reach(distance, label) }
      case 'branch':
      case 'may-goto':
        return { ...i, offset: reach(distance, label) }
      case 'call':
        return { kind: 'call', target: { kind: 'subprogram', distance } }
      case 'load64':
        return { ...i, value: { kind: 'function', distance } }
      default:
        return i
    }
  }
}

/** Of the places that now begin at one instruction, the last is its own. */
function linesOf(
  lines: Assembled['lines'],
  moved: (position: number) => number,
  size: number,
): Assembled['lines'] {
  const at = new Map(lines.map(({ instruction, place }) => [moved(instruction), place]))
  return [...at].flatMap(([instruction, place]) =>
    instruction < size ? [{ instruction, place }] : [],
  )
}

function register(register: Register): Operand {
  return { kind: 'register', register }
}

function immediate(value: number): Operand {
  if (value !== (value | 0)) {
    throw new AssemblerError(`immediate ${value} does not fit in 32 bits`)
  }
  return { kind: 'immediate', value }
}

function isShort(value: number): boolean {
  return value >= -0x8000 && value <= 0x7fff
}

function short(offset: number): number {
  if (isShort(offset)) return offset
  throw new AssemblerError(`offset ${offset} does not fit in 16 bits`)
}

function reach(distance: number, label: Label): number {
  if (isShort(distance)) return distance
  throw new AssemblerError(
    `label ${label} is ${Math.abs(distance)} instructions away, more than a jump can reach (32767)`,
  )
}

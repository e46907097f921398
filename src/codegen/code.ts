import { type Assembler, type Label, R1, R2, R9, R10 } from '../bpf/assembler.ts'
import type { BranchOp, Register } from '../bpf/instruction.ts'
import { Control, type ErrorCode } from '../image.ts'
import type { BlockId, IrFunction, Operand, Reg } from '../ir/ir.ts'
import type { ValueType } from '../sema/checked.ts'
import type { Span } from '../text/source.ts'
import type { ProbeAccess } from './probe.ts'
import type { Home } from './registers.ts'
import { type Frame, roundUp8 } from './stack.ts'
import { CONSTANT_MAP, CONTROL_MAP, type Tables } from './tables.ts'

/**
 * Where a string is: in the scratch value, or a constant. `bytes` is its room, a multiple of 8 with
 * the NUL; what follows the NUL is zero.
 */
export type TextPlace =
  | { readonly kind: 'scratch'; readonly offset: number; readonly bytes: number }
  | { readonly kind: 'constant'; readonly text: string; readonly bytes: number }

/** A value saved at function entry, in the map's value. */
export interface SavedValue {
  readonly type: ValueType
  readonly offset: number
  readonly bytes: number
}

export interface Entries {
  readonly map: number
  readonly values: readonly SavedValue[]
  readonly bytes: number
}

/** An error that some instruction jumps to; its code stands behind the program. */
export interface Failure {
  readonly label: Label
  readonly kind: keyof typeof ErrorCode
  readonly span: Span
  /** The address of a fault, the size of an array; still where it was when the error happened. */
  readonly value?: Operand
  /** Of `script`: what the script says. */
  readonly message?: Operand
  readonly user?: boolean
  /** Where it happens, and the block that takes it; undefined for what nothing takes. */
  readonly site: Site | undefined
}

/** What a loop over bytes costs the verifier, where it walks through every round. */
export interface ByteLoop {
  /** Index of its first instruction. */
  readonly start: number
  readonly instructions: number
  readonly branches: number
}

/** One program while it is written: what every instruction needs to be selected. */
export class Code {
  readonly a: Assembler
  readonly tables: Tables
  readonly fn: IrFunction
  readonly handler: number
  readonly access: ProbeAccess
  readonly frame: Frame
  readonly homes: ReadonlyMap<Reg, Home>
  readonly scratch: Scratch
  /** How often each register is read. */
  readonly useCounts: readonly number[]
  readonly failures: Failure[] = []
  /** Where handlers of errors find the message: offset in scratch. */
  readonly caught: number | undefined
  /** Stack slot of the point's number, where it comes with the attachment. */
  readonly pointSlot: number | undefined
  /** Back edges taken so far: stack slot; undefined in a program without loops. */
  readonly loopSlot: number | undefined
  /** Stack slot of a 0 that the verifier does not know to be 0; only with loops. */
  readonly zeroSlot: number | undefined
  /** Where bpf_loop calls the rounds of loops: what goes from one to the next. */
  readonly rounds: Rounds | undefined
  /** Rounds of loops allowed in one activation. */
  readonly maxRounds: number
  /** Numbers of the handler's points in the image. */
  readonly points: PointRange
  /** Of the handler, for what has no place of its own. */
  readonly span: Span
  /** Where the values of function entry are saved, or taken from. */
  readonly entries: Entries | undefined
  /** Loops over the bytes of strings. */
  readonly byteLoops: ByteLoop[] = []
  /** Writes what stands behind the program: rare paths that jump back. */
  readonly later: (() => void)[] = []
  /** Writes functions that helpers call back; each starts with its label. */
  readonly callbacks: { readonly label: Label; readonly parameters: number; write(): void }[] = []

  constructor(parts: CodeParts) {
    this.a = parts.a
    this.tables = parts.tables
    this.fn = parts.fn
    this.handler = parts.handler
    this.access = parts.access
    this.frame = parts.frame
    this.homes = parts.homes
    this.scratch = parts.scratch
    this.useCounts = parts.useCounts
    this.caught = parts.caught
    this.pointSlot = parts.pointSlot
    this.loopSlot = parts.loopSlot
    this.zeroSlot = parts.zeroSlot
    this.rounds = parts.rounds
    this.maxRounds = parts.maxRounds
    this.points = parts.points
    this.span = parts.span
    this.entries = parts.entries
  }

  home(reg: Reg): Home | undefined {
    return this.homes.get(reg)
  }

  /** Puts the value of a long into a register. */
  read(operand: Operand, into: Register): void {
    const { a } = this
    if (operand.kind === 'number') {
      a.loadConstant(into, operand.value)
      return
    }
    const home = operand.kind === 'reg' ? this.homes.get(operand.reg) : undefined
    if (home === undefined) a.movImmediate(into, 0)
    else if (home.kind === 'stack') a.load(8, into, R10, home.offset)
    else if (home.kind === 'scratch') a.load(8, into, R9, home.offset)
    else if (home.register !== into) a.mov(into, home.register)
  }

  /** The register that holds a long already, or `spare`, into which it is loaded. */
  use(operand: Operand, spare: Register): Register {
    const held = this.registerOf(operand)
    if (held !== undefined) return held
    this.read(operand, spare)
    return spare
  }

  registerOf(operand: Operand): Register | undefined {
    const home = operand.kind === 'reg' ? this.homes.get(operand.reg) : undefined
    return home?.kind === 'register' ? home.register : undefined
  }

  /** Where a result is best computed: its own register, or `spare`. */
  target(to: Reg, spare: Register): Register {
    const home = this.homes.get(to)
    return home?.kind === 'register' ? home.register : spare
  }

  /** Stores a computed long. A register that nothing reads has no home. */
  put(to: Reg, from: Register): void {
    const home = this.homes.get(to)
    if (home === undefined) return
    if (home.kind === 'stack') this.a.store(8, R10, home.offset, from)
    else if (home.kind === 'scratch') this.a.store(8, R9, home.offset, from)
    else if (home.register !== from) this.a.mov(home.register, from)
  }

  /** Whether anything ever reads what an instruction gives. */
  isRead(reg: Reg): boolean {
    return (this.useCounts[reg] ?? 0) > 0
  }

  text(operand: Operand): TextPlace {
    if (operand.kind === 'reg') {
      const home = this.homes.get(operand.reg)
      if (home?.kind === 'scratch') return home
      return { kind: 'constant', text: '', bytes: 8 }
    }
    const text = operand.kind === 'text' ? operand.value : ''
    return { kind: 'constant', text, bytes: roundUp8(text.length + 1) }
  }

  /** The place of a string that an instruction makes; undefined when nothing reads it. */
  textTarget(to: Reg): (TextPlace & { kind: 'scratch' }) | undefined {
    const home = this.homes.get(to)
    return home?.kind === 'scratch' ? home : undefined
  }

  /** Puts the address of a string into a register. */
  pointer(place: TextPlace, into: Register): void {
    if (place.kind === 'constant') {
      this.a.loadMapValue(into, CONSTANT_MAP, this.tables.constant(place.text))
    } else {
      this.a.mov(into, R9).aluImmediate('add', into, place.offset)
    }
  }

  /** The address of a field of the control map. */
  control(into: Register, offset: number): void {
    this.a.loadMapValue(into, CONTROL_MAP, offset)
  }

  /** The number of the point that fired. */
  point(into: Register): void {
    if (this.pointSlot === undefined) this.a.loadPoint(into)
    else this.a.load(8, into, R10, this.pointSlot)
  }

  /**
   * Makes a value that a branch depends on unknown to the verifier; overwrites r2. Where it knew
   * the value, and so the way, it would keep exact all that led to it, and no two rounds of a loop
   * would look alike.
   */
  blur(register: Register): void {
    if (this.zeroSlot === undefined) return
    this.a.load(8, R2, R10, this.zeroSlot).alu('xor', register, R2)
  }

  /**
   * Makes the verifier forget a register's value: what goes through a map's memory has no past. A
   * size or an offset must have none, or all that led to it would be kept exact, and rounds of a
   * loop would never look alike.
   */
  forget(register: Register): void {
    const offset = this.scratch.area('forget', 8)
    this.a.store(8, R9, offset, register).load(8, register, R9, offset)
  }

  /**
   * Sets a register to a value where it compares so with another. The verifier takes the way
   * without a jump first: by then it has seen the wider range, and the fixed value is in it.
   */
  replace(register: Register, when: BranchOp, than: number, by: number): void {
    const { a } = this
    const fix = a.fresh('fix')
    const back = a.fresh('fixed')
    a.branchImmediate(when, register, than, fix).label(back)
    this.later.push(() => {
      a.label(fix).movImmediate(register, by).jump(back)
    })
  }

  /** Counts the activation as skipped. */
  skip(): void {
    this.control(R1, Control.skipped)
    this.a.movImmediate(R2, 1).atomicAdd(8, R1, 0, R2)
  }

  /** A label that ends the activation, or goes to the block's handler, with this error. */
  fail(failure: Omit<Failure, 'label'>): Label {
    const label = this.a.fresh('fail')
    this.failures.push({ label, ...failure })
    return label
  }
}

export interface CodeParts {
  readonly a: Assembler
  readonly tables: Tables
  readonly fn: IrFunction
  readonly handler: number
  readonly access: ProbeAccess
  readonly frame: Frame
  readonly homes: ReadonlyMap<Reg, Home>
  readonly scratch: Scratch
  readonly useCounts: readonly number[]
  readonly caught: number | undefined
  readonly pointSlot: number | undefined
  readonly loopSlot: number | undefined
  readonly zeroSlot: number | undefined
  /** Where bpf_loop calls the rounds of loops: what goes from one to the next. */
  readonly rounds: Rounds | undefined
  readonly maxRounds: number
  readonly points: PointRange
  readonly span: Span
  readonly entries: Entries | undefined
}

/** Offsets of what the calls of a function by bpf_loop share. */
export interface Rounds {
  /** In the stack frame of the program: what the function is called with. */
  readonly context: number
  /** In the scratch value: where the next call goes on, and how many there were. */
  readonly next: number
  readonly count: number
}

export interface PointRange {
  readonly first: number
  readonly count: number
}

/** What an instruction needs to know of where it stands. */
export interface Site {
  readonly block: BlockId
  readonly handler: BlockId | undefined
}

/** The per-CPU scratch value of one program: its first 8 bytes say that it is taken. */
export class Scratch {
  readonly #areas = new Map<string, number>()
  #bytes = 8

  /** Whether anything was ever put there. */
  get used(): boolean {
    return this.#bytes > 8
  }

  get bytes(): number {
    return this.#bytes
  }

  take(bytes: number): number {
    const offset = this.#bytes
    this.#bytes += roundUp8(bytes)
    return offset
  }

  /** Offset of an area that everyone who asks by this name and size shares. */
  area(name: string, bytes: number): number {
    const key = `${name}:${bytes}`
    const known = this.#areas.get(key)
    if (known !== undefined) return known
    const offset = this.take(bytes)
    this.#areas.set(key, offset)
    return offset
  }
}

/** The label in front of a block. */
export function blockLabel(block: BlockId): Label {
  return `block${block}`
}

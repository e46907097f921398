import { arrange, liveAtEnd, liveAtStart } from '../graph.ts'
import {
  definitions,
  emptyValue,
  mapDefinitions,
  mapEnd,
  mapOperands,
  number,
  register,
  usedRegisters,
} from '../instruction.ts'
import {
  type BlockId,
  type Instruction,
  type IrBlock,
  type IrFunction,
  MAXNESTING,
  type Operand,
  type Reg,
  type Register,
  type Terminator,
} from '../ir.ts'

type Call = Extract<Instruction, { op: 'call' }>

/**
 * Functions that call each other, as one function without these calls: for handlers in the kernel,
 * where no function may call itself. A call becomes a jump. What its function still needs is put
 * into a frame, and taken from there when the called one is done. All other calls are gone before.
 *
 * Undefined where a call stands in `try`, since an error would have to find its way back to the
 * frame, and where one of the functions has a foreach, whose place in the array no frame holds.
 */
export function withoutRecursion(
  start: number,
  members: ReadonlyMap<number, IrFunction>,
): IrFunction | undefined {
  const blocks = [...members.values()].flatMap(fn => fn.blocks)
  const guarded = blocks.some(
    b => b.handler !== undefined && b.instructions.some(i => isInner(i, members)),
  )
  const iterates = blocks.some(b => b.instructions.some(i => i.op === 'iterate'))
  const first = members.get(start)
  if (guarded || iterates || first === undefined) return undefined
  return new Machine(members).build(start, first)
}

function isInner(i: Instruction, members: ReadonlyMap<number, IrFunction>): i is Call {
  return i.op === 'call' && members.has(i.function)
}

/** Where a function stands in the one that is being made. */
interface Placed {
  readonly fn: IrFunction
  readonly firstRegister: Reg
  readonly firstBlock: BlockId
}

/** Where a call goes on, with these registers as they were. */
interface CallSite {
  readonly block: BlockId
  readonly kept: readonly Reg[]
}

class Machine {
  readonly #members: ReadonlyMap<number, IrFunction>
  readonly #registers: Register[] = []
  readonly #blocks: IrBlock[] = []
  readonly #placed = new Map<number, Placed>()
  readonly #sites: CallSite[] = []
  readonly #results = new Map<'long' | 'string', Reg>()
  readonly #depth: Reg
  readonly #site: Reg

  constructor(members: ReadonlyMap<number, IrFunction>) {
    this.#members = members
    this.#depth = this.#register({ type: 'long', name: 'depth' })
    this.#site = this.#register({ type: 'long', name: 'site' })
  }

  build(start: number, first: IrFunction): IrFunction {
    const entry = this.#block()
    const leave = this.#block()
    for (const [id, fn] of this.#members) this.#place(id, fn)
    const parameters = first.parameters.map(reg => this.#register({ ...this.#of(first, reg) }))
    this.#set(
      entry,
      [
        { op: 'copy', to: this.#depth, from: number(0n) },
        ...this.#enter(start, parameters.map(register)),
      ],
      { op: 'jump', to: this.#entryOf(start) },
    )
    for (const [id, fn] of this.#members) this.#copy(id, fn, leave)
    this.#writeLeave(leave, first)
    return {
      name: first.name,
      registers: this.#registers,
      parameters,
      result: first.result,
      blocks: arrange(this.#blocks),
    }
  }

  #register(r: Register): Reg {
    return this.#registers.push(r) - 1
  }

  #block(): BlockId {
    return this.#blocks.push({ instructions: [], end: { op: 'return' } }) - 1
  }

  #set(id: BlockId, instructions: readonly Instruction[], end: Terminator): void {
    this.#blocks[id] = { ...this.#blocks[id], instructions, end }
  }

  /** Named, for every register of these functions is written again when a frame is taken up. */
  #of(fn: IrFunction, reg: Reg): Register {
    const known = fn.registers[reg] ?? { type: 'long' }
    return { ...known, name: known.name ?? fn.name }
  }

  #place(id: number, fn: IrFunction): void {
    const firstRegister = this.#registers.length
    fn.registers.forEach((_, reg) => {
      this.#register(this.#of(fn, reg))
    })
    const firstBlock = this.#blocks.length
    for (const _ of fn.blocks) this.#block()
    this.#placed.set(id, { fn, firstRegister, firstBlock })
  }

  #at(id: number): Placed {
    const placed = this.#placed.get(id)
    if (placed === undefined) throw new Error(`function ${id} is no part of the recursion`)
    return placed
  }

  #entryOf(id: number): BlockId {
    return this.#at(id).firstBlock
  }

  /** Parameters and empty locals of an activation. Arguments stand in registers of their own. */
  #enter(id: number, args: readonly Operand[]): Instruction[] {
    const { fn, firstRegister } = this.#at(id)
    const cleared = [...(liveAtStart(fn.blocks)[0] ?? [])].filter(r => !fn.parameters.includes(r))
    return [
      ...fn.parameters.map((reg, n): Instruction => {
        return { op: 'copy', to: reg + firstRegister, from: args[n] ?? number(0n) }
      }),
      ...cleared.map((reg): Instruction => {
        const from = emptyValue(this.#of(fn, reg).type)
        return { op: 'copy', to: reg + firstRegister, from }
      }),
    ]
  }

  #resultRegister(type: 'long' | 'string'): Reg {
    const known = this.#results.get(type) ?? this.#register({ type, name: 'result' })
    this.#results.set(type, known)
    return known
  }

  #copy(id: number, fn: IrFunction, leave: BlockId): void {
    const { firstRegister, firstBlock } = this.#at(id)
    const move = (o: Operand): Operand => (o.kind === 'reg' ? register(o.reg + firstRegister) : o)
    const live = liveAtStart(fn.blocks)
    fn.blocks.forEach((block, n) => {
      let current = firstBlock + n
      let instructions: Instruction[] = []
      const { handler, loop } = block
      const marks = {
        ...(handler !== undefined && { handler: handler + firstBlock }),
        ...(loop !== undefined && { loop }),
      }
      this.#blocks[current] = { ...marks, instructions: [], end: { op: 'return' } }
      block.instructions.forEach((i, at) => {
        if (!isInner(i, this.#members)) {
          instructions.push(mapDefinitions(mapOperands(i, move), reg => reg + firstRegister))
          return
        }
        const kept = liveAfter(block, at, live).filter(reg => reg !== i.to)
        const next = this.#block()
        const { before, end } = this.#call(
          i,
          kept.map(r => r + firstRegister),
          move,
          next,
        )
        this.#set(current, [...instructions, ...before], end)
        current = next
        instructions = this.#afterCall(i, firstRegister)
      })
      this.#set(current, ...this.#end(block, instructions, { firstBlock, move, leave, fn }))
    })
  }

  /** Puts away what is still needed, and goes to the called function. */
  #call(
    i: Call,
    kept: readonly Reg[],
    move: (o: Operand) => Operand,
    next: BlockId,
  ): { readonly before: readonly Instruction[]; readonly end: Terminator } {
    const called = this.#at(i.function)
    const site = this.#sites.length
    this.#sites.push({ block: next, kept })
    const args = i.args.map((arg, n) => {
      const parameter = called.fn.parameters[n] ?? 0
      return { to: this.#register({ ...this.#of(called.fn, parameter) }), from: move(arg) }
    })
    const depth = register(this.#depth)
    const isDeep = this.#register({ type: 'long', name: 'deep' })
    const go = this.#block()
    const tooDeep = this.#block()
    this.#set(
      go,
      [
        { op: 'frame-save', depth, site, values: kept.map(register) },
        { op: 'binary', what: 'add', to: this.#depth, a: depth, b: number(1n) },
        ...this.#enter(
          i.function,
          args.map(a => register(a.to)),
        ),
      ],
      { op: 'jump', to: this.#entryOf(i.function) },
    )
    const message = { kind: 'text', value: 'MAXNESTING exceeded' } as const
    this.#set(tooDeep, [{ op: 'error', message, span: i.span }], { op: 'return' })
    return {
      before: [
        ...args.map((a): Instruction => ({ op: 'copy', ...a })),
        { op: 'compare', what: 'ge', to: isDeep, a: depth, b: number(BigInt(MAXNESTING)) },
      ],
      end: branch(register(isDeep), tooDeep, go),
    }
  }

  #afterCall(i: Call, firstRegister: Reg): Instruction[] {
    if (i.to === undefined) return []
    const type = this.#registers[i.to + firstRegister]?.type ?? 'long'
    const from = register(this.#resultRegister(type))
    return [{ op: 'copy', to: i.to + firstRegister, from }]
  }

  #end(
    block: IrBlock,
    instructions: readonly Instruction[],
    {
      firstBlock,
      move,
      leave,
      fn,
    }: {
      readonly firstBlock: BlockId
      readonly move: (o: Operand) => Operand
      readonly leave: BlockId
      readonly fn: IrFunction
    },
  ): [readonly Instruction[], Terminator] {
    const { end } = block
    if (end.op !== 'return') {
      const shifted =
        end.op === 'jump'
          ? { ...end, to: end.to + firstBlock }
          : branch(end.test, end.then + firstBlock, end.otherwise + firstBlock)
      return [instructions, mapEnd(shifted, move)]
    }
    if (block.instructions.at(-1)?.op === 'error') return [instructions, { op: 'return' }]
    if (fn.result === 'void') return [instructions, { op: 'jump', to: leave }]
    const to = this.#resultRegister(fn.result)
    const from = end.value === undefined ? emptyValue(fn.result) : move(end.value)
    return [[...instructions, { op: 'copy', to, from }], { op: 'jump', to: leave }]
  }

  /** An activation is done: of the first call, or of one whose frame is taken up. */
  #writeLeave(leave: BlockId, first: IrFunction): void {
    const { result } = first
    const done = this.#block()
    const resume = this.#block()
    const depth = register(this.#depth)
    this.#set(leave, [], branch(depth, resume, done))
    const value = result === 'void' ? undefined : register(this.#resultRegister(result))
    this.#set(done, [], { op: 'return', ...(value && { value }) })
    this.#set(
      resume,
      [
        { op: 'binary', what: 'sub', to: this.#depth, a: depth, b: number(1n) },
        { op: 'frame-site', to: this.#site, depth },
      ],
      { op: 'return' },
    )
    let from = resume
    this.#sites.forEach(({ block, kept }, n) => {
      const load = this.#block()
      this.#set(load, [{ op: 'frame-load', depth, site: n, registers: kept }], {
        op: 'jump',
        to: block,
      })
      const { instructions } = this.#blocks[from] ?? { instructions: [] }
      if (n === this.#sites.length - 1) {
        this.#set(from, instructions, { op: 'jump', to: load })
        return
      }
      const other = this.#block()
      const isThis = this.#register({ type: 'long', name: 'this' })
      const test = { op: 'compare', what: 'eq', to: isThis, a: register(this.#site) } as const
      const chosen = [...instructions, { ...test, b: number(BigInt(n)) }]
      this.#set(from, chosen, branch(register(isThis), load, other))
      from = other
    })
  }
}

function branch(test: Operand, then: BlockId, otherwise: BlockId): Terminator {
  return { op: 'branch', test, then, otherwise }
}

/** Registers that are read behind an instruction of a block. */
function liveAfter(block: IrBlock, at: number, live: readonly ReadonlySet<Reg>[]): readonly Reg[] {
  const now = liveAtEnd(block, live)
  for (const i of block.instructions.slice(at + 1).toReversed()) {
    for (const reg of i.op === 'iterate-next' ? [i.to] : definitions(i)) now.delete(reg)
    for (const reg of usedRegisters(i)) now.add(reg)
  }
  return [...now]
}

import { toBytes } from '../../text/bytes.ts'
import type { Span } from '../../text/source.ts'
import { placeText } from '../../text/source.ts'
import { tokenAt } from '../../text/token-at.ts'
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
import { countIterations, moveIteration } from './iterations.ts'

type Call = Extract<Instruction, { op: 'call' }>

/**
 * Functions that call each other, as one function without these calls: for handlers in the kernel,
 * where no function may call itself. A call becomes a jump. What its function still needs is put
 * into a frame, and taken from there when the called one is done. All other calls are gone before.
 *
 * Where some call stands in `try`, an error goes back through the frames to the last such call.
 */
export function withoutRecursion(
  start: number,
  members: ReadonlyMap<number, IrFunction>,
): IrFunction {
  const first = members.get(start)
  if (first === undefined) throw new Error(`function ${start} is no part of its recursion`)
  return new Machine(members).build(start, first)
}

function hasGuardedCall(members: ReadonlyMap<number, IrFunction>): boolean {
  const blocks = [...members.values()].flatMap(fn => fn.blocks)
  return blocks.some(b => b.handler !== undefined && b.instructions.some(i => isInner(i, members)))
}

function isInner(i: Instruction, members: ReadonlyMap<number, IrFunction>): i is Call {
  return i.op === 'call' && members.has(i.function)
}

/** Where a function stands in the one that is being made. */
interface Placed {
  readonly fn: IrFunction
  readonly firstRegister: Reg
  readonly firstBlock: BlockId
  readonly firstIteration: number
}

/** Where a call goes on, with these registers and iterations as they were. */
interface CallSite {
  readonly block: BlockId
  readonly kept: readonly Reg[]
  readonly iterations: readonly number[]
  /** What takes an error of the called function. */
  readonly handler: BlockId | undefined
  readonly span: Span
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
  /** Where errors go that no `try` of their own function takes. */
  readonly #unwind: BlockId | undefined
  readonly #entry: BlockId

  constructor(members: ReadonlyMap<number, IrFunction>) {
    this.#members = members
    this.#depth = this.#register({ type: 'long', name: 'depth' })
    this.#site = this.#register({ type: 'long', name: 'site' })
    this.#entry = this.#block()
    this.#unwind = hasGuardedCall(members) ? this.#block() : undefined
  }

  build(start: number, first: IrFunction): IrFunction {
    const entry = this.#entry
    const leave = this.#block()
    let iterations = 0
    for (const [id, fn] of this.#members) {
      this.#place(id, fn, iterations)
      iterations += countIterations(fn)
    }
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
    if (this.#unwind !== undefined) this.#writeUnwind(this.#unwind)
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

  #place(id: number, fn: IrFunction, firstIteration: number): void {
    const firstRegister = this.#registers.length
    fn.registers.forEach((_, reg) => {
      this.#register(this.#of(fn, reg))
    })
    const firstBlock = this.#blocks.length
    for (const _ of fn.blocks) this.#block()
    this.#placed.set(id, { fn, firstRegister, firstBlock, firstIteration })
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
    const { firstRegister, firstBlock, firstIteration } = this.#at(id)
    const iterations = Array.from({ length: countIterations(fn) }, (_, n) => n + firstIteration)
    const move = (o: Operand): Operand => (o.kind === 'reg' ? register(o.reg + firstRegister) : o)
    const live = liveAtStart(fn.blocks)
    fn.blocks.forEach((block, n) => {
      let current = firstBlock + n
      let instructions: Instruction[] = []
      const own = block.handler === undefined ? undefined : block.handler + firstBlock
      const handler = own ?? this.#unwind
      const guarded = handler === undefined ? {} : { handler }
      const { loop } = block
      this.#mark(current, { ...guarded, ...(loop && { loop }) })
      block.instructions.forEach((i, at) => {
        if (!isInner(i, this.#members)) {
          const moved = mapDefinitions(mapOperands(i, move), reg => reg + firstRegister)
          instructions.push(moveIteration(moved, firstIteration))
          return
        }
        const caught = block.handler === undefined ? [] : (live[block.handler] ?? [])
        const after = liveAfter(block, at, live).filter(reg => reg !== i.to)
        const kept = [...new Set([...after, ...caught])].map(reg => reg + firstRegister)
        const next = this.#block()
        this.#mark(next, guarded)
        const site = { block: next, kept, iterations, handler: own, span: i.span }
        const { before, end } = this.#call(i, move, site)
        this.#set(current, [...instructions, ...before], end)
        current = next
        instructions = this.#afterCall(i, firstRegister)
      })
      this.#set(current, ...this.#end(block, instructions, { firstBlock, move, leave, fn }))
    })
  }

  #mark(id: BlockId, marks: Pick<IrBlock, 'handler' | 'loop'>): void {
    this.#blocks[id] = { ...marks, instructions: [], end: { op: 'return' } }
  }

  /** Puts away what is still needed, and goes to the called function. */
  #call(
    i: Call,
    move: (o: Operand) => Operand,
    callSite: CallSite,
  ): { readonly before: readonly Instruction[]; readonly end: Terminator } {
    const called = this.#at(i.function)
    const { kept, iterations } = callSite
    const site = this.#sites.push(callSite) - 1
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
        { op: 'frame-save', depth, site, values: kept.map(register), iterations },
        { op: 'binary', what: 'add', to: this.#depth, a: depth, b: number(1n) },
        ...this.#enter(
          i.function,
          args.map(a => register(a.to)),
        ),
      ],
      { op: 'jump', to: this.#entryOf(i.function) },
    )
    const place = `near ${tokenAt(i.span)} at ${placeText(i.span)}`
    const message = { kind: 'text', value: toBytes(`MAXNESTING exceeded ${place}`) } as const
    const handler = callSite.handler ?? this.#unwind
    if (handler !== undefined) this.#mark(tooDeep, { handler })
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
    this.#sites.forEach((site, n) => {
      const load = this.#resume(n, site, site.block)
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

  /** Takes a frame up. */
  #resume(n: number, { kept, iterations }: CallSite, to: BlockId): BlockId {
    const load = this.#block()
    const depth = register(this.#depth)
    const taken = { op: 'frame-load', depth, site: n, registers: kept, iterations } as const
    this.#set(load, [taken], { op: 'jump', to })
    return load
  }

  /** An error: drops frames up to one whose call stands in `try`; without one it goes on. */
  #writeUnwind(unwind: BlockId): void {
    const [header, step, leave] = [this.#block(), this.#block(), this.#block()]
    const guarded = [...this.#sites.entries()].filter(([, site]) => site.handler !== undefined)
    const depth = register(this.#depth)
    const message = this.#register({ type: 'string', name: 'message' })
    const [first] = this.#sites
    if (first === undefined) return
    this.#set(unwind, [{ op: 'caught', to: message }], { op: 'jump', to: header })
    this.#mark(header, { loop: first.span })
    this.#set(header, [], branch(depth, step, leave))
    const again = { op: 'error', message: register(message), span: first.span } as const
    this.#set(leave, [again], { op: 'return' })
    const drop: readonly Instruction[] = [
      { op: 'binary', what: 'sub', to: this.#depth, a: depth, b: number(1n) },
      { op: 'frame-site', to: this.#site, depth },
    ]
    let from = step
    let before = drop
    for (const [n, site] of guarded) {
      const taken = this.#resume(n, site, site.handler ?? header)
      const other = this.#block()
      const isThis = this.#register({ type: 'long', name: 'this' })
      const test = { op: 'compare', what: 'eq', to: isThis, a: register(this.#site) } as const
      const chosen = [...before, { ...test, b: number(BigInt(n)) }]
      this.#set(from, chosen, branch(register(isThis), taken, other))
      from = other
      before = []
    }
    this.#set(from, before, { op: 'jump', to: header })
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

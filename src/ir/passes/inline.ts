import type { Diagnostic } from '../../text/diagnostic.ts'
import { handlerTooLarge } from '../errors.ts'
import { arrange, liveAtStart, renumberEnd } from '../graph.ts'
import { emptyValue, mapDefinitions, mapEnd, mapOperands } from '../instruction.ts'
import type {
  BlockId,
  Instruction,
  IrBlock,
  IrFunction,
  IrProgram,
  Operand,
  Reg,
  Register,
  Terminator,
} from '../ir.ts'
import { countIterations, moveIteration } from './iterations.ts'
import { withoutRecursion } from './recursion.ts'

/** Instructions of a handler with all that it calls. The verifier walks at most a million. */
const MAX_INSTRUCTIONS = 50_000

export interface Inlined {
  readonly program: IrProgram
  readonly diagnostics: readonly Diagnostic[]
}

type Call = Extract<Instruction, { op: 'call' }>

/**
 * Replaces every call in the handlers that run in the kernel by the body of its function. Other
 * handlers keep their calls, and the program only the functions that these still call.
 */
export function inline(program: IrProgram): Inlined {
  const diagnostics: Diagnostic[] = []
  const flat = new Map<number, IrFunction>()
  const tooLarge = new Set<number>()

  const handlers = program.handlers.map(handler => {
    if (handler.side !== 'kernel') return handler
    const entry = handler.entry && inlineInto(handler.entry, flatten)
    return { ...handler, function: inlineInto(handler.function, flatten), ...(entry && { entry }) }
  })
  const functions = reachable({ ...program, handlers })
  return { program: { ...program, handlers, functions }, diagnostics }

  /** The called function without calls of its own; undefined once a diagnostic says why not. */
  function flatten(call: Call): IrFunction | undefined {
    const id = call.function
    const known = flat.get(id)
    if (known !== undefined || tooLarge.has(id)) return known
    const called = program.functions.get(id)
    if (called === undefined) throw new Error(`call of function ${id}, which is not there`)
    const result = flattenBody(id, called)
    if (size(result) > MAX_INSTRUCTIONS) {
      tooLarge.add(id)
      report(handlerTooLarge(call.span, called.name))
      return undefined
    }
    flat.set(id, result)
    return result
  }

  /** Its calls in place; functions that call each other become one. */
  function flattenBody(id: number, called: IrFunction): IrFunction {
    const circle = circleOf(id, program)
    if (circle.size === 0) return inlineInto(called, flatten)
    const members = new Map(
      [...circle].map(([member, fn]) => [
        member,
        inlineInto(fn, inner => (circle.has(inner.function) ? 'keep' : flatten(inner))),
      ]),
    )
    return withoutRecursion(id, members)
  }

  function report(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic
    if (!diagnostics.some(d => d.code === code && d.span.start === span.start)) {
      diagnostics.push(diagnostic)
    }
  }
}

/** The functions through which one calls itself, itself among them; none where it does not. */
function circleOf(id: number, program: IrProgram): ReadonlyMap<number, IrFunction> {
  const called = (from: number): Set<number> => {
    const found = new Set<number>()
    const work = [from]
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      const blocks = program.functions.get(at)?.blocks ?? []
      for (const i of blocks.flatMap(block => block.instructions)) {
        if (i.op !== 'call' || found.has(i.function)) continue
        found.add(i.function)
        work.push(i.function)
      }
    }
    return found
  }
  const circle = new Map<number, IrFunction>()
  for (const other of called(id)) {
    const fn = program.functions.get(other)
    if (fn !== undefined && called(other).has(id)) circle.set(other, fn)
  }
  return circle
}

function size(fn: IrFunction): number {
  return fn.blocks.reduce((sum, block) => sum + block.instructions.length + 1, 0)
}

/** What handlers outside the kernel call, directly or not. */
function reachable(program: IrProgram): Map<number, IrFunction> {
  const found = new Map<number, IrFunction>()
  const work = program.handlers.map(handler => handler.function)
  for (let fn = work.pop(); fn !== undefined; fn = work.pop()) {
    for (const i of fn.blocks.flatMap(block => block.instructions)) {
      const called = i.op === 'call' ? program.functions.get(i.function) : undefined
      if (i.op !== 'call' || called === undefined || found.has(i.function)) continue
      found.set(i.function, called)
      work.push(called)
    }
  }
  return found
}

/** `keep` leaves the call where it is. */
function inlineInto(
  fn: IrFunction,
  flatten: (call: Call) => IrFunction | 'keep' | undefined,
): IrFunction {
  if (!fn.blocks.some(block => block.instructions.some(i => i.op === 'call'))) return fn
  const copier = new Copier(fn)
  fn.blocks.forEach((block, id) => {
    copier.open(id, block)
    for (const i of block.instructions) {
      const called = i.op === 'call' ? flatten(i) : 'keep'
      if (i.op === 'call' && called !== 'keep') copier.replace(i, called)
      else copier.add(i)
    }
    copier.close(block.end)
  })
  return copier.finish()
}

/** Copies a function, block by block; a block with calls becomes several. */
class Copier {
  readonly #fn: IrFunction
  readonly #registers: Register[]
  /** The blocks of the function at their own numbers, new ones behind. */
  readonly #blocks: IrBlock[]
  #current: { readonly id: BlockId; readonly block: IrBlock; readonly instructions: Instruction[] }
  #iterations: number

  constructor(fn: IrFunction) {
    this.#fn = fn
    this.#registers = [...fn.registers]
    this.#blocks = [...fn.blocks]
    this.#current = { id: 0, block: { instructions: [], end: { op: 'return' } }, instructions: [] }
    this.#iterations = countIterations(fn)
  }

  open(id: BlockId, block: IrBlock): void {
    this.#current = { id, block, instructions: [] }
  }

  add(i: Instruction): void {
    this.#current.instructions.push(i)
  }

  close(end: Terminator): void {
    const { id, block, instructions } = this.#current
    this.#blocks[id] = { ...block, instructions, end }
  }

  /** What cannot be inlined, for which there is a diagnostic, becomes an empty value. */
  replace(call: Call, called: IrFunction | undefined): void {
    if (called !== undefined) this.#insert(call, called)
    else if (call.to !== undefined) {
      const from = emptyValue(this.#registers[call.to]?.type ?? 'long')
      this.add({ op: 'copy', to: call.to, from })
    }
  }

  #insert(call: Call, called: IrFunction): void {
    const { handler } = this.#current.block
    const guarded = handler === undefined ? {} : { handler }
    const firstRegister = this.#registers.length
    this.#registers.push(...called.registers)
    const copyOf = (reg: Reg): Reg => reg + firstRegister
    this.#prepare(call, called, copyOf)

    const firstBlock = this.#blocks.length
    const after = firstBlock + called.blocks.length
    this.close({ op: 'jump', to: firstBlock })
    this.#markResult(call, called)
    for (const block of called.blocks) {
      const copy = this.#copyBlock(block, { call, after, firstBlock, copyOf })
      this.#blocks.push({ ...guarded, ...copy })
    }
    this.#iterations += countIterations(called)
    const rest: IrBlock = { ...guarded, instructions: [], end: { op: 'return' } }
    this.#blocks.push(rest)
    this.open(after, rest)
  }

  finish(): IrFunction {
    return { ...this.#fn, registers: this.#registers, blocks: arrange(this.#blocks) }
  }

  /** Arguments into parameters; and other locals are empty again at each call. */
  #prepare(call: Call, called: IrFunction, copyOf: (reg: Reg) => Reg): void {
    called.parameters.forEach((reg, n) => {
      const from = call.args[n]
      if (from !== undefined) this.add({ op: 'copy', to: copyOf(reg), from })
    })
    for (const reg of liveAtStart(called.blocks)[0] ?? []) {
      if (called.parameters.includes(reg)) continue
      const from = emptyValue(called.registers[reg]?.type ?? 'long')
      this.add({ op: 'copy', to: copyOf(reg), from })
    }
  }

  /** A result that several returns write is no temporary any more. */
  #markResult(call: Call, called: IrFunction): void {
    const { to } = call
    const result = to === undefined ? undefined : this.#registers[to]
    if (to === undefined || result === undefined || result.name !== undefined) return
    const returns = called.blocks.filter(block => isReturn(block)).length
    if (returns !== 1) this.#registers[to] = { ...result, name: called.name }
  }

  #copyBlock(
    block: IrBlock,
    {
      call,
      after,
      firstBlock,
      copyOf,
    }: { call: Call; after: BlockId; firstBlock: BlockId; copyOf: (reg: Reg) => Reg },
  ): IrBlock {
    const operand = (o: Operand): Operand =>
      o.kind === 'reg' ? { kind: 'reg', reg: copyOf(o.reg) } : o
    const instructions = block.instructions.map(i =>
      moveIteration(mapDefinitions(mapOperands(i, operand), copyOf), this.#iterations),
    )
    let end = mapEnd(
      renumberEnd(block.end, id => id + firstBlock),
      operand,
    )
    if (end.op === 'return' && isReturn(block)) {
      if (call.to !== undefined && end.value !== undefined) {
        instructions.push({ op: 'copy', to: call.to, from: end.value })
      }
      end = { op: 'jump', to: after }
    }
    const { handler } = block
    return {
      ...block,
      ...(handler !== undefined && { handler: handler + firstBlock }),
      instructions,
      end,
    }
  }
}

/** Whether it leaves the function by its end, and not by the error in front of it. */
function isReturn(block: IrBlock): boolean {
  return block.end.op === 'return' && block.instructions.at(-1)?.op !== 'error'
}

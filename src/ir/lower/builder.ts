import type {
  CheckedExpression,
  CheckedFunction,
  CheckedFunctionRef,
  CheckedStatement,
  Global,
  Local,
  ValueType,
} from '../../sema/checked.ts'
import type { Span } from '../../text/source.ts'
import { arrange } from '../graph.ts'
import { emptyValue, register, TEXT_CONTEXTS } from '../instruction.ts'
import type {
  BlockId,
  Instruction,
  IrBlock,
  IrFunction,
  Operand,
  PureName,
  Reg,
  Register,
  Terminator,
} from '../ir.ts'

/** How each kind of construct is lowered: given to the builder, so that they can use each other. */
export interface Rules {
  /** Its value. Of a call without one: the empty string. */
  value(b: Builder, expression: CheckedExpression): Operand
  /** For what it does alone. */
  effect(b: Builder, expression: CheckedExpression): void
  /** Goes to one of two blocks. */
  test(b: Builder, expression: CheckedExpression, then: BlockId, otherwise: BlockId): void
  statement(b: Builder, statement: CheckedStatement): void
}

/** What is being lowered, and what it may refer to. */
export interface Body {
  readonly name: string
  /** Of a function with overloads: the arguments, then the locals of each overload in turn. */
  readonly locals: readonly Local[]
  readonly result: ValueType | 'void'
  /** All functions of the program, by id. */
  readonly functions: readonly CheckedFunction[]
  /** The function of the IR that a call goes to. */
  readonly callee: (called: CheckedFunctionRef) => number
}

/** One of the functions that are tried in turn: `next` leaves it. */
export interface Overload {
  /** Where its locals start among those of the body. */
  readonly firstLocal: number
  /** Where `next` goes; undefined in the last. */
  readonly onNext: BlockId | undefined
}

interface OpenBlock {
  readonly instructions: Instruction[]
  end?: Terminator
  handler?: BlockId
  loop?: Span
}

interface Loop {
  readonly onBreak: BlockId
  readonly onContinue: BlockId
}

/** Makes one IR function, block after block. */
export class Builder {
  readonly body: Body
  /** Ids of the script functions that it calls. */
  readonly calls: Set<number> = new Set()
  readonly #rules: Rules
  readonly #registers: Register[] = []
  readonly #blocks: OpenBlock[] = []
  readonly #loops: Loop[] = []
  #current: OpenBlock
  #handler: BlockId | undefined
  #overload: Overload | undefined
  #iterations = 0

  constructor(body: Body, rules: Rules) {
    this.body = body
    this.#rules = rules
    this.#registers = body.locals.map(({ name, type }) => ({ name, type }))
    this.#current = this.#open(this.block())
  }

  // --- what the rules do

  value(expression: CheckedExpression): Operand {
    return this.#rules.value(this, expression)
  }

  effect(expression: CheckedExpression): void {
    this.#rules.effect(this, expression)
  }

  test(expression: CheckedExpression, then: BlockId, otherwise: BlockId): void {
    this.#rules.test(this, expression, then, otherwise)
  }

  statement(statement: CheckedStatement): void {
    this.#rules.statement(this, statement)
  }

  // --- registers

  /** A register that is written once. */
  temporary(type: ValueType): Reg {
    return this.#registers.push({ type }) - 1
  }

  /** A register that may be written on several paths. The name is for people. */
  variable(type: ValueType, name: string): Reg {
    return this.#registers.push({ type, name }) - 1
  }

  /** The one such register of this name, which is no name of the script's. */
  named(type: ValueType, name: string): Reg {
    const known = this.#registers.findIndex(r => r.name === name)
    return known < 0 ? this.variable(type, name) : known
  }

  local(local: Local): Reg {
    return (this.#overload?.firstLocal ?? 0) + local.id
  }

  iteration(): number {
    return this.#iterations++
  }

  // --- instructions; each returns the value it makes

  emit(instruction: Instruction): void {
    this.#current.instructions.push(instruction)
  }

  /** Emits what writes one new temporary. */
  make(type: ValueType, instruction: (to: Reg) => Instruction): Operand {
    const to = this.temporary(type)
    this.emit(instruction(to))
    return register(to)
  }

  binary(what: Extract<Instruction, { op: 'binary' }>['what'], a: Operand, b: Operand): Operand {
    return this.make('long', to => ({ op: 'binary', what, to, a, b }))
  }

  context(what: Extract<Instruction, { op: 'context' }>['what']): Operand {
    const type = TEXT_CONTEXTS.has(what) ? 'string' : 'long'
    return this.make(type, to => ({ op: 'context', what, to }))
  }

  pure(type: ValueType, name: PureName, args: readonly Operand[], span: Span): Operand {
    return this.make(type, to => ({ op: 'pure', name, to, args, span }))
  }

  globalGet(global: Global, type: ValueType): Operand {
    return this.make(type, to => ({ op: 'global-get', to, global }))
  }

  copy(to: Reg, from: Operand): void {
    this.emit({ op: 'copy', to, from })
  }

  /** A value that later writes to its register do not change. */
  snapshot(type: ValueType, from: Operand): Operand {
    if (from.kind !== 'reg') return from
    return this.make(type, to => ({ op: 'copy', to, from }))
  }

  /** Fails, and goes on where nothing comes. */
  fail(message: Operand, span: Span): void {
    this.emit({ op: 'error', message, span })
    this.end({ op: 'return' })
  }

  // --- blocks

  block(): BlockId {
    return this.#blocks.push({ instructions: [] }) - 1
  }

  /** Goes on in this block; what was before must have ended or falls through to it. */
  start(id: BlockId): void {
    if (this.#current.end === undefined) this.#current.end = { op: 'jump', to: id }
    this.#current = this.#open(id)
  }

  /** Ends the current block. What follows without a `start` is not reached. */
  end(end: Terminator): void {
    this.#current.end = end
    this.#current = this.#open(this.block())
  }

  jump(to: BlockId): void {
    this.end({ op: 'jump', to })
  }

  /** Marks the current block as the header of a loop. */
  markLoop(span: Span): void {
    this.#current.loop = span
  }

  /** Lowers the body of a loop. */
  inLoop(loop: Loop, body: () => void): void {
    this.#loops.push(loop)
    body()
    this.#loops.pop()
  }

  /** The innermost loop. */
  get loop(): Loop | undefined {
    return this.#loops.at(-1)
  }

  /** Lowers blocks whose errors go to `handler`. */
  guarded(handler: BlockId, body: () => void): void {
    const outer = this.#handler
    this.#handler = handler
    this.start(this.block())
    body()
    this.#handler = outer
    this.start(this.block())
  }

  /** Lowers what an error leads out of the function from, past every `try` in it. */
  unguarded(body: () => void): void {
    const outer = this.#handler
    this.#handler = undefined
    this.start(this.block())
    body()
    this.#handler = outer
    this.start(this.block())
  }

  /** Lowers one of the functions that are tried in turn. */
  inOverload(overload: Overload, body: () => void): void {
    this.#overload = overload
    body()
    this.#overload = undefined
  }

  /** The function whose body is being lowered; undefined in a probe. */
  get overload(): Overload | undefined {
    return this.#overload
  }

  finish(parameterCount: number): IrFunction {
    this.returnEmpty()
    const blocks = this.#blocks.map((block): IrBlock => ({ end: { op: 'return' }, ...block }))
    return {
      name: this.body.name,
      registers: this.#registers,
      parameters: Array.from({ length: parameterCount }, (_, reg) => reg),
      result: this.body.result,
      blocks: arrange(blocks),
    }
  }

  /** The end of a body, from which no value comes. */
  returnEmpty(): void {
    const { result } = this.body
    if (result === 'void') this.end({ op: 'return' })
    else this.end({ op: 'return', value: emptyValue(result) })
  }

  #open(id: BlockId): OpenBlock {
    const block = this.#blocks[id] ?? { instructions: [] }
    if (this.#handler !== undefined) block.handler = this.#handler
    return block
  }
}

import type {
  CheckedExpression,
  CheckedFunction,
  CheckedProgram,
  CheckedStatement,
  Global,
  Local,
  ValueType,
} from '../../src/sema/checked.ts'
import type { Format } from '../../src/text/format.ts'
import { Source } from '../../src/text/source.ts'

/** Numbers from a seed, the same on every machine (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }

  pick<const T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0]
  }
}

const span = new Source('random.stp', ' '.repeat(100)).span(0, 1)
const operators = ['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '>>>'] as const
const comparisons = ['<', '>', '<=', '>=', '==', '!='] as const
const compound = ['', '', '+', '-', '*', '^'] as const

const global = (name: string, id: number, type: ValueType): Global => ({
  name,
  id,
  type,
  keys: [],
  initial: undefined,
  capacity: 1,
  wrap: false,
  displayAtEnd: false,
  span,
})
const globals = [global('total', 0, 'long'), global('label', 1, 'string')] as const

/** A program of one tracepoint probe and a few functions, each calling only those before it. */
export function randomProgram(random: Random): CheckedProgram {
  const functions: CheckedFunction[] = natives()
  for (let n = 0; n < 3; n++) {
    functions.push(randomFunction(random, functions))
  }
  const locals = makeLocals(0)
  const body = new Maker(random, locals, functions, undefined).block(4, 6)
  const prototype = { name: 't', btfId: 0, parameters: [], variadic: false, result: 0 }
  const point = {
    kind: 'tracepoint',
    text: 't',
    span,
    system: undefined,
    name: 't',
    prototype,
  } as const
  return { globals, functions, probes: [{ points: [point], locals, body, entries: [], span }] }
}

function natives(): CheckedFunction[] {
  const make = (name: string, id: number, result: ValueType | 'void', types: ValueType[]) => ({
    name,
    id,
    parameterCount: types.length,
    locals: types.map((type, n): Local => ({ name: `p${n}`, id: n, type })),
    result,
    body: { kind: 'native' } as const,
    recursive: false,
    span,
  })
  return [
    make('execname', 0, 'string', []),
    make('strlen', 1, 'long', ['string']),
    make('symname', 2, 'string', ['long']),
    make('kernel_string', 3, 'string', ['long']),
    make('kernel_string', 4, 'string', ['long', 'string']),
    make('kernel_char', 5, 'long', ['long']),
    make('tid', 6, 'long', []),
    make('error', 7, 'void', ['string']),
  ]
}

function makeLocals(parameters: number): Local[] {
  const longs = ['a', 'b', 'c', 'i', 'j'].map((name, id): Local => ({ name, id, type: 'long' }))
  const texts = ['s', 't', 'u'].map((name, n): Local => ({ name, id: n + 5, type: 'string' }))
  return parameters === 0 ? [...longs, ...texts] : [...longs, ...texts]
}

function randomFunction(random: Random, before: readonly CheckedFunction[]): CheckedFunction {
  const locals = makeLocals(2)
  const result = random.pick(['long', 'string', 'void'])
  const id = before.length
  const body = new Maker(random, locals, before, result).block(2, 3)
  return { name: `f${id}`, id, parameterCount: 2, locals, result, body, recursive: false, span }
}

class Maker {
  readonly #random: Random
  readonly #locals: readonly Local[]
  readonly #functions: readonly CheckedFunction[]
  readonly #result: ValueType | 'void' | undefined
  #loops = 0

  constructor(
    random: Random,
    locals: readonly Local[],
    functions: readonly CheckedFunction[],
    result: ValueType | 'void' | undefined,
  ) {
    this.#random = random
    this.#locals = locals
    this.#functions = functions
    this.#result = result
  }

  block(depth: number, length: number): CheckedStatement {
    const statements = Array.from({ length: 1 + this.#random.below(length) }, () =>
      this.#statement(depth),
    )
    return { kind: 'block', statements }
  }

  #statement(depth: number): CheckedStatement {
    const roll = this.#random.below(depth > 0 ? 16 : 11)
    if (roll < 4) return { kind: 'expression', expression: this.#assign('long') }
    if (roll < 6) return { kind: 'expression', expression: this.#assign('string') }
    if (roll < 10) return { kind: 'expression', expression: this.#print() }
    if (roll === 10) return this.#rare()
    if (roll < 13) {
      const test = this.#long(1)
      const then = this.block(depth - 1, 3)
      if (this.#random.below(2) === 0) return { kind: 'if', test, then }
      return { kind: 'if', test, then, otherwise: this.block(depth - 1, 3) }
    }
    if (roll < 15 && this.#loops < 2) return this.#loop(depth)
    const message = this.#variable('string')
    const handler = this.block(depth - 1, 2)
    return { kind: 'try', body: this.block(depth - 1, 3), message, handler }
  }

  #rare(): CheckedStatement {
    const roll = this.#random.below(8)
    if (this.#result !== undefined && roll < 3) {
      if (this.#result === 'void') return { kind: 'return' }
      return { kind: 'return', value: this.#value(this.#result, 2) }
    }
    if (this.#loops > 0 && roll < 5) return { kind: 'break' }
    if (roll === 5) {
      const call = this.#call('error', [this.#text(1)])
      const then = { kind: 'expression', expression: call } as const
      return { kind: 'if', test: this.#compare(1), then }
    }
    return { kind: 'expression', expression: this.#long(2) }
  }

  /** A loop of at most four rounds, over a counter that its body leaves alone. */
  #loop(depth: number): CheckedStatement {
    const counter = this.#locals[3 + this.#loops]
    if (counter === undefined) throw new Error('no counter')
    const local = { kind: 'local', local: counter, type: 'long', span } as const
    const number = (value: bigint) => ({ kind: 'number', type: 'long', value, span }) as const
    this.#loops++
    const body = this.block(depth - 1, 4)
    this.#loops--
    return {
      kind: 'for',
      start: {
        kind: 'assign',
        type: 'long',
        operator: '',
        target: local,
        value: number(0n),
        span,
        operatorSpan: span,
      },
      test: {
        kind: 'binary',
        type: 'long',
        operator: '<',
        left: local,
        right: number(BigInt(this.#random.below(5))),
        span,
        operatorSpan: span,
      },
      step: { kind: 'increment', type: 'long', operator: '++', prefix: false, target: local, span },
      body,
      span,
    }
  }

  #variable(type: ValueType) {
    if (this.#random.below(6) === 0) {
      return { kind: 'global', global: globals[type === 'long' ? 0 : 1], type, span } as const
    }
    // Loop counters are never assigned.
    const fitting = this.#locals.filter(l => l.type === type && l.name !== 'i' && l.name !== 'j')
    const local = fitting[this.#random.below(fitting.length)]
    if (local === undefined) throw new Error('no local')
    return { kind: 'local', local, type, span } as const
  }

  #assign(type: ValueType): CheckedExpression {
    const operator = type === 'long' ? this.#random.pick(compound) : this.#random.pick(['', '.'])
    const value = this.#value(type, 2)
    const target = this.#variable(type)
    return { kind: 'assign', type, operator, target, value, span, operatorSpan: span }
  }

  #print(): CheckedExpression {
    const { format, args } = this.#format(2)
    return { kind: 'print', type: 'void', format, arguments: args, span }
  }

  #format(depth: number): { format: Format; args: CheckedExpression[] } {
    const format: Format[number][] = []
    const args: CheckedExpression[] = []
    for (let n = 1 + this.#random.below(3); n > 0; n--) {
      const type = this.#random.pick(['long', 'string'])
      format.push({ kind: 'literal', text: this.#random.pick(['-', 'x ', ',']) })
      const star = this.#random.below(5) === 0
      if (star) args.push(this.#long(0))
      args.push(this.#value(type, depth))
      const conversion = type === 'long' ? 'd' : 's'
      format.push({ kind: 'conversion', conversion, flag: '', ...(star && { width: '*' }) })
    }
    return { format, args }
  }

  #value(type: ValueType, depth: number): CheckedExpression {
    return type === 'long' ? this.#long(depth) : this.#text(depth)
  }

  #compare(depth: number): CheckedExpression {
    const type = this.#random.pick(['long', 'string'])
    const [left, right] = [this.#value(type, depth - 1), this.#value(type, depth - 1)]
    const operator = this.#random.pick(comparisons)
    return { kind: 'binary', type: 'long', operator, left, right, span, operatorSpan: span }
  }

  #long(depth: number): CheckedExpression {
    const roll = this.#random.below(depth > 0 ? 14 : 4)
    if (roll < 2) return this.#anyLocal('long')
    if (roll < 3) return this.#variable('long')
    if (roll < 4) {
      const value = this.#random.pick([0n, 1n, -1n, 2n, 7n, 990n, 5000n, 1n << 62n])
      return { kind: 'number', type: 'long', value, span }
    }
    if (roll < 7) {
      const operator = this.#random.pick(operators)
      const [left, right] = [this.#long(depth - 1), this.#long(depth - 1)]
      return { kind: 'binary', type: 'long', operator, left, right, span, operatorSpan: span }
    }
    if (roll < 9) return this.#compare(depth)
    if (roll < 10) {
      const operator = this.#random.pick(['&&', '||'])
      const [left, right] = [this.#long(depth - 1), this.#long(depth - 1)]
      return { kind: 'binary', type: 'long', operator, left, right, span, operatorSpan: span }
    }
    if (roll < 11) {
      const [operator, prefix] = [this.#random.pick(['++', '--']), this.#random.below(2) === 0]
      const target = this.#variable('long')
      return { kind: 'increment', type: 'long', operator, prefix, target, span }
    }
    if (roll < 12) return this.#call('strlen', [this.#text(depth - 1)])
    if (roll < 13) return this.#call('tid', [])
    return this.#userCall('long', depth) ?? this.#call('kernel_char', [this.#long(depth - 1)])
  }

  #text(depth: number): CheckedExpression {
    const roll = this.#random.below(depth > 0 ? 14 : 4)
    if (roll < 2) return this.#anyLocal('string')
    if (roll < 3) return this.#variable('string')
    if (roll < 4) {
      return { kind: 'string', type: 'string', value: this.#random.pick(['', 'k', 'lew']), span }
    }
    if (roll < 6) {
      const [left, right] = [this.#text(depth - 1), this.#text(depth - 1)]
      return {
        kind: 'binary',
        type: 'string',
        operator: '.',
        left,
        right,
        span,
        operatorSpan: span,
      }
    }
    if (roll < 8) {
      const { format, args } = this.#format(depth - 1)
      return { kind: 'print', type: 'string', format, arguments: args, span }
    }
    if (roll < 9) {
      const [test, then, otherwise] = [
        this.#compare(1),
        this.#text(depth - 1),
        this.#text(depth - 1),
      ]
      return { kind: 'conditional', type: 'string', test, then, otherwise, span }
    }
    if (roll < 10) return this.#call('execname', [])
    if (roll < 11) return this.#call('symname', [this.#long(depth - 1)])
    if (roll < 12) return this.#call('kernel_string', [this.#long(depth - 1)])
    if (roll < 13)
      return this.#call('kernel_string', [this.#long(depth - 1), this.#text(depth - 1)])
    return this.#userCall('string', depth) ?? this.#call('execname', [])
  }

  #anyLocal(type: ValueType): CheckedExpression {
    const fitting = this.#locals.filter(l => l.type === type)
    const local = fitting[this.#random.below(fitting.length)]
    if (local === undefined) throw new Error('no local')
    return { kind: 'local', local, type, span }
  }

  #call(name: string, args: CheckedExpression[]): CheckedExpression {
    const called = this.#functions.find(f => f.name === name && f.parameterCount === args.length)
    if (called === undefined) throw new Error(`no function ${name}`)
    const { id, result } = called
    return { kind: 'call', type: result, function: { id, name }, arguments: args, span }
  }

  #userCall(type: ValueType, depth: number): CheckedExpression | undefined {
    const fitting = this.#functions.filter(f => f.result === type && f.body.kind !== 'native')
    const called = fitting[this.#random.below(fitting.length + 1)]
    if (called === undefined) return undefined
    return this.#call(called.name, [this.#long(depth - 1), this.#long(depth - 1)])
  }
}

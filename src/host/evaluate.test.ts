import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instruction, IrBlock, IrFunction, Operand, Terminator } from '../ir/ir.ts'
import { Source } from '../text/source.ts'
import { ScriptError } from './error.ts'
import { createEvaluator, type HostEnvironment } from './evaluate.ts'
import { type GlobalInfo, MemoryStore, type Value } from './store.ts'

const source = new Source('t.stp', 'a / b; while (1) a[1] = 2; $x->y')
const at = (text: string): ReturnType<Source['span']> => {
  const start = source.text.indexOf(text)
  return source.span(start, start + text.length)
}
const reg = (r: number): Operand => ({ kind: 'reg', reg: r })
const num = (value: bigint): Operand => ({ kind: 'number', value })
const str = (value: string): Operand => ({ kind: 'text', value })
const branch = (test: Operand, then: number, otherwise: number): Terminator => ({
  op: 'branch',
  test,
  then,
  otherwise,
})
const back = (value: Operand): Terminator => ({ op: 'return', value })

function fn(
  types: ('long' | 'string')[],
  blocks: IrBlock[],
  parameters: number[] = [],
): IrFunction {
  return {
    name: 'f',
    registers: types.map(type => ({ type })),
    parameters,
    result: 'long',
    blocks,
  }
}

function environment(more: Partial<HostEnvironment> = {}): HostEnvironment & { out: string[] } {
  const out: string[] = []
  return {
    out,
    store: new MemoryStore(),
    maxStringLength: 512,
    symbols: { find: () => undefined },
    points: { text: () => 'begin', function: () => '', isReturn: () => false, address: () => 0n },
    zone: () => ({ offset: 0, name: 'UTC' }),
    context: what => (what === 'comm' ? 'klew' : 7n),
    print: text => out.push(text),
    exit: () => out.push('<exit>'),
    warn: message => out.push(`<warn ${message}>`),
    ...more,
  }
}

/** The value of the last register of straight code. */
function value(instructions: Instruction[], types: ('long' | 'string')[] = ['long']): Value {
  const f = fn(types, [{ instructions, end: back(reg(types.length - 1)) }])
  return createEvaluator(new Map(), environment()).call(f, []) ?? 'void'
}

function failure(f: () => unknown): string {
  try {
    f()
  } catch (error) {
    if (error instanceof ScriptError) return error.text
    throw error
  }
  return 'no failure'
}

const big = 2n ** 63n
const arithmetic: [
  string,
  'add' | 'sub' | 'mul' | 'shl' | 'shr' | 'ushr' | 'xor' | 'udiv',
  bigint,
  bigint,
  bigint,
][] = [
  ['addition wraps', 'add', big - 1n, 1n, -big],
  ['subtraction wraps', 'sub', -big, 1n, big - 1n],
  ['multiplication wraps', 'mul', big - 1n, 2n, -2n],
  ['a shift count is taken modulo 64', 'shl', 1n, 65n, 2n],
  ['a negative shift count too', 'shr', -8n, -63n, -4n],
  ['an unsigned shift fills with zeros', 'ushr', -1n, 60n, 15n],
  ['xor of signs', 'xor', -1n, 1n, -2n],
  ['unsigned division of what reads negative', 'udiv', -2n, 2n, big - 1n],
]
for (const [name, what, a, b, expected] of arithmetic) {
  test(`evaluate: ${name}`, () => {
    assert.equal(value([{ op: 'binary', what, to: 0, a: num(a), b: num(b) }]), expected)
  })
}

const divisions: ['div' | 'rem', bigint, bigint, bigint][] = [
  ['div', -7n, 2n, -3n],
  ['rem', -7n, 2n, -1n],
  ['div', -big, -1n, -big],
  ['rem', -big, -1n, 0n],
]
for (const [what, a, b, expected] of divisions) {
  test(`evaluate: ${a} ${what} ${b} is ${expected}`, () => {
    const span = at('/')
    assert.equal(value([{ op: 'divide', what, to: 0, a: num(a), b: num(b), span }]), expected)
  })
}

test('evaluate: where klew itself runs there are no registers', () => {
  const text = failure(() =>
    value([{ op: 'register', to: 0, number: 1, user: false, span: at('$x') }]),
  )
  const near = "near identifier '$x' at t.stp:1:28"
  assert.equal(text, `register access fault [man error::fault] ${near}`)
})

test('evaluate: division by zero names the operator and its place', () => {
  const text = failure(() =>
    value([{ op: 'divide', what: 'div', to: 0, a: num(1n), b: num(0n), span: at('/') }]),
  )
  assert.equal(text, "division by 0 near operator '/' at t.stp:1:3")
})

test('evaluate: strings are cut at MAXSTRINGLEN - 1 and at a NUL', () => {
  const long = 'x'.repeat(400)
  const joined = value([{ op: 'concat', to: 0, a: str(long), b: str(long) }], ['string'])
  assert.equal(joined, 'x'.repeat(511))
  const format = [
    { kind: 'literal', text: 'a' },
    { kind: 'conversion', conversion: 'c', flag: '' },
    { kind: 'literal', text: 'b' },
  ] as const
  const made = value([{ op: 'format', to: 0, format, args: [num(0n)], span: at('a') }], ['string'])
  assert.equal(made, 'a')
})

test('evaluate: strings compare by bytes', () => {
  const less: Instruction = {
    op: 'compare-text',
    what: 'lt',
    to: 0,
    a: str('a\x7f'),
    b: str('a\xff'),
  }
  assert.equal(value([less]), 1n)
})

test('evaluate: a handler block takes the error and its text', () => {
  const env = environment()
  const f = fn(
    ['long', 'string'],
    [
      {
        instructions: [{ op: 'divide', what: 'div', to: 0, a: num(1n), b: num(0n), span: at('/') }],
        end: back(num(0n)),
        handler: 1,
      },
      {
        instructions: [
          { op: 'caught', to: 1 },
          { op: 'warn', message: reg(1) },
        ],
        end: back(num(9n)),
      },
    ],
  )
  assert.equal(createEvaluator(new Map(), env).call(f, []), 9n)
  assert.deepEqual(env.out, ["<warn division by 0 near operator '/' at t.stp:1:3>"])
})

test('evaluate: an endless loop ends with MAXACTION, which no handler takes', () => {
  const f = fn(
    ['long'],
    [{ instructions: [], end: { op: 'jump', to: 0 }, handler: 0, loop: at('while') }],
  )
  const run = (): unknown => createEvaluator(new Map(), environment()).call(f, [])
  assert.equal(failure(run), 'MAXACTION exceeded near keyword at t.stp:1:8')
})

test('evaluate: recursion works, and too much of it is an error', () => {
  // f(n) = n == 0 ? 1 : n * f(n - 1)
  const f = fn(
    ['long', 'long', 'long'],
    [
      { instructions: [], end: branch(reg(0), 1, 2) },
      {
        instructions: [
          { op: 'binary', what: 'sub', to: 1, a: reg(0), b: num(1n) },
          { op: 'call', function: 5, args: [reg(1)], to: 2, span: at('a') },
          { op: 'binary', what: 'mul', to: 2, a: reg(0), b: reg(2) },
        ],
        end: back(reg(2)),
      },
      { instructions: [], end: back(num(1n)) },
    ],
    [0],
  )
  const evaluator = createEvaluator(new Map([[5, f]]), environment())
  assert.equal(evaluator.call(f, [10n]), 3628800n)
  assert.equal(
    failure(() => evaluator.call(f, [1000n])),
    "MAXNESTING exceeded near identifier 'a' at t.stp:1:1",
  )
})

test('evaluate: a full array is an error that names the array and its size', () => {
  const global: GlobalInfo & { displayAtEnd: boolean; span: ReturnType<typeof at> } = {
    id: 0,
    name: 'a',
    type: 'long',
    keys: ['long'],
    initial: undefined,
    capacity: 0,
    wrap: false,
    displayAtEnd: false,
    span: at('a['),
  }
  const set = (capacity: number): Instruction => ({
    op: 'element-set',
    array: { ...global, capacity },
    keys: [num(1n)],
    value: num(2n),
    span: at('a['),
  })
  assert.equal(
    failure(() => value([set(0)])),
    "Array overflow, check size limit (0) near identifier 'a' at t.stp:1:18",
  )
  assert.equal(value([set(2048)]), 0n)
})

test('evaluate: foreach takes keys and values, and keeps the last ones at the end', () => {
  const env = environment()
  const array = {
    id: 0,
    name: 'a',
    type: 'long',
    keys: ['string'],
    initial: undefined,
    capacity: 9,
    wrap: false,
    displayAtEnd: false,
    span: at('a['),
  } as const
  env.store.elementSet(array, ['one'], 1n)
  env.store.elementSet(array, ['two'], 2n)
  const format = [
    { kind: 'conversion', conversion: 's', flag: '' },
    { kind: 'literal', text: '=' },
    { kind: 'conversion', conversion: 'd', flag: '' },
  ] as const
  const f = fn(
    ['long', 'string', 'long'],
    [
      {
        instructions: [
          {
            op: 'iterate',
            iteration: 0,
            array,
            sort: { by: 'value', ascending: false },
            span: at('a'),
          },
        ],
        end: { op: 'jump', to: 1 },
      },
      {
        instructions: [{ op: 'iterate-next', iteration: 0, to: 0, keys: [1], value: 2 }],
        end: branch(reg(0), 2, 3),
      },
      {
        instructions: [{ op: 'print', format, args: [reg(1), reg(2)], span: at('a') }],
        end: { op: 'jump', to: 1 },
      },
      { instructions: [], end: back(reg(2)) },
    ],
  )
  assert.equal(createEvaluator(new Map(), env).call(f, []), 1n)
  assert.deepEqual(env.out, ['two=2', 'one=1'])
})

test('evaluate: without memory a load is a read fault, and a string load its own', () => {
  const span = at('$x')
  const load: Instruction = {
    op: 'load',
    to: 0,
    address: num(0x10n),
    size: 8,
    signed: false,
    user: false,
    span,
  }
  assert.equal(
    failure(() => value([load])),
    "read fault [man error::fault] at 0x10 near identifier '$x' at t.stp:1:28",
  )
  const text = { op: 'load-text', to: 0, address: num(-1n), limit: 9, user: false, span } as const
  assert.equal(
    failure(() => value([text], ['string'])),
    "kernel string copy fault at 0xffffffffffffffff [man error::fault] near identifier '$x' at t.stp:1:28",
  )
  assert.equal(value([{ ...text, otherwise: str('?') }], ['string']), '?')
})

test('evaluate: memory is read little-endian, with the sign asked for', () => {
  const memory = (address: bigint, count: number): string =>
    'ab\xfe\xff\0'.slice(Number(address), Number(address) + count)
  const env = environment({ memory })
  const load = (size: 1 | 2, signed: boolean): IrFunction =>
    fn(
      ['long'],
      [
        {
          instructions: [
            { op: 'load', to: 0, address: num(2n), size, signed, user: false, span: at('a') },
          ],
          end: back(reg(0)),
        },
      ],
    )
  const evaluator = createEvaluator(new Map(), env)
  assert.equal(evaluator.call(load(2, true), []), -2n)
  assert.equal(evaluator.call(load(2, false), []), 0xfffen)
})

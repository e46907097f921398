import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { type Instruction, InstructionError } from './instruction.ts'

// Bytes: opcode, source and destination nibbles, 16-bit offset, 32-bit immediate (RFC 9669).
const cases: [name: string, instruction: Instruction, hex: string][] = [
  [
    'an immediate is sign-extended by the processor',
    { kind: 'alu', op: 'add', width: 64, dst: 3, operand: { kind: 'immediate', value: -8 } },
    '07030000f8ffffff',
  ],
  [
    'a register move',
    { kind: 'alu', op: 'mov', width: 64, dst: 6, operand: { kind: 'register', register: 1 } },
    'bf16000000000000',
  ],
  [
    'a 32-bit shift',
    { kind: 'alu', op: 'arsh', width: 32, dst: 2, operand: { kind: 'immediate', value: 5 } },
    'c402000005000000',
  ],
  [
    'signed division is division with offset 1',
    { kind: 'alu', op: 'sdiv', width: 64, dst: 1, operand: { kind: 'register', register: 2 } },
    '3f21010000000000',
  ],
  [
    'a sign-extending move has its bits in the offset',
    { kind: 'move-signed', width: 64, bits: 32, dst: 1, src: 2 },
    'bf21200000000000',
  ],
  ['to big endian', { kind: 'byte-order', to: 'be', bits: 64, dst: 3 }, 'dc03000040000000'],
  ['a swap in any case', { kind: 'byte-order', to: 'swap', bits: 16, dst: 3 }, 'd703000010000000'],
  [
    'a load from below the frame pointer',
    { kind: 'load', size: 8, signed: false, dst: 0, src: 10, offset: -16 },
    '79a0f0ff00000000',
  ],
  [
    'a sign-extending load',
    { kind: 'load', size: 1, signed: true, dst: 0, src: 1, offset: 4 },
    '9110040000000000',
  ],
  [
    'a store of an immediate',
    { kind: 'store', size: 4, dst: 10, offset: -4, operand: { kind: 'immediate', value: 0 } },
    '620afcff00000000',
  ],
  [
    'a store of a register',
    { kind: 'store', size: 2, dst: 1, offset: 6, operand: { kind: 'register', register: 7 } },
    '6b71060000000000',
  ],
  [
    'an atomic add',
    { kind: 'atomic', op: 'add', fetch: false, size: 8, dst: 0, offset: 8, src: 1 },
    'db10080000000000',
  ],
  [
    'an atomic compare and exchange fetches',
    { kind: 'atomic', op: 'compare-exchange', fetch: true, size: 4, dst: 2, offset: 0, src: 1 },
    'c3120000f1000000',
  ],
  [
    'a 64-bit constant takes two',
    { kind: 'load64', dst: 1, value: { kind: 'constant', value: 0xfedcba9876543210n } },
    '18010000103254760000000098badcfe',
  ],
  [
    'a byte of a map value',
    { kind: 'load64', dst: 1, value: { kind: 'map-value', map: 3, offset: 40 } },
    '18210000030000000000000028000000',
  ],
  [
    'a subprogram as a callback',
    { kind: 'load64', dst: 2, value: { kind: 'function', distance: 7 } },
    '18420000070000000000000000000000',
  ],
  [
    'a 32-bit comparison',
    {
      kind: 'branch',
      op: 'slt',
      width: 32,
      dst: 1,
      operand: { kind: 'immediate', value: -1 },
      offset: 5,
    },
    'c6010500ffffffff',
  ],
  ['a long jump', { kind: 'jump-long', distance: 70_000 }, '0600000070110100'],
  ['may_goto', { kind: 'may-goto', offset: 9 }, 'e500090000000000'],
  ['a helper', { kind: 'call', target: { kind: 'helper', id: 5 } }, '8500000005000000'],
  [
    'a subprogram',
    { kind: 'call', target: { kind: 'subprogram', distance: -3 } },
    '85100000fdffffff',
  ],
  [
    'a kernel function',
    { kind: 'call', target: { kind: 'kfunc', id: 77, object: 0 } },
    '852000004d000000',
  ],
  ['exit', { kind: 'exit' }, '9500000000000000'],
]
for (const [name, instruction, hex] of cases) {
  test(`instruction: ${name}`, () => {
    const bytes = encode([instruction])
    assert.equal(Buffer.from(bytes).toString('hex'), hex)
    assert.deepEqual(decode(bytes), [{ at: 0, instruction }])
  })
}

test('instruction: what follows a load64 is counted from its second half', () => {
  const bytes = encode([
    { kind: 'load64', dst: 1, value: { kind: 'map', map: 0 } },
    { kind: 'exit' },
  ])
  assert.deepEqual(
    decode(bytes).map(one => one.at),
    [0, 2],
  )
})

const refused: [name: string, hex: string, message: RegExp][] = [
  [
    'an unknown opcode is told with its place',
    '9500000000000000e700000000000000',
    /instruction 1 .* 0xe7/,
  ],
  ['half a load64 is not one', '1801000000000000', /second half/],
  ['seven bytes are not an instruction', '95000000000000', /7 bytes/],
  ['an atomic of two bytes is not one', 'cb10000000000000', /0xcb/],
]
for (const [name, hex, message] of refused) {
  test(`instruction: ${name}`, () => {
    assert.throws(
      () => decode(Buffer.from(hex, 'hex')),
      (error: unknown) => {
        return error instanceof InstructionError && message.test(error.message)
      },
    )
  })
}

const register = fc.integer({ min: 0, max: 10 })
const short = fc.integer({ min: -0x8000, max: 0x7fff })
const word = fc.integer({ min: -0x80000000, max: 0x7fffffff })
const width = fc.constantFrom(32, 64)
const size = fc.constantFrom(1, 2, 4, 8)
const operand = fc.oneof(
  fc.record({ kind: fc.constant('register'), register }),
  fc.record({ kind: fc.constant('immediate'), value: word }),
)
const alu = [
  'add',
  'sub',
  'mul',
  'div',
  'or',
  'and',
  'lsh',
  'rsh',
  'mod',
  'xor',
  'mov',
  'arsh',
  'sdiv',
  'smod',
]
const branch = ['eq', 'gt', 'ge', 'set', 'ne', 'sgt', 'sge', 'lt', 'le', 'slt', 'sle']
const wide = fc.oneof(
  fc.record({ kind: fc.constant('constant'), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ kind: fc.constant('map'), map: word }),
  fc.record({ kind: fc.constant('map-value'), map: word, offset: word }),
  fc.record({ kind: fc.constant('btf-id'), id: word, object: word }),
  fc.record({ kind: fc.constant('function'), distance: word }),
  fc.record({ kind: fc.constant('map-index'), index: word }),
  fc.record({ kind: fc.constant('map-index-value'), index: word, offset: word }),
)
const target = fc.oneof(
  fc.record({ kind: fc.constant('helper'), id: word }),
  fc.record({ kind: fc.constant('subprogram'), distance: word }),
  fc.record({ kind: fc.constant('kfunc'), id: word, object: short }),
)
const place = { size, dst: register, src: register, offset: short }
const any = fc.oneof(
  fc.record({
    kind: fc.constant('alu'),
    op: fc.constantFrom(...alu),
    width,
    dst: register,
    operand,
  }),
  fc.record({ kind: fc.constant('negate'), width, dst: register }),
  fc.record({
    kind: fc.constant('move-signed'),
    width,
    bits: fc.constantFrom(8, 16, 32),
    dst: register,
    src: register,
  }),
  fc.record({
    kind: fc.constant('byte-order'),
    to: fc.constantFrom('be', 'le', 'swap'),
    bits: fc.constantFrom(16, 32, 64),
    dst: register,
  }),
  fc.record({ ...place, kind: fc.constant('load'), signed: fc.boolean() }),
  fc.record({ kind: fc.constant('store'), size, dst: register, offset: short, operand }),
  fc.record({
    ...place,
    kind: fc.constant('atomic'),
    op: fc.constantFrom('add', 'and', 'or', 'xor'),
    fetch: fc.boolean(),
    size: fc.constantFrom(4, 8),
  }),
  fc.record({
    ...place,
    kind: fc.constant('atomic'),
    op: fc.constantFrom('exchange', 'compare-exchange'),
    fetch: fc.constant(true),
    size: fc.constantFrom(4, 8),
  }),
  fc.record({ ...place, kind: fc.constantFrom('load-acquire', 'store-release') }),
  fc.record({
    kind: fc.constant('load-packet'),
    size: fc.constantFrom(1, 2, 4),
    src: fc.option(register, { nil: undefined }),
    position: word,
  }),
  fc.record({ kind: fc.constant('load64'), dst: register, value: wide }),
  fc.record({ kind: fc.constantFrom('jump', 'may-goto'), offset: short }),
  fc.record({ kind: fc.constant('jump-long'), distance: word }),
  fc.record({
    kind: fc.constant('branch'),
    op: fc.constantFrom(...branch),
    width,
    dst: register,
    operand,
    offset: short,
  }),
  fc.record({ kind: fc.constant('call'), target }),
  fc.record({ kind: fc.constant('exit') }),
)

test('instruction: whatever is encoded is decoded to itself', () => {
  const property = fc.property(fc.array(any, { maxLength: 20 }), made => {
    // The generators' words are those of the type; fast-check knows them as strings.
    const instructions = made as unknown as Instruction[]
    const decoded = decode(encode(instructions)).map(one => one.instruction)
    assert.deepEqual(JSON.stringify(decoded, ordered), JSON.stringify(instructions, ordered))
  })
  fc.assert(property, { numRuns: 500 })
})

test('instruction: any bytes either decode or are refused with an InstructionError', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
    try {
      decode(bytes)
    } catch (error) {
      assert.ok(error instanceof InstructionError)
    }
  })
  fc.assert(property, { numRuns: 2000 })
})

/** Keys in one order, bigints as text: two records that mean the same become the same text. */
function ordered(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

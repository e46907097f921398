import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LateContext } from '../host/late.ts'
import type { Value } from '../host/store.ts'
import type { LeafLayout, PrintSite, RecordLayout } from '../image.ts'
import type { Late } from '../ir/ir.ts'
import type { Conversion, Format, FormatPiece } from '../text/format.ts'
import { recordText } from './record.ts'
import type { RingMemory } from './ring.ts'
import { createWriter } from './writer.ts'

const MAXSTRINGLEN = 64

const context: LateContext = {
  maxStringLength: MAXSTRINGLEN,
  symbols: {
    find: a => (a < 16n ? { name: `sym${a}`, offset: a, size: 16n } : undefined),
  },
  points: {
    text: p => `point${p}`,
    function: p => `f${p}`,
    isReturn: p => p === 1,
    address: () => 3n,
  },
  zone: () => ({ offset: 3600, name: 'CET' }),
}

const BUFFER = 1 << 16
const START = 16
/** A record and its neighbours, in memory as the ring's. */
function memoryOf(record: Uint8Array): RingMemory {
  const bytes = new Uint8Array(4096).fill(0xee)
  bytes.set(record, START)
  const { buffer } = bytes
  return {
    u8: bytes,
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    i64: new BigInt64Array(buffer),
  }
}

interface Leaf {
  readonly kind: LeafLayout['kind']
  readonly value: Value
}

const TEXT_BYTES = 24
const STACK_BYTES = 40

/** Lays leaves out and writes them, as the kernel's programs do. */
function encode(leaves: readonly Leaf[]): { layout: RecordLayout; record: Uint8Array } {
  const record = Buffer.alloc(2048, 0xaa)
  const layouts: LeafLayout[] = []
  const packed: Buffer[] = []
  let at = 8
  for (const { kind, value } of leaves) {
    switch (kind) {
      case 'long':
        record.writeBigInt64LE(BigInt(value), at)
        layouts.push({ kind, offset: at })
        at += 8
        break
      case 'text':
        record.write(`${value}\0`, at, TEXT_BYTES, 'latin1')
        layouts.push({ kind, offset: at, bytes: TEXT_BYTES })
        at += TEXT_BYTES
        break
      case 'packed':
        packed.push(Buffer.from(String(value), 'latin1'))
        record.writeUInt32LE(String(value).length, at)
        layouts.push({ kind, offset: at })
        at += 4
        break
      case 'stack':
        at += at % 8
        record.writeInt32LE(String(value).length, at)
        record.write(String(value), at + 8, 'latin1')
        layouts.push({ kind, offset: at, bytes: STACK_BYTES })
        at += 8 + STACK_BYTES
        break
    }
  }
  const fixedBytes = at
  for (const bytes of packed) at += bytes.copy(record, at)
  return { layout: { fixedBytes, leaves: layouts }, record: record.subarray(0, at) }
}

function written(site: PrintSite, memory: RingMemory, length: number): string {
  const into = Buffer.alloc(BUFFER, 0x2e)
  const writer = createWriter(site, memory, into, context)
  const end = writer.write(START, 7)
  assert.ok(end - 7 <= writer.most.bytes + writer.most.records * length, 'the extent is too small')
  assert.equal(into.toString('latin1', 0, 7), '.......')
  return into.toString('latin1', 7, end)
}

function siteOf(format: Format, args: readonly Late[], layout: RecordLayout): PrintSite {
  return { handler: 0, format, args, record: layout }
}

// --- random records and formats

const longs = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 70_000n }),
  fc.constantFrom(0n, -1n, 2n ** 31n, 2n ** 32n, -(2n ** 32n), 2n ** 53n, -(2n ** 63n), 10n ** 9n),
)
const bytes = (max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { maxLength: max })
    .map(codes => String.fromCharCode(...codes))
const leafValues = fc.record({
  longs: fc.array(longs, { minLength: 3, maxLength: 5 }),
  texts: fc.array(bytes(TEXT_BYTES - 1), { minLength: 1, maxLength: 2 }),
  packed: fc.array(bytes(100), { minLength: 1, maxLength: 3 }),
  stack: fc
    .array(fc.bigInt({ min: 0n, max: 40n }), { maxLength: STACK_BYTES / 8 })
    .map(frames => Buffer.from(new BigUint64Array(frames).buffer).toString('latin1')),
})

interface Shape {
  readonly leaves: readonly Leaf[]
  readonly long: fc.Arbitrary<Late>
  readonly text: fc.Arbitrary<Late>
  readonly stack: Late
}

function shapeOf(values: {
  longs: bigint[]
  texts: string[]
  packed: string[]
  stack: string
}): Shape {
  const leaves: Leaf[] = [
    ...values.longs.map(value => ({ kind: 'long', value }) as const),
    ...values.texts.map(value => ({ kind: 'text', value }) as const),
    ...values.packed.map(value => ({ kind: 'packed', value }) as const),
    { kind: 'stack', value: values.stack },
  ]
  const indices = (wanted: (kind: string) => boolean): Late[] =>
    leaves.flatMap((l, index) => (wanted(l.kind) ? [{ kind: 'leaf', index } as const] : []))
  return {
    leaves,
    long: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...indices(k => k === 'long')) },
      longs.map(value => ({ kind: 'number', value }) as const),
    ),
    text: fc.constantFrom(...indices(k => k === 'text' || k === 'packed')),
    stack: { kind: 'leaf', index: leaves.length - 1 },
  }
}

/** A format and the late values it needs, nested up to `depth`. */
function formats(shape: Shape, depth: number): fc.Arbitrary<{ format: Format; args: Late[] }> {
  const literal = bytes(80).map(text => ({ piece: { kind: 'literal', text } as const, args: [] }))
  const piece = fc.oneof(literal, conversions(shape, depth), conversions(shape, depth))
  return fc.array(piece, { maxLength: 5 }).map(pieces => ({
    format: pieces.map(p => p.piece),
    args: pieces.flatMap(p => p.args),
  }))
}

const field = fc.option(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant('*' as const)), {
  nil: undefined,
})

function conversions(
  shape: Shape,
  depth: number,
): fc.Arbitrary<{ piece: FormatPiece; args: Late[] }> {
  const star: fc.Arbitrary<Late> = fc.oneof(
    shape.long,
    fc.integer({ min: -40, max: 40 }).map(n => ({ kind: 'number', value: BigInt(n) }) as const),
  )
  return fc
    .record({
      conversion: fc.constantFrom(...'duxXopscbmM'),
      flag: fc.constantFrom('', '', '0', '+', '-', ' ', '#'),
      width: field,
      precision: field,
      long: shape.long,
      text: texts(shape, depth),
      stars: fc.tuple(star, star),
    })
    .map(c => {
      const args: Late[] = []
      if (c.width === '*') args.push(c.stars[0])
      if (c.precision === '*') args.push(c.stars[1])
      args.push('smM'.includes(c.conversion) ? c.text : c.long)
      const piece: Conversion = {
        kind: 'conversion',
        conversion: c.conversion as Conversion['conversion'], // drawn from them
        flag: c.flag as Conversion['flag'], // drawn from them
        ...(c.width === undefined ? {} : { width: c.width }),
        ...(c.precision === undefined ? {} : { precision: c.precision }),
      }
      return { piece, args }
    })
}

function texts(shape: Shape, depth: number): fc.Arbitrary<Late> {
  const constant = bytes(80).map(value => ({ kind: 'text', value }) as const)
  const pure = fc.oneof(
    shape.long.chain(a =>
      fc
        .constantFrom('pad', 'symname', 'symdata', 'ctime', 'tz-ctime', 'point-text')
        .map((name): Late => ({ kind: 'pure', name: name as 'pad', args: [a] })),
    ),
    fc.tuple(shape.long, shape.long).map(
      ([point, address]): Late => ({
        kind: 'pure',
        name: 'backtrace-lines',
        args: [shape.stack, point, address],
      }),
    ),
  )
  if (depth === 0) return fc.oneof(shape.text, shape.text, constant, pure)
  const inner = texts(shape, depth - 1)
  const concat = fc.tuple(inner, inner).map(([a, b]): Late => ({ kind: 'concat', a, b }))
  const nested = formats(shape, depth - 1).map((f): Late => ({ kind: 'format', ...f }))
  const substr = fc.tuple(inner, shape.long).map(
    ([a, n]): Late => ({
      kind: 'pure',
      name: 'substr',
      args: [a, { kind: 'number', value: 1n }, n],
    }),
  )
  return fc.oneof(shape.text, constant, pure, concat, nested, substr)
}

test('writer: gives the bytes that formatText gives, for any format and record', () => {
  const cases = leafValues.chain(values => {
    const shape = shapeOf(values)
    return formats(shape, 2).map(f => ({ leaves: shape.leaves, ...f }))
  })
  fc.assert(
    fc.property(cases, ({ leaves, format, args }) => {
      const { layout, record } = encode(leaves)
      const site = siteOf(format, args, layout)
      const memory = memoryOf(record)
      const expected = recordText(site, memory, START, context)
      fc.pre(expected.length < BUFFER / 2)
      assert.equal(written(site, memory, record.length), expected)
    }),
    { numRuns: 600 },
  )
})

const leaf = (index: number): Late => ({ kind: 'leaf', index })
const conversion = (
  text: Conversion['conversion'],
  more: Partial<Conversion> = {},
): Conversion => ({
  kind: 'conversion',
  conversion: text,
  flag: '',
  ...more,
})

test('writer: a call tree line comes out as thread_indent prints it', () => {
  const { layout, record } = encode([
    { kind: 'long', value: 12n },
    { kind: 'text', value: 'a.out' },
    { kind: 'long', value: 7879n },
    { kind: 'long', value: 4n },
    { kind: 'long', value: 5n },
  ])
  const indent: Format = [
    conversion('d', { width: 6 }),
    { kind: 'literal', text: ' ' },
    conversion('s'),
    { kind: 'literal', text: ':' },
    conversion('s'),
  ]
  const description: Late = {
    kind: 'format',
    format: [
      conversion('s'),
      { kind: 'literal', text: '(' },
      conversion('d'),
      { kind: 'literal', text: ')' },
    ],
    args: [leaf(1), leaf(2)],
  }
  const site = siteOf(
    [
      conversion('s', { width: 20, flag: '-' }),
      { kind: 'literal', text: '|-> ' },
      conversion('s'),
      { kind: 'literal', text: '\n' },
    ],
    [
      {
        kind: 'format',
        format: indent,
        args: [leaf(0), description, { kind: 'pure', name: 'pad', args: [leaf(3)] }],
      },
      { kind: 'pure', name: 'symname', args: [leaf(4)] },
    ],
    layout,
  )
  assert.equal(written(site, memoryOf(record), record.length), '    12 a.out(7879):    |-> sym5\n')
})

test('writer: a time out of range prints why', () => {
  const { layout, record } = encode([{ kind: 'long', value: 2n ** 40n }])
  const site = siteOf([conversion('s')], [{ kind: 'pure', name: 'ctime', args: [leaf(0)] }], layout)
  assert.equal(
    written(site, memoryOf(record), record.length),
    '(time 1099511627776 is unreasonably far in the future)',
  )
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BtfMaker } from '../../test/support/btf.ts'
import { Btf, BtfError } from './btf.ts'
import { BtfTypes } from './btf-types.ts'

/** A kernel with a little of everything, and a module over it. */
function sample() {
  const made = new BtfMaker()
  const int = made.int('int', 4, 1)
  const unsigned = made.int('unsigned int', 4)
  const long = made.int('long unsigned int', 8)
  const char = made.int('char', 1, 1)
  const bool = made.int('_Bool', 1, 4)
  const u32 = made.typedef('u32', unsigned)
  const be32 = made.typedef('__be32', u32)
  const name = made.array(char, 16)
  const matrix = made.array(made.array(int, 3), 2)
  const deviceForward = made.forward('device')
  const device = made.struct('net_device', 24, [
    { name: 'name', type: name, offset: 0 },
    { name: 'ifindex', type: int, offset: 128 },
  ])
  const devicePointer = made.pointer(device)
  const inner = made.struct('', 16, [
    { name: 'next', type: made.pointer(0), offset: 0 },
    { name: 'dev', type: devicePointer, offset: 64 },
  ])
  const either = made.union('', 16, [
    { name: '', type: inner, offset: 0 },
    { name: 'rbnode', type: long, offset: 0 },
  ])
  const buffer = made.struct('sk_buff', 64, [
    { name: '', type: either, offset: 0 },
    { name: 'len', type: unsigned, offset: 128, width: 0 },
    { name: 'cloned', type: unsigned, offset: 160, width: 1 },
    { name: 'nohdr', type: unsigned, offset: 161, width: 3 },
    { name: '', type: unsigned, offset: 164, width: 4 },
    { name: 'mark', type: be32, offset: 192, width: 0 },
  ])
  const bufferPointer = made.pointer(buffer)
  const family = made.enum('family', { AF_UNSPEC: 0, AF_INET: 2 })
  const verdict = made.enum('verdict', { NONE: 0, BAD: -1 }, true)
  const wide = made.enum64('wide', { BIG: 1n << 40n, ALL: (1n << 64n) - 1n })
  const prototype = made.prototype(int, [
    ['skb', bufferPointer],
    ['flags', long],
  ])
  const handler = made.pointer(
    made.prototype(0, [
      ['', bufferPointer],
      ['', 0],
    ]),
  )
  const callback = made.pointer(made.prototype(int, []))
  const sendmsg = made.func('ip_output', prototype)
  made.declTag('bpf_kfunc', sendmsg)
  const constChar = made.const(char)
  const printk = made.func(
    'printk',
    made.prototype(int, [
      ['fmt', made.pointer(constChar)],
      ['', 0],
    ]),
  )
  const double = made.float('double', 8)
  const tagged = made.pointer(made.typeTag('user', char))
  const vaList = made.pointer(made.struct('__va_list_tag', 24, []))
  const constPointer = made.const(made.pointer(made.const(device)))
  const register = made.pointer(made.volatile(int))
  // Before `kind_flag`, integers of fewer bits than their size made a bitfield.
  const threeBits = made.int('unsigned char', 1, 0, 3)
  const old = made.struct('old', 4, [{ name: 'mode', type: threeBits, offset: 5 }])

  const module = new BtfMaker(made)
  const bridge = module.struct('net_bridge', 8, [{ name: 'dev', type: devicePointer, offset: 0 }])
  const port = module.pointer(bridge)
  module.func(
    'br_forward',
    module.prototype(0, [
      ['br', port],
      ['skb', bufferPointer],
    ]),
  )
  // A name that the kernel has too is its string.
  module.func('dev', module.prototype(0, []))

  const kernel = new Btf(made.bytes())
  const types = new BtfTypes(kernel, {
    open: m => (m === 'bridge' ? new Btf(module.bytes(), kernel) : undefined),
    names: () => ['bridge'],
  })
  return {
    types,
    ids: {
      ...{ int, unsigned, long, char, bool, u32, be32, name, matrix, deviceForward, device },
      ...{ devicePointer, inner, either, buffer, bufferPointer, family, verdict, wide, prototype },
      ...{ handler, callback, sendmsg, constChar, printk, double, tagged, vaList, constPointer },
      ...{ register, old, void: 0 },
    },
  }
}

const { types, ids } = sample()

const spellings: [id: keyof typeof ids, text: string][] = [
  ['void', 'void'],
  ['int', 'int'],
  ['long', 'long unsigned int'],
  ['be32', '__be32'],
  ['name', 'char[]'],
  ['matrix', 'int[][]'],
  ['device', 'struct net_device'],
  ['deviceForward', 'struct device'],
  ['bufferPointer', 'struct sk_buff*'],
  ['inner', 'struct {...}'],
  ['either', 'union {...}'],
  ['family', 'enum family'],
  ['wide', 'enum wide'],
  ['constChar', 'char const'],
  ['constPointer', 'struct net_device const* const'],
  ['register', 'int volatile*'],
  ['handler', 'void (*) (struct sk_buff*, ...)'],
  ['callback', 'int (*) (void)'],
  ['tagged', 'char*'],
  ['vaList', 'va_list'],
  ['double', 'double'],
]
for (const [id, text] of spellings) {
  test(`types: ${id} is spelled as stap -L does`, () => assert.equal(types.spell(ids[id]), text))
}

const names: [name: string, id: keyof typeof ids | undefined][] = [
  ['sk_buff', 'buffer'],
  ['struct sk_buff', 'buffer'],
  [' struct  sk_buff ', 'buffer'],
  ['union sk_buff', undefined],
  ['enum family', 'family'],
  ['enum wide', 'wide'],
  ['struct device', 'deviceForward'],
  ['__be32', 'be32'],
  ['int', 'int'],
  ['signed', 'int'],
  ['unsigned', 'unsigned'],
  ['unsigned long', 'long'],
  ['long unsigned', 'long'],
  ['bool', 'bool'],
  ['nothing', undefined],
  ['', undefined],
  ['sk_buf', undefined],
]
for (const [name, id] of names) {
  test(`types: find '${name}'`, () => {
    assert.equal(types.find(name), id === undefined ? undefined : ids[id])
  })
}

test('types: resolve takes typedefs and qualifiers off', () => {
  assert.deepEqual(types.resolve(ids.be32), {
    kind: 'integer',
    size: 4,
    signed: false,
    bool: false,
    char: false,
  })
  assert.deepEqual(types.resolve(ids.constPointer).kind, 'pointer')
  assert.deepEqual(types.resolve(ids.void), { kind: 'void' })
  assert.deepEqual(types.resolve(ids.deviceForward), { kind: 'forward', name: 'device' })
  assert.deepEqual(types.resolve(ids.sendmsg), { kind: 'function' })
  assert.deepEqual(types.resolve(ids.double), { kind: 'float', size: 8 })
  assert.deepEqual(types.resolve(ids.buffer), { kind: 'struct', name: 'sk_buff', size: 64 })
  assert.deepEqual(types.resolve(ids.name), { kind: 'array', element: ids.char, count: 16 })
})

test('types: char and bool are told from other integers', () => {
  const char = types.resolve(ids.char)
  const bool = types.resolve(ids.bool)
  assert.ok(char.kind === 'integer' && char.char && char.signed && !char.bool)
  assert.ok(bool.kind === 'integer' && bool.bool && !bool.char)
})

test('types: enumerators have their sign and all their bits', () => {
  assert.equal(types.enumerator('AF_INET'), 2n)
  assert.equal(types.enumerator('BAD'), -1n)
  assert.equal(types.enumerator('BIG'), 1n << 40n)
  assert.equal(types.enumerator('ALL'), (1n << 64n) - 1n)
  assert.equal(types.enumerator('AF_INET6'), undefined)
  assert.equal(types.enumerator('sk_buff'), undefined)
})

test('types: members are found through anonymous structs and unions', () => {
  assert.deepEqual(types.member(ids.buffer, 'dev'), {
    name: 'dev',
    type: ids.devicePointer,
    offsetBits: 64,
  })
  assert.equal(types.member(ids.buffer, 'rbnode')?.offsetBits, 0)
  assert.equal(types.member(ids.buffer, 'nosuch'), undefined)
  assert.equal(types.member(ids.int, 'x'), undefined)
})

test('types: bitfields have a width, in either form', () => {
  assert.deepEqual(types.member(ids.buffer, 'nohdr'), {
    name: 'nohdr',
    type: ids.unsigned,
    offsetBits: 161,
    widthBits: 3,
  })
  assert.equal(types.member(ids.buffer, 'len')?.widthBits, undefined)
  const mode = types.member(ids.old, 'mode')
  assert.deepEqual([mode?.offsetBits, mode?.widthBits], [5, 3])
})

test('types: all members come flat and in order, without those that only fill up', () => {
  assert.deepEqual(
    types.members(ids.buffer).map(m => m.name),
    ['next', 'dev', 'rbnode', 'len', 'cloned', 'nohdr', 'mark'],
  )
})

test('types: sizes', () => {
  const sizes = [ids.int, ids.bufferPointer, ids.matrix, ids.buffer, ids.be32, ids.void, ids.wide]
  assert.deepEqual(
    sizes.map(id => types.sizeOf(id)),
    [4, 8, 24, 64, 4, 0, 8],
  )
})

test('types: a function has its parameters, its result and the id to attach to', () => {
  assert.deepEqual(types.function('ip_output'), {
    name: 'ip_output',
    btfId: ids.sendmsg,
    parameters: [
      { name: 'skb', type: ids.bufferPointer },
      { name: 'flags', type: ids.long },
    ],
    variadic: false,
    result: ids.int,
  })
  assert.equal(types.function('printk')?.variadic, true)
  assert.equal(types.function('sk_buff'), undefined)
  assert.equal(types.function('ip_outpu'), undefined)
})

test('types: many lookups go through a table and give the same', () => {
  for (let i = 0; i < 20; i++) assert.equal(types.function(`nosuch${i}`), undefined)
  assert.equal(types.function('ip_output')?.btfId, ids.sendmsg)
  assert.equal(types.function('printk')?.btfId, ids.printk)
})

test('types: functions that match come sorted, kernel and modules apart', () => {
  assert.deepEqual(types.functionsMatching(/^(ip|print)/), ['ip_output', 'printk'])
  assert.deepEqual(types.functionsMatching(/^ip_output$/), ['ip_output'])
  assert.deepEqual(types.functionsMatching(/^br_.*$/), [])
  assert.deepEqual(types.functionsMatching(/^br_.*$/, 'bridge'), ['br_forward'])
  assert.deepEqual(types.functionsMatching(/^d.*$/, 'bridge'), ['dev'])
  assert.deepEqual(types.functionsMatching(/./, 'nosuch'), [])
})

test("types: a module's types stand beside the kernel's, each with one id", () => {
  const forward = types.function('br_forward', 'bridge')
  assert.equal(forward?.module, 'bridge')
  assert.deepEqual(
    forward?.parameters.map(p => types.spell(p.type)),
    ['struct net_bridge*', 'struct sk_buff*'],
  )
  assert.equal(forward?.parameters[1]?.type, ids.bufferPointer)
  assert.equal(types.find('sk_buff', 'bridge'), ids.buffer)
  const bridge = types.find('struct net_bridge', 'bridge') ?? 0
  assert.notEqual(bridge, 0)
  assert.equal(types.find('net_bridge'), undefined)
  assert.equal(types.member(bridge, 'dev')?.type, ids.devicePointer)
  assert.equal(types.function('dev', 'bridge')?.name, 'dev')
})

const damaged: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(0), /not BTF/],
  ['something else', new Uint8Array(100), /not BTF/],
  ['types beyond the end', edit(12, 1 << 20), /type section reaches/],
  ['strings beyond the end', edit(20, 1 << 20), /string section reaches/],
]
for (const [name, bytes, message] of damaged) {
  test(`btf: ${name} is refused`, () => assert.throws(() => new Btf(bytes), refusal(message)))
}

test('btf: a kind of type that is not known is refused', () => {
  const made = new BtfMaker()
  made.raw(31, 0)
  assert.throws(() => new Btf(made.bytes()).endId, refusal(/kind 31 is not known/))
})

test('btf: a type that ends beyond the section is refused', () => {
  const made = new BtfMaker()
  made.raw(1, 4)
  assert.throws(() => new Btf(made.bytes()).endId, refusal(/middle of a type/))
})

test('btf: types that refer to each other in a ring are refused', () => {
  const made = new BtfMaker()
  made.typedef('a', 2)
  made.typedef('b', 1)
  const ring = new BtfTypes(new Btf(made.bytes()))
  assert.throws(() => ring.resolve(1), refusal(/without end/))
  const pointers = new BtfMaker()
  pointers.pointer(1)
  assert.throws(() => new BtfTypes(new Btf(pointers.bytes())).spell(1), refusal(/without end/))
})

function refusal(message: RegExp): (error: unknown) => boolean {
  return error => error instanceof BtfError && message.test(error.message)
}

function edit(offset: number, value: number): Uint8Array {
  const made = new BtfMaker()
  made.int('int', 4)
  const bytes = made.bytes()
  new DataView(bytes.buffer).setUint32(offset, value, true)
  return bytes
}

const RUNNING = '/sys/kernel/btf/vmlinux'

test('types: the running kernel has what every kernel has', t => {
  const bytes = read(RUNNING)
  if (bytes === undefined) return t.skip(`no ${RUNNING}`)
  const start = performance.now()
  const running = new BtfTypes(new Btf(bytes))
  const output = running.function('ip_output')
  const skb = running.find('struct sk_buff') ?? 0
  const dev = running.member(skb, 'dev')
  const device = dev && running.resolve(dev.type)
  const name = device?.kind === 'pointer' ? running.member(device.target, 'name') : undefined
  t.diagnostic(
    `function, prototype, sk_buff.dev->name: ${(performance.now() - start).toFixed(1)} ms`,
  )
  assert.deepEqual(
    output?.parameters.map(p => `${running.spell(p.type)} ${p.name}`),
    ['struct net* net', 'struct sock* sk', 'struct sk_buff* skb'],
  )
  assert.equal(name && running.spell(name.type), 'char[]')
  assert.equal(name && running.sizeOf(name.type), 16)
  assert.equal(running.enumerator('IPPROTO_TCP'), 6n)
  const tcp = running.find('struct tcphdr') ?? 0
  assert.deepEqual(
    ['source', 'dest', 'seq', 'syn'].map(m => {
      const { offsetBits, widthBits } = running.member(tcp, m) ?? {}
      return [offsetBits, widthBits]
    }),
    [
      [0, undefined],
      [16, undefined],
      [32, undefined],
      [105, 1],
    ],
  )
})

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

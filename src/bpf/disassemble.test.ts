import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disassemble, instructionText } from './disassemble.ts'
import { encode } from './encode.ts'
import { Helper, helperName } from './helper.ts'
import type { Instruction } from './instruction.ts'
import { mapTypeName } from './map.ts'
import { programTypeName } from './program.ts'

const at = { dst: 1, src: 2, offset: 8 }

// The words of kernel/bpf/disasm.c.
const cases: [text: string, instruction: Instruction][] = [
  [
    'r1 += r2',
    { kind: 'alu', op: 'add', width: 64, dst: 1, operand: { kind: 'register', register: 2 } },
  ],
  [
    'w1 = w2',
    { kind: 'alu', op: 'mov', width: 32, dst: 1, operand: { kind: 'register', register: 2 } },
  ],
  [
    'r1 s>>= 3',
    { kind: 'alu', op: 'arsh', width: 64, dst: 1, operand: { kind: 'immediate', value: 3 } },
  ],
  [
    'r1 s/= r2',
    { kind: 'alu', op: 'sdiv', width: 64, dst: 1, operand: { kind: 'register', register: 2 } },
  ],
  ['w3 = -w3', { kind: 'negate', width: 32, dst: 3 }],
  ['r1 = (s8)r2', { kind: 'move-signed', width: 64, bits: 8, dst: 1, src: 2 }],
  ['r1 = be16 r1', { kind: 'byte-order', to: 'be', bits: 16, dst: 1 }],
  ['r1 = bswap64 r1', { kind: 'byte-order', to: 'swap', bits: 64, dst: 1 }],
  ['r1 = *(u64 *)(r2 +8)', { kind: 'load', size: 8, signed: false, ...at }],
  ['r1 = *(s16 *)(r2 +8)', { kind: 'load', size: 2, signed: true, ...at }],
  [
    '*(u8 *)(r10 -1) = 0',
    { kind: 'store', size: 1, dst: 10, offset: -1, operand: { kind: 'immediate', value: 0 } },
  ],
  [
    '*(u32 *)(r1 +0) = r3',
    { kind: 'store', size: 4, dst: 1, offset: 0, operand: { kind: 'register', register: 3 } },
  ],
  ['lock *(u64 *)(r1 +8) += r2', { kind: 'atomic', op: 'add', fetch: false, size: 8, ...at }],
  [
    'r2 = atomic64_fetch_xor((u64 *)(r1 +8), r2)',
    { kind: 'atomic', op: 'xor', fetch: true, size: 8, ...at },
  ],
  [
    'r2 = atomic_xchg((u32 *)(r1 +8), r2)',
    { kind: 'atomic', op: 'exchange', fetch: true, size: 4, ...at },
  ],
  [
    'r0 = atomic64_cmpxchg((u64 *)(r1 +8), r0, r2)',
    { kind: 'atomic', op: 'compare-exchange', fetch: true, size: 8, ...at },
  ],
  ['r1 = load_acquire((u64 *)(r2 +8))', { kind: 'load-acquire', size: 8, ...at }],
  ['store_release((u32 *)(r1 +8), r2)', { kind: 'store-release', size: 4, ...at }],
  ['r0 = *(u16 *)skb[12]', { kind: 'load-packet', size: 2, src: undefined, position: 12 }],
  ['r0 = *(u8 *)skb[r6 + 3]', { kind: 'load-packet', size: 1, src: 6, position: 3 }],
  [
    'r1 = 0xffffffffffffffff',
    { kind: 'load64', dst: 1, value: { kind: 'constant', value: 2n ** 64n - 1n } },
  ],
  ['goto pc-2', { kind: 'jump', offset: -2 }],
  ['may_goto pc+4', { kind: 'may-goto', offset: 4 }],
  [
    'if r1 s< 0xffffffff goto pc+1',
    {
      kind: 'branch',
      op: 'slt',
      width: 64,
      dst: 1,
      operand: { kind: 'immediate', value: -1 },
      offset: 1,
    },
  ],
  [
    'if w1 & w2 goto pc+1',
    {
      kind: 'branch',
      op: 'set',
      width: 32,
      dst: 1,
      operand: { kind: 'register', register: 2 },
      offset: 1,
    },
  ],
  ['call bpf_ktime_get_ns#5', { kind: 'call', target: { kind: 'helper', id: 5 } }],
  ['call unknown#9999', { kind: 'call', target: { kind: 'helper', id: 9999 } }],
  ['call kernel-function#12', { kind: 'call', target: { kind: 'kfunc', id: 12, object: 0 } }],
  ['exit', { kind: 'exit' }],
]
for (const [text, instruction] of cases) {
  test(`disassemble: ${text}`, () => assert.equal(instructionText(instruction), text))
}

test('disassemble: labels and comments stand before their instruction, and jumps name labels', () => {
  const bytes = encode([{ kind: 'jump', offset: 0 }, { kind: 'exit' }])
  const names = { labels: new Map([['out', 1]]), comments: new Map([[1, 'kprobe.function("x")']]) }
  assert.equal(disassemble(bytes, names), '0: goto out\nout:\n; kprobe.function("x")\n1: exit\n')
})

test('disassemble: no instructions are no lines', () => {
  assert.equal(disassemble(new Uint8Array(0)), '')
})

test('helper: names are those of the kernel, with bpf_ before', () => {
  assert.equal(helperName(Helper.ringbuf_reserve), 'bpf_ringbuf_reserve')
  assert.equal(helperName(Helper.cgrp_storage_delete), 'bpf_cgrp_storage_delete')
  assert.equal(Object.keys(Helper).length, 211)
  assert.equal(helperName(0), undefined)
})

test('map and program types have the names that bpftool uses', () => {
  assert.equal(mapTypeName(27), 'ringbuf')
  assert.equal(mapTypeName(33), 'arena')
  assert.equal(mapTypeName(99), 'map type 99')
  assert.equal(programTypeName(26), 'tracing')
  assert.equal(programTypeName(32), 'netfilter')
})

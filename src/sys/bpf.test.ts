import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  linkKprobeMulti,
  linkPerfEvent,
  linkTracing,
  progLoad,
  progLoadLogged,
  progTestRun,
  rawTracepointOpen,
} from './bpf.ts'
import { btfGetFdById, btfLoad, openKernelBtf } from './bpf-btf.ts'
import { mapCreate, mapEntries, mapFreeze, mapLookup, mapNextKey, mapUpdate } from './bpf-map.ts'
import { SyscallError, VerifierError } from './error.ts'
import { type Answer, type FakeKernel, fakeKernel } from './fake-kernel.ts'
import type { Kernel } from './kernel.ts'

// What the kernel reads, byte for byte: `union bpf_attr` of uapi/linux/bpf.h as gcc lays it out.
// Addresses of the fake kernel start at 0x10000 and go up by the buffer's size, rounded up, and 16.

const layouts: [name: string, call: (kernel: Kernel) => unknown, command: number, hex: string][] = [
  [
    'a map has its name at 28',
    k =>
      mapCreate(k, {
        type: 1,
        keySize: 8,
        valueSize: 16,
        maxEntries: 32,
        flags: 1,
        name: 'counters_by_thread',
      }),
    0,
    '01000000 08000000 10000000 20000000 01000000 00000000 00000000 636f756e 746572735f62795f74687200 +28',
  ],
  [
    'a lookup points to key and value',
    k => mapLookup(k, 3, new Uint8Array(8), new Uint8Array(16)),
    1,
    '03000000 00000000 0000010000000000 2000010000000000 0000000000000000',
  ],
  [
    'an update has its flags at 24',
    k => mapUpdate(k, 3, new Uint8Array(8), new Uint8Array(16), 2),
    2,
    '03000000 00000000 0000010000000000 2000010000000000 0200000000000000',
  ],
  [
    'the first key is the one after NULL',
    k => mapNextKey(k, 3, undefined, new Uint8Array(4)),
    4,
    '03000000 00000000 0000000000000000 0000010000000000 0000000000000000',
  ],
  ['a freeze names the map', k => mapFreeze(k, 7), 22, '07000000'],
  [
    'a program has its license at 16, name at 48, attach type at 68, BTF id at 108',
    k =>
      progLoad(k, {
        type: 26,
        instructions: new Uint8Array(16),
        name: 'entry',
        attachType: 24,
        flags: 16,
        btfId: 0x1234,
        btfObjectFd: 9,
      }),
    5,
    '1a000000 02000000 0000010000000000 2000010000000000 00000000 00000000 0000000000000000 00000000 10000000 656e7472790000000000000000000000 00000000 18000000 +36 34120000 09000000 +36',
  ],
  [
    'func_info stands at 76 and line_info at 92',
    k =>
      progLoad(k, {
        type: 17,
        instructions: new Uint8Array(8),
        name: 'p',
        programBtfFd: 5,
        functionInfo: new Uint8Array(16),
        lineInfo: new Uint8Array(48),
      }),
    5,
    '11000000 01000000 0000010000000000 2000010000000000 00000000 00000000 0000000000000000 00000000 00000000 70000000000000000000000000000000 00000000 00000000 05000000 08000000 4000010000000000 02000000 10000000 6000010000000000 03000000 +44',
  ],
  [
    'a test run has its context at 48',
    k => progTestRun(k, 4, { context: new Uint8Array(96), flags: 1, cpu: 2 }),
    10,
    '04000000 00000000 00000000 00000000 0000000000000000 0000000000000000 00000000 00000000 60000000 00000000 0000010000000000 0000000000000000 01000000 02000000 +8',
  ],
  [
    'a raw tracepoint has its name at 0 and its cookie at 16',
    k => rawTracepointOpen(k, 6, 'sys_enter', 0x55n),
    17,
    '0000010000000000 06000000 00000000 5500000000000000',
  ],
  [
    'a tracing program is attached without a name',
    k => rawTracepointOpen(k, 6, undefined),
    17,
    '0000000000000000 06000000 +12',
  ],
  [
    'a perf event link has its cookie at 16',
    k => linkPerfEvent(k, 6, 8, 0x1122334455667788n),
    28,
    '06000000 08000000 29000000 00000000 8877665544332211 +40',
  ],
  [
    'a tracing link has its cookie at 24',
    k => linkTracing(k, 6, 24, 7n),
    28,
    '06000000 00000000 18000000 00000000 0000000000000000 0700000000000000 +32',
  ],
  [
    'kprobe_multi by address has addresses at 32 and cookies at 40',
    k =>
      linkKprobeMulti(k, 6, {
        targets: { kind: 'addresses', addresses: [1n, 2n] },
        cookies: [3n, 4n],
        at: 'entry',
      }),
    28,
    '06000000 00000000 2a000000 00000000 00000000 02000000 0000000000000000 2000010000000000 0000010000000000 +16',
  ],
  [
    'kprobe_multi by symbol has names at 24; flag 1 is return',
    k => linkKprobeMulti(k, 6, { targets: { kind: 'symbols', symbols: ['a'] }, at: 'return' }),
    28,
    '06000000 00000000 2a000000 00000000 01000000 01000000 2000010000000000 0000000000000000 0000000000000000 +16',
  ],
  [
    'a session is an attach type of its own',
    k => linkKprobeMulti(k, 6, { targets: { kind: 'addresses', addresses: [1n] }, at: 'session' }),
    28,
    '06000000 00000000 38000000 00000000 00000000 01000000 0000000000000000 0000010000000000 0000000000000000 +16',
  ],
  [
    'BTF has its log at 8 and sizes from 16',
    k => btfLoad(k, new Uint8Array(24)),
    18,
    '0000010000000000 3000010000000000 18000000 00000100 01000000 00000000',
  ],
  ['BTF is opened by id', k => btfGetFdById(k, 5), 19, '05000000 +8'],
]

for (const [name, call, command, hex] of layouts) {
  test(`bpf: ${name}`, () => {
    const kernel = fakeKernel()
    call(kernel)
    const made = kernel.calls.at(-1)
    assert.deepEqual(made?.numbers, [command])
    assert.equal(Buffer.from(made?.bytes ?? []).toString('hex'), expand(hex))
  })
}

/** Hex without its spaces; `+N` stands for N zero bytes. */
function expand(hex: string): string {
  return hex
    .split(' ')
    .map(word => (word.startsWith('+') ? '00'.repeat(Number(word.slice(1))) : word))
    .join('')
}

test('bpf: addresses and names reach the kernel through the pointers', () => {
  const kernel = fakeKernel()
  linkKprobeMulti(kernel, 1, {
    targets: { kind: 'symbols', symbols: ['vfs_read', 'ip_rcv'] },
    at: 'entry',
  })
  const view = new DataView(kernel.calls[0]?.bytes.buffer ?? new ArrayBuffer(64))
  const pointers = new BigUint64Array(kernel.memory(view.getBigUint64(24, true)).slice().buffer)
  const names = [...pointers].map(at => Buffer.from(kernel.memory(at)).toString('latin1'))
  assert.deepEqual(names, ['vfs_read\0', 'ip_rcv\0'])
})

test('bpf: a failing call is named with its errno', () => {
  const kernel = fakeKernel(() => -1)
  assert.throws(
    () => mapCreate(kernel, { type: 1, keySize: 4, valueSize: 4, maxEntries: 1, name: 'm' }),
    (error: unknown) =>
      error instanceof SyscallError &&
      error.errno === 1 &&
      error.name === 'EPERM' &&
      error.message === 'bpf(BPF_MAP_CREATE, m): operation not permitted (EPERM)',
  )
})

test('bpf: a lookup that finds nothing is false, another failure throws', () => {
  const key = new Uint8Array(4)
  assert.equal(
    mapLookup(
      fakeKernel(() => -2),
      1,
      key,
      key,
    ),
    false,
  )
  assert.throws(
    () =>
      mapLookup(
        fakeKernel(() => -14),
        1,
        key,
        key,
      ),
    /EFAULT/,
  )
})

const program = { type: 17, instructions: new Uint8Array(8), name: 'p' }

test('bpf: a refused program is loaded again for its log', () => {
  const kernel = fakeKernel(refuseWith('0: (95) exit\nR0 !read_ok\nprocessed 1 insns\n'))
  assert.throws(
    () => progLoad(kernel, program),
    (error: unknown) =>
      error instanceof VerifierError &&
      error.message === "the kernel's verifier refused program p: R0 !read_ok" &&
      error.log.startsWith('0: (95) exit'),
  )
  assert.equal(kernel.calls.length, 2)
})

test('bpf: a program refused without a log is a failed system call', () => {
  assert.throws(
    () =>
      progLoad(
        fakeKernel(() => -1),
        program,
      ),
    /BPF_PROG_LOAD, p\): .*\(EPERM\)/,
  )
})

test('bpf: a log that was cut is asked for again with more room', () => {
  const kernel = fakeKernel((_, live) => (logOf(live).size < 1_000_000 ? -28 : -13))
  assert.equal(progLoadLogged(kernel, program, 2).result, -13)
  assert.deepEqual(logSizes(kernel), [262_144, 2_097_152])
})

test('bpf: a log that never fits ends at the limit', () => {
  const kernel = fakeKernel(() => -28)
  assert.equal(progLoadLogged(kernel, program, 2).result, -28)
  assert.equal(logSizes(kernel).at(-1), 16_777_215)
})

test('bpf: a load interrupted by a signal is tried again, not for ever', () => {
  let left = 2
  assert.equal(
    progLoad(
      fakeKernel(() => (left-- > 0 ? -11 : 33)),
      program,
    ),
    33,
  )
  assert.throws(
    () =>
      progLoad(
        fakeKernel(() => -11),
        program,
      ),
    /EAGAIN/,
  )
})

function refuseWith(log: string): Answer {
  return (_, live, memory) => {
    const { address } = logOf(live)
    if (address !== 0n) memory(address).set(Buffer.from(log))
    return -13
  }
}

function logOf(attr: Uint8Array): { address: bigint; size: number } {
  const view = new DataView(attr.buffer)
  return { size: view.getUint32(28, true), address: view.getBigUint64(32, true) }
}

function logSizes(kernel: FakeKernel): number[] {
  return kernel.calls.map(call => logOf(call.bytes).size)
}

test('bpf: a map without batches is read key by key', () => {
  const keys = [5, 6, 7]
  const kernel = fakeKernel((call, live, memory) => {
    const view = new DataView(live.buffer)
    if (call.numbers[0] === 24) return -524
    if (call.numbers[0] === 1) {
      memory(view.getBigUint64(16, true)).fill(1)
      return 0
    }
    const before = view.getBigUint64(8, true)
    const next = before === 0n ? 0 : keys.indexOf(memory(before)[0] ?? 0) + 1
    const key = keys[next]
    if (key === undefined) return -2
    memory(view.getBigUint64(16, true))[0] = key
    return 0
  })
  const entries = mapEntries(kernel, 1, { keySize: 1, valueSize: 2 })
  assert.deepEqual([...entries.keys], keys)
  assert.equal(entries.values.length, 6)
})

test('bpf: a bucket larger than the batch makes the batch grow', () => {
  const rooms: number[] = []
  const kernel = fakeKernel((_, live) => {
    const view = new DataView(live.buffer)
    const room = view.getUint32(32, true)
    rooms.push(room)
    if (room < 10_000) return -28
    view.setUint32(32, 3, true)
    return -2
  })
  assert.equal(mapEntries(kernel, 1, { keySize: 8, valueSize: 8 }).count, 3)
  assert.deepEqual(rooms, [4096, 16_384])
})

test('bpf: the BTF that is not the one sought is closed', () => {
  let id = 0
  const kernel = fakeKernel((call, live, memory) => {
    const view = new DataView(live.buffer)
    if (call.numbers[0] === 23) {
      view.setUint32(4, ++id, true)
      return id > 2 ? -2 : 0
    }
    if (call.numbers[0] === 19) return 50 + id
    const info = new DataView(memory(view.getBigUint64(8, true)).buffer)
    memory(info.getBigUint64(16, true)).set(Buffer.from(id === 1 ? 'vmlinux' : 'bridge'))
    info.setUint32(28, 1, true)
    return 0
  })
  assert.equal(openKernelBtf(kernel, 'bridge'), 52)
  assert.deepEqual(kernel.closed, [51])
})

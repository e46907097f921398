import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assembler, R0, R1, R2, R3, R4, R10 } from '../../src/bpf/assembler.ts'
import { Helper } from '../../src/bpf/helper.ts'
import {
  BPF_F_MMAPABLE,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_RINGBUF,
  BPF_RB_FORCE_WAKEUP,
} from '../../src/bpf/map.ts'
import { BPF_PROG_TYPE_RAW_TRACEPOINT } from '../../src/bpf/program.ts'
import { progLoad, progTestRun, rawTracepointOpen } from '../../src/sys/bpf.ts'
import { btfBytes, btfInfo, openKernelBtf } from '../../src/sys/bpf-btf.ts'
import {
  mapCreate,
  mapDelete,
  mapEntries,
  mapFreeze,
  mapLookup,
  mapUpdate,
  tryMapUpdate,
} from '../../src/sys/bpf-map.ts'
import { Errno } from '../../src/sys/errno.ts'
import { Scope } from '../../src/sys/fd.ts'
import { needs } from '../support/needs.ts'

const PAGE = 4096
const PROT_READ = 1
const PROT_READ_WRITE = 3
const MAP_SHARED = 1

function u64(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)
}

test('kernel: a hash map is written, read at once, emptied at once', t => {
  const kernel = needs(t, '5.6')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const shape = { keySize: 8, valueSize: 8 }
  const spec = { ...shape, type: BPF_MAP_TYPE_HASH, maxEntries: 10_000, name: 'hash' }
  const map = scope.ownFd(kernel, mapCreate(kernel, spec))
  for (let i = 0; i < 9_000; i++) mapUpdate(kernel, map, u64(i), u64(i * i))

  const value = new Uint8Array(8)
  assert.ok(mapLookup(kernel, map, u64(300), value))
  assert.deepEqual(value, u64(90_000))
  assert.ok(mapDelete(kernel, map, u64(300)))
  assert.equal(mapLookup(kernel, map, u64(300), value), false)
  assert.equal(mapDelete(kernel, map, u64(300)), false)

  const { count, keys, values } = mapEntries(kernel, map, shape, { remove: true })
  assert.equal(count, 8_999)
  const squares = new BigUint64Array(values.slice().buffer)
  assert.ok(new BigUint64Array(keys.slice().buffer).every((key, i) => key * key === squares[i]))
  assert.equal(mapEntries(kernel, map, shape).count, 0)
})

test('kernel: a full map refuses with E2BIG', t => {
  const kernel = needs(t, '5.6')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const spec = { type: BPF_MAP_TYPE_HASH, keySize: 8, valueSize: 8, maxEntries: 2, name: 'small' }
  const small = scope.ownFd(kernel, mapCreate(kernel, spec))
  const results = [1, 2, 3].map(i => tryMapUpdate(kernel, small, u64(i), u64(i)))
  assert.deepEqual(results, [0, 0, -Errno.E2BIG])
})

test('kernel: a per-CPU map that is empty has no entries', t => {
  const kernel = needs(t, '5.6')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const spec = {
    type: BPF_MAP_TYPE_PERCPU_HASH,
    keySize: 8,
    valueSize: 8,
    maxEntries: 2,
    name: 'cpus',
  }
  const map = scope.ownFd(kernel, mapCreate(kernel, spec))
  assert.equal(mapEntries(kernel, map, { keySize: 8, valueSize: 8 * 256 }).count, 0)
})

test('kernel: a frozen map cannot be changed', t => {
  const kernel = needs(t, '5.2')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const spec = { type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, name: 'frozen' }
  const map = scope.ownFd(kernel, mapCreate(kernel, spec))
  mapFreeze(kernel, map)
  assert.equal(tryMapUpdate(kernel, map, new Uint8Array(4), u64(1)), -Errno.EPERM)
})

test('kernel: an array map that is mapped shows what was written', t => {
  const kernel = needs(t, '5.5')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const spec = {
    type: BPF_MAP_TYPE_ARRAY,
    keySize: 4,
    valueSize: 64,
    maxEntries: 1,
    name: 'shared',
  }
  const map = scope.ownFd(kernel, mapCreate(kernel, { ...spec, flags: BPF_F_MMAPABLE }))
  const view = kernel.mmap(map, PAGE, PROT_READ_WRITE, MAP_SHARED, 0)
  assert.ok(view instanceof ArrayBuffer)
  const words = new BigUint64Array(view, 0, 8)
  Atomics.store(words, 2, 77n)
  const value = new Uint8Array(64)
  assert.ok(mapLookup(kernel, map, new Uint8Array(4), value))
  assert.equal(value[16], 77)
})

test('kernel: a record of the ring buffer wakes its reader', async t => {
  const kernel = needs(t, '5.8')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const size = 65_536
  const spec = {
    type: BPF_MAP_TYPE_RINGBUF,
    keySize: 0,
    valueSize: 0,
    maxEntries: size,
    name: 'ring',
  }
  const ring = scope.ownFd(kernel, mapCreate(kernel, spec))
  const consumer = kernel.mmap(ring, PAGE, PROT_READ_WRITE, MAP_SHARED, 0)
  const producer = kernel.mmap(ring, PAGE + 2 * size, PROT_READ, MAP_SHARED, PAGE)
  assert.ok(consumer instanceof ArrayBuffer && producer instanceof ArrayBuffer)

  const a = new Assembler()
  a.storeImmediate(8, R10, -8, 42).loadMap(R1, ring).mov(R2, R10).aluImmediate('add', R2, -8)
  a.movImmediate(R3, 8).movImmediate(R4, BPF_RB_FORCE_WAKEUP).call(Helper.ringbuf_output)
  a.movImmediate(R0, 0).exit()
  const type = BPF_PROG_TYPE_RAW_TRACEPOINT
  const made = { type, instructions: a.finish().bytes, name: 'one_record' }
  const program = scope.ownFd(kernel, progLoad(kernel, made))

  const woken = new Promise<void>(resolve => scope.own(kernel.watch(ring, resolve)))
  progTestRun(kernel, program, { context: new Uint8Array(96) })
  await woken
  // A header of 8 bytes, then the record.
  assert.equal(Atomics.load(new Int32Array(producer, 0, 1), 0), 16)
  assert.equal(new DataView(producer).getUint32(PAGE, true), 8)
  assert.equal(new DataView(producer).getUint32(PAGE + 8, true), 42)
  Atomics.store(new BigInt64Array(consumer, 0, 1), 0, 16n)
})

test('kernel: a raw tracepoint program is attached and counts', t => {
  const kernel = needs(t, '5.5')
  if (kernel === undefined) return
  const scope = new Scope()
  t.after(() => scope.close())
  const spec = { type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, name: 'count' }
  const map = scope.ownFd(kernel, mapCreate(kernel, spec))
  const a = new Assembler()
  a.loadMapValue(R1, map, 0).movImmediate(R2, 1).atomicAdd(8, R1, 0, R2).movImmediate(R0, 0).exit()
  const made = { type: BPF_PROG_TYPE_RAW_TRACEPOINT, instructions: a.finish().bytes, name: 'count' }
  const program = scope.ownFd(kernel, progLoad(kernel, made))
  scope.ownFd(kernel, rawTracepointOpen(kernel, program, 'sys_enter'))
  const value = new Uint8Array(8)
  assert.ok(mapLookup(kernel, map, new Uint8Array(4), value))
  assert.ok(value.some(byte => byte !== 0))
})

test("kernel: the kernel's own BTF is found by name", t => {
  const kernel = needs(t, '5.11')
  if (kernel === undefined) return
  const fd = openKernelBtf(kernel, 'vmlinux')
  assert.ok(fd !== undefined)
  const info = btfInfo(kernel, fd)
  assert.equal(info.name, 'vmlinux')
  const bytes = btfBytes(kernel, fd)
  kernel.close(fd)
  assert.equal(bytes.length, info.sizeBytes)
  // BTF_MAGIC
  assert.deepEqual([...bytes.subarray(0, 2)], [0x9f, 0xeb])
  assert.equal(openKernelBtf(kernel, 'no such module'), undefined)
})

test('kernel: both clocks go forward together', t => {
  const kernel = needs(t, '5.5')
  if (kernel === undefined) return
  const first = kernel.clocks()
  const second = kernel.clocks()
  const drift = second.realtime - second.monotonic - (first.realtime - first.monotonic)
  assert.ok(second.monotonic > first.monotonic)
  assert.ok(drift < 50_000_000n && drift > -50_000_000n)
})

test('kernel: a socket sends to itself over loopback', t => {
  const kernel = needs(t, '5.5')
  if (kernel === undefined) return
  const AF_INET = 2
  const SOCK_DGRAM = 2
  const scope = new Scope()
  t.after(() => scope.close())
  const address = Buffer.from('0200ca637f0000010000000000000000', 'hex')
  const fd = scope.ownFd(kernel, kernel.socket(AF_INET, SOCK_DGRAM, 0))
  assert.equal(kernel.bind(fd, address), 0)
  assert.equal(kernel.send(fd, Buffer.from('hello'), 0, address), 5)
  const into = new Uint8Array(16)
  assert.equal(kernel.receive(fd, into, 0), 5)
  assert.equal(Buffer.from(into.subarray(0, 5)).toString(), 'hello')
  const MSG_DONTWAIT = 0x40
  assert.equal(kernel.receive(fd, into, MSG_DONTWAIT), -Errno.EAGAIN)
})

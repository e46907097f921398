import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progLoad, progTestRun } from '../sys/bpf.ts'
import { mapCreate } from '../sys/bpf-map.ts'
import { fakeKernel } from '../sys/fake-kernel.ts'
import type { Kernel } from '../sys/kernel.ts'
import { openKernel } from '../sys/native.ts'
import { FakeRing } from './fake-loaded.ts'
import { followRing, openRing, Ring } from './ring.ts'

const PAGE = 4096

function ringOf(fake: FakeRing): Ring {
  return new Ring(fake.consumer, fake.producer, PAGE, fake.bytes)
}

const texts = (ring: Ring, limit = 100): string[] => {
  const result: string[] = []
  ring.drain((offset, length) => {
    result.push(Buffer.from(ring.memory.u8.subarray(offset, offset + length)).toString())
  }, limit)
  return result
}

test('ring: gives records in order and then nothing', () => {
  const fake = new FakeRing(64)
  const ring = ringOf(fake)
  fake.put(Buffer.from('one'))
  fake.put(Buffer.from('two and more'))
  assert.deepEqual(texts(ring), ['one', 'two and more'])
  assert.deepEqual(texts(ring), [])
  assert.equal(new BigInt64Array(fake.consumer)[0], 40n)
})

test('ring: a record that goes over the edge is in one piece', () => {
  const fake = new FakeRing(64)
  const ring = ringOf(fake)
  fake.put(Buffer.from('x'.repeat(40)))
  assert.equal(texts(ring).length, 1)
  fake.put(Buffer.from('over the edge!'))
  assert.deepEqual(texts(ring), ['over the edge!'])
})

test('ring: full, emptied and filled again for a while, nothing is lost', () => {
  const fake = new FakeRing(128)
  const ring = ringOf(fake)
  const got: string[] = []
  for (let i = 0; i < 1000; i++) {
    while (!fake.put(Buffer.from(`record ${i}`))) got.push(...texts(ring))
  }
  got.push(...texts(ring))
  assert.deepEqual(
    got,
    Array.from({ length: 1000 }, (_, i) => `record ${i}`),
  )
})

test('ring: stops at a record that is being written, and goes on when it is', () => {
  const fake = new FakeRing(128)
  const ring = ringOf(fake)
  fake.put(Buffer.from('a'))
  fake.put(Buffer.from('b'), 'busy')
  fake.put(Buffer.from('c'))
  assert.deepEqual(texts(ring), ['a'])
  fake.finish(16)
  assert.deepEqual(texts(ring), ['b', 'c'])
})

test('ring: leaves out what was discarded', () => {
  const fake = new FakeRing(128)
  fake.put(Buffer.from('a'), 'discarded')
  fake.put(Buffer.from('b'))
  assert.deepEqual(texts(ringOf(fake)), ['b'])
})

test('ring: takes no more than the limit at once', () => {
  const fake = new FakeRing(128)
  const ring = ringOf(fake)
  for (const text of 'abc') fake.put(Buffer.from(text))
  assert.deepEqual(texts(ring, 2), ['a', 'b'])
  assert.deepEqual(texts(ring, 2), ['c'])
})

test('follow: drains when woken, and again until nothing more comes', async () => {
  const kernel = fakeKernel()
  const counts = [2, 1, 0]
  const taken: number[] = []
  const watch = followRing(kernel, 5, () => {
    const count = counts.shift() ?? 0
    taken.push(count)
    return { count, more: false }
  })
  kernel.wake(5)
  await new Promise(resolve => setTimeout(resolve, 80))
  watch.close()
  assert.deepEqual(taken.slice(0, 3), [2, 1, 0])
})

test('follow: when there is more than fits a turn, the event loop goes round first', async () => {
  const kernel = fakeKernel()
  let left = 3
  const watch = followRing(kernel, 5, () => ({ count: 1, more: --left > 0 }))
  kernel.wake(5)
  assert.equal(left, 2)
  await new Promise(resolve => setTimeout(resolve, 20))
  watch.close()
  assert.equal(left <= 0, true)
})

// --- the real one

const BPF_MAP_TYPE_RINGBUF = 27
const BPF_PROG_TYPE_RAW_TRACEPOINT = 17
const BPF_RB_NO_WAKEUP = 1
const BPF_RB_FORCE_WAKEUP = 2
const RINGBUF_OUTPUT = 130

/** `bpf_ringbuf_output(ring, {0, 42}, 16, flags)`, instruction by instruction. */
function writerProgram(ringFd: number, flags: number): Uint8Array {
  const code = Buffer.alloc(8 * 11)
  const ins = (i: number, op: number, registers: number, offset: number, imm: number): void => {
    code[8 * i] = op
    code[8 * i + 1] = registers
    code.writeInt16LE(offset, 8 * i + 2)
    code.writeInt32LE(imm, 8 * i + 4)
  }
  ins(0, 0x7a, 0x0a, -16, 0)
  ins(1, 0x7a, 0x0a, -8, 42)
  ins(2, 0x18, 0x11, 0, ringFd)
  ins(4, 0xbf, 0xa2, 0, 0)
  ins(5, 0x07, 0x02, 0, -16)
  ins(6, 0xb7, 0x03, 0, 16)
  ins(7, 0xb7, 0x04, 0, flags)
  ins(8, 0x85, 0x00, 0, RINGBUF_OUTPUT)
  ins(9, 0xb7, 0x00, 0, 0)
  ins(10, 0x95, 0x00, 0, 0)
  return code
}

/** A ring in this kernel, or why there can be none. */
function realRing(): { kernel: Kernel; fd: number; bytes: number } | string {
  if (process.getuid?.() !== 0) return 'needs root'
  const kernel = openKernel()
  kernel.raiseMemlock()
  const bytes = 65_536
  const fd = mapCreate(kernel, {
    type: BPF_MAP_TYPE_RINGBUF,
    keySize: 0,
    valueSize: 0,
    maxEntries: bytes,
    name: 'test_ring',
  })
  return { kernel, fd, bytes }
}

for (const flags of [BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP]) {
  test(`ring: of this kernel, records written with flags ${flags} arrive`, async t => {
    const real = realRing()
    if (typeof real === 'string') return t.skip(real)
    const { kernel, fd } = real
    const ring = openRing(kernel, real)
    const program = progLoad(kernel, {
      type: BPF_PROG_TYPE_RAW_TRACEPOINT,
      instructions: writerProgram(fd, flags),
      name: 'test_writer',
    })
    let count = 0
    let sum = 0n
    const watch = followRing(kernel, fd, () => {
      const taken = ring.drain(offset => {
        sum += ring.memory.i64[(offset + 8) >> 3] ?? 0n
      }, 1000)
      count += taken
      return { count: taken, more: taken >= 1000 }
    })
    // 24 bytes a record: the ring has room for 2730.
    const rounds = 2500
    for (let i = 0; i < rounds; i++) progTestRun(kernel, program, {})
    await new Promise(resolve => setTimeout(resolve, 300))
    watch.close()
    kernel.close(program)
    kernel.close(fd)
    assert.equal(count, rounds)
    assert.equal(sum, 42n * BigInt(rounds))
  })
}

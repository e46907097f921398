import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeKernel } from './fake-kernel.ts'
import type { Kernel } from './kernel.ts'
import { enable, openCounter, openKprobe, openTracepoint, setBpf } from './perf.ts'

// struct perf_event_attr: type, size, config; period at 16; flags at 40; config1 56; config2 64.
const HEAD = '70000000'

const cases: [name: string, open: (kernel: Kernel) => number, words: string, numbers: number[]][] =
  [
    [
      'a kprobe by name points to it from config1, with the offset in config2',
      k =>
        openKprobe(k, {
          pmu: 6,
          target: { kind: 'symbol', name: 'vfs_read', offset: 4 },
          at: 'entry',
        }),
      `06000000${HEAD} 0 0 0 0 0 0 0000010000000000 0400000000000000`,
      [-1, 0, -1, 8],
    ],
    [
      'a kretprobe by address has config bit 0 and the address in config2',
      k =>
        openKprobe(k, {
          pmu: 6,
          target: { kind: 'address', address: 0xffffffff81000000n },
          at: 'return',
        }),
      `06000000${HEAD} 0100000000000000 0 0 0 0 0 0 00000081ffffffff`,
      [-1, 0, -1, 8],
    ],
    [
      'a tracepoint has its id in config and fires each time',
      k => openTracepoint(k, 300),
      `02000000${HEAD} 2c01000000000000 0100000000000000 0 0 0 0 0 0`,
      [-1, 0, -1, 8],
    ],
    [
      'a counter by frequency sets the bits disabled and freq',
      k =>
        openCounter(k, {
          type: 1,
          config: 0n,
          every: { kind: 'frequency', hz: 99n },
          pid: -1,
          cpu: 3,
        }),
      `01000000${HEAD} 0 6300000000000000 0 0 0104000000000000 0 0 0`,
      [-1, 3, -1, 8],
    ],
  ]
for (const [name, open, words, numbers] of cases) {
  test(`perf: ${name}`, () => {
    const kernel = fakeKernel()
    open(kernel)
    const [call] = kernel.calls
    const hex = words
      .split(' ')
      .map(word => (word === '0' ? '0'.repeat(16) : word))
      .join('')
    assert.equal(Buffer.from(call?.bytes ?? []).toString('hex'), hex.padEnd(224, '0'))
    assert.deepEqual(call?.numbers, numbers)
  })
}

test('perf: a program is set and the event enabled by ioctl', () => {
  const kernel = fakeKernel(() => 0)
  setBpf(kernel, 5, 9)
  enable(kernel, 5)
  assert.deepEqual(
    kernel.calls.map(call => call.numbers),
    [
      [5, 0x40042408, 9],
      [5, 0x2400, 0],
    ],
  )
})

test('perf: a kprobe that cannot be is named', () => {
  const target = { kind: 'symbol', name: 'nothing', offset: 0 } as const
  assert.throws(
    () =>
      openKprobe(
        fakeKernel(() => -2),
        { pmu: 6, target, at: 'entry' },
      ),
    /^ENOENT: perf_event_open\(kprobe, nothing\): no such file or directory \(ENOENT\)/,
  )
})

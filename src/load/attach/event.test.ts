import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttachPlace, AttachTarget } from '../../image.ts'
import { Errno } from '../../sys/errno.ts'
import { type FakeKernel, fakeKernel } from '../../sys/fake-kernel.ts'
import { cpuNumbers, readText } from '../facts-files.ts'
import type { Attaching } from './attaching.ts'
import { attachBreakpoints } from './breakpoint.ts'
import { attachCounters } from './counter.ts'

const CPUS = cpuNumbers(readText('/sys/devices/system/cpu/online') ?? '0')
const PROGRAM = 9

interface Tried {
  readonly kernel: FakeKernel
  readonly owned: readonly number[]
  readonly reason: string | undefined
}

async function attach(
  place: AttachPlace,
  how: { readonly errno?: number; readonly failsAt?: number; readonly address?: bigint },
): Promise<Tried> {
  let events = 0
  const kernel = fakeKernel(({ name }) => {
    if (name !== 'perfEventOpen') return 0
    const at = events++
    return how.errno !== undefined && at === (how.failsAt ?? 0) ? -how.errno : 100 + at
  })
  const { address = 0n } = how
  const target: AttachTarget = {
    point: 0,
    name: '',
    address,
    btfId: 0,
    optional: false,
    on: place,
  }
  const owned: number[] = []
  let reason: string | undefined
  const attaching: Attaching = {
    kernel,
    attachment: { program: 0, method: 'perf-event', targets: [target] },
    program: () => PROGRAM,
    own: fd => {
      owned.push(fd)
      return fd
    },
    attached: () => {},
    failed: (_, error) => {
      reason = error instanceof Error ? error.message : String(error)
    },
    pause: () => Promise.resolve(),
  }
  await (place.kind === 'memory' ? attachBreakpoints(attaching) : attachCounters(attaching))
  return { kernel, owned, reason }
}

const CLOCK: AttachPlace = {
  kind: 'counter',
  type: 1,
  config: 0n,
  every: { kind: 'frequency', hz: 97n },
}
const CYCLES: AttachPlace = {
  kind: 'counter',
  type: 0,
  config: 0n,
  every: { kind: 'period', events: 1000n },
}
const MEMORY: AttachPlace = { kind: 'memory', length: 8, access: 'write' }

test('events: each CPU that is online has one, and all run the program', async () => {
  const { kernel, owned, reason } = await attach(CLOCK, {})
  assert.equal(reason, undefined)
  const opened = kernel.calls.filter(call => call.name === 'perfEventOpen')
  assert.deepEqual(
    opened.map(call => call.numbers),
    CPUS.map(cpu => [-1, cpu, -1, 8]),
  )
  assert.deepEqual(
    owned,
    CPUS.map((_, n) => 100 + n),
  )
  const programs = kernel.calls.filter(c => c.name === 'ioctl' && c.numbers[2] === PROGRAM)
  assert.equal(programs.length, CPUS.length)
})

test('events: with one CPU that refuses, none is left open', async () => {
  const failsAt = CPUS.length - 1
  const { kernel, owned, reason } = await attach(CLOCK, { errno: Errno.EINVAL, failsAt })
  assert.match(reason ?? '', /^software counter, config 0: .* up to .* times a second$/)
  assert.deepEqual(owned, [])
  assert.equal(kernel.closed.length, failsAt)
})

const refusals: [name: string, place: AttachPlace, errno: number, reason: RegExp][] = [
  [
    'a counter that a virtual machine has not',
    CYCLES,
    Errno.ENOENT,
    /^hardware counter, config 0: this machine does not have it, .*timer\.profile/,
  ],
  ['a user without rights', CLOCK, Errno.EACCES, /: this user may not open it: run klew as root/],
  ['too many files', CLOCK, Errno.EMFILE, /raise the limit by ulimit -n$/],
  [
    'breakpoints that are all taken',
    MEMORY,
    Errno.ENOSPC,
    /^watching 0x1000: all hardware breakpoints are taken \(x86 has 4\)/,
  ],
  [
    'an address that is not aligned',
    MEMORY,
    Errno.EINVAL,
    /^watching 0x1004: the processor watches 8 bytes only at a multiple of 8$/,
  ],
  [
    'memory that is not the kernel’s',
    MEMORY,
    Errno.EINVAL,
    /the processor cannot watch it: it must be memory of the kernel$/,
  ],
  ['no breakpoints at all', MEMORY, Errno.ENODEV, /has no hardware breakpoints$/],
  ['an errno of no special meaning', CLOCK, Errno.E2BIG, /^perf_event_open\(type 1, config 0\): /],
]
for (const [name, place, errno, reason] of refusals) {
  test(`events: refused for ${name}`, async () => {
    const address = name.includes('aligned') ? 0x1004n : 0x1000n
    assert.match((await attach(place, { errno, address })).reason ?? '', reason)
  })
}

test('events: memory whose address is hidden is not watched', async () => {
  const { kernel, reason } = await attach(MEMORY, { address: 0n })
  assert.match(reason ?? '', /^watching address 0: the kernel tells no address for it/)
  assert.equal(kernel.calls.length, 0)
})

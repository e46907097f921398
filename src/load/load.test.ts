import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { release } from 'node:os'
import { test } from 'node:test'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { build } from '../../test/support/kernel-run.ts'
import { needs } from '../../test/support/needs.ts'
import { tapset } from '../../test/support/tapset.ts'
import { Control, type Image, STATE_RUNNING } from '../image.ts'
import { fakeKernel } from '../sys/fake-kernel.ts'
import type { Kernel } from '../sys/kernel.ts'
import { readFacts } from './facts.ts'
import { load } from './load.ts'
import { RefusedProgramError } from './verifier.ts'

const library = tapset()
const COUNT = 'global n, by probe kernel.trace("sys_enter") { n++; by[tid()]++ }'
const SHOW = ' probe end { print(n); print(by[1]) }'

function countImage(kernel: Kernel, without: readonly ['tp-btf'] | readonly [] = []): Image {
  return build(COUNT + SHOW, { facts: readFacts(kernel), library, without })
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

function run(view: ArrayBuffer): void {
  new BigInt64Array(view)[Control.state / 8] = BigInt(STATE_RUNNING)
}

test('an image for another kernel is refused before anything is made', () => {
  const kernel = fakeKernel()
  const image = build('probe kernel.trace("net_dev_xmit") { print(1) }', {
    facts: fakeFacts({ release: '5.0.0-other' }),
    library,
  })
  assert.throws(() => load(image, kernel), {
    name: 'UnsupportedError',
    message: /^this image: it was made for Linux 5\.0\.0-other on x64, and this is /,
  })
  assert.equal(kernel.calls.length, 0)
})

for (const without of [[], ['tp-btf']] as const) {
  const how = without.length === 0 ? 'by BTF' : 'raw'
  test(`a tracepoint attached ${how} counts, and nothing is left after closing`, async t => {
    const kernel = needs(t, '5.10')
    if (kernel === undefined) return
    const image = countImage(kernel, without)
    const before = descriptors()
    const loaded = load(image, kernel)
    assert.ok(loaded.control !== undefined && loaded.ring !== undefined)
    const longs = new BigInt64Array(loaded.control.view)
    const report = await loaded.attach()
    const method = without.length === 0 ? 'tp-btf' : 'raw-tracepoint'
    assert.deepEqual(report, { attached: 1, failed: [], methods: [{ method, targets: 1 }] })
    readdirSync('/proc/self')
    assert.equal(longs[Control.globals / 8], 0n, 'nothing counts before the session runs')
    run(loaded.control.view)
    readdirSync('/proc/self')
    assert.ok((longs[Control.globals / 8] ?? 0n) > 0n)
    const array = image.maps.findIndex(map => map.purpose.kind === 'array')
    const entries = loaded.map(array).entries()
    assert.ok(entries.length > 0)
    assert.deepEqual([entries[0]?.key.length, entries[0]?.value.length], [8, 16])
    assert.deepEqual(
      loaded.lostCounts(),
      image.points.map(() => 0n),
    )
    loaded.close()
    loaded.close()
    assert.equal(descriptors(), before)
  })
}

test('elements can be changed and cleared from outside', t => {
  const kernel = needs(t, '5.10')
  if (kernel === undefined) return
  const image = countImage(kernel)
  const loaded = load(image, kernel)
  const map = loaded.map(image.maps.findIndex(one => one.purpose.kind === 'array'))
  const [key, value] = [new Uint8Array(8).fill(1), new Uint8Array(16).fill(2)]
  assert.equal(map.update(key, value, 1), 0)
  assert.equal(map.update(key, value, 1), -17)
  assert.deepEqual(map.lookup(key), value)
  assert.equal(map.delete(key), true)
  assert.equal(map.delete(key), false)
  assert.equal(map.update(key, value), 0)
  map.clear()
  assert.deepEqual(map.entries(), [])
  loaded.close()
})

test('a program that the verifier refuses is told with its place, and nothing stays loaded', t => {
  const kernel = needs(t, '5.10')
  if (kernel === undefined) return
  const image = countImage(kernel, ['tp-btf'])
  const [program] = image.programs
  assert.ok(program !== undefined)
  // The first instruction becomes `r6 = r9`, which holds nothing.
  const instructions = program.instructions.slice()
  instructions[1] = 0x96
  const before = descriptors()
  assert.throws(
    () => load({ ...image, programs: [{ ...program, instructions }] }, kernel),
    (error: unknown) => {
      assert.ok(error instanceof RefusedProgramError)
      assert.match(error.message, /at t\.stp:1:\d+:\n/)
      assert.match(error.message, /R9 !read_ok$/)
      return true
    },
  )
  assert.equal(descriptors(), before)
})

test('a target that cannot be attached is reported, and the others go on', async t => {
  const kernel = needs(t, '5.10')
  if (kernel === undefined) return
  const image = countImage(kernel, ['tp-btf'])
  const [attachment] = image.attachments
  const [target] = attachment?.targets ?? []
  const [point] = image.points
  assert.ok(attachment !== undefined && target !== undefined && point !== undefined)
  const missing = { ...target, point: image.points.length, name: 'no_such_tracepoint' }
  const loaded = load(
    {
      ...image,
      release: release(),
      points: [...image.points, point],
      attachments: [{ ...attachment, targets: [target, missing] }],
    },
    kernel,
  )
  const report = await loaded.attach()
  loaded.close()
  assert.equal(report.attached, 1)
  assert.deepEqual(report.failed, [
    {
      point: missing.point,
      reason:
        'bpf(BPF_RAW_TRACEPOINT_OPEN, no_such_tracepoint): no such file or directory (ENOENT)',
      optional: false,
    },
  ])
})

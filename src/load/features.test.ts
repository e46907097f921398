import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { BtfMaker } from '../../test/support/btf.ts'
import { needs } from '../../test/support/needs.ts'
import { Btf } from '../kernel/btf.ts'
import { BtfTypes } from '../kernel/btf-types.ts'
import type { Feature } from '../kernel/facts.ts'
import { fakeKernel } from '../sys/fake-kernel.ts'
import { readFacts } from './facts.ts'
import { FeatureCache } from './feature-cache.ts'
import { openFeatures } from './features.ts'

const directory = mkdtempSync(join(tmpdir(), 'klew-features-'))
after(() => rmSync(directory, { recursive: true }))

let fresh = 0
function freshDirectory(): string {
  return join(directory, String(fresh++))
}

/** BTF with just what trials attach to. */
function types(): BtfTypes {
  const made = new BtfMaker()
  const prototype = made.prototype(0, [])
  made.func('bpf_fentry_test1', prototype)
  made.typedef('btf_trace_sched_process_exec', made.pointer(prototype))
  return new BtfTypes(new Btf(made.bytes()))
}

const BPF_PROG_LOAD = 5
const BPF_RAW_TRACEPOINT_OPEN = 17
const BPF_LINK_CREATE = 28

const refusals: [feature: Feature, command: number, errno: number, reason: RegExp][] = [
  ['bpf', BPF_PROG_LOAD, 22, /^bpf\(BPF_PROG_LOAD, bpf\): invalid argument \(EINVAL\)$/],
  ['fentry', BPF_RAW_TRACEPOINT_OPEN, 1, /^attaching fentry to bpf_fentry_test1: .*\(EPERM\)/],
  ['kprobe-multi', BPF_LINK_CREATE, 95, /^bpf\(BPF_LINK_CREATE, kprobe_multi\): .*EOPNOTSUPP/],
  ['tp-btf', BPF_PROG_LOAD, 22, /tp_btf.*EINVAL/],
  ['netfilter', BPF_PROG_LOAD, 22, /came with Linux 6\.4 and CONFIG_NETFILTER_BPF_LINK$/],
  ['netfilter', BPF_PROG_LOAD, 1, /^bpf\(BPF_PROG_LOAD, netfilter\): .*\(EPERM\)/],
  ['may-goto', BPF_PROG_LOAD, 22, /may_goto.*EINVAL/],
]
for (const [feature, command, errno, reason] of refusals) {
  test(`features: ${feature}, refused, is told in words, and nothing is left open`, () => {
    let next = 100
    const kernel = fakeKernel(call => (call.numbers[0] === command ? -errno : next++))
    const features = openFeatures(kernel, types, freshDirectory())
    assert.match(features.reason(feature) ?? '', reason)
    assert.equal(kernel.closed.length, next - 100)
    const tried = kernel.calls.length
    features.reason(feature)
    assert.equal(kernel.calls.length, tried, 'tried once')
  })
}

test('features: a helper is known when its call is refused for another reason', () => {
  const kernel = fakeKernel((call, live, memory) => {
    const view = new DataView(live.buffer, live.byteOffset)
    const helper = memory(view.getBigUint64(8, true))[4]
    const log = helper === 181 ? 'invalid func unknown#181' : 'R1 !read_ok'
    Buffer.from(memory(view.getBigUint64(32, true)).buffer).write(log, 'latin1')
    return call.numbers[0] === BPF_PROG_LOAD ? -22 : 3
  })
  const features = openFeatures(kernel, types, freshDirectory())
  assert.equal(features.reason('snprintf'), undefined)
  assert.equal(features.reason('loop'), 'the kernel does not have the helper bpf_loop')
})

test('features: what was found is kept, for the same kernel and privileges only', () => {
  const path = freshDirectory()
  const first = new FeatureCache(path, ['boot', '6.1', '0'])
  first.set('bpf', '')
  first.set('loop', 'no')
  const again = new FeatureCache(path, ['boot', '6.1', '0'])
  assert.deepEqual(
    [again.get('bpf'), again.get('loop'), again.get('ringbuf')],
    ['', 'no', undefined],
  )
  assert.equal(new FeatureCache(path, ['boot', '6.1', '1000']).get('loop'), undefined)
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"version":1,"key":["boot","6.1","0"],"found":{"loop":7}}',
  ]) {
    writeFileSync(join(path, 'features.json'), text)
    assert.equal(new FeatureCache(path, ['boot', '6.1', '0']).get('loop'), undefined, text)
  }
})

test('features: a cache that cannot be written costs nothing', () => {
  const file = join(directory, 'a-file')
  writeFileSync(file, '')
  const cache = new FeatureCache(join(file, 'klew'), ['x'])
  cache.set('bpf', '')
  assert.equal(cache.get('bpf'), '')
})

test('features: the running kernel is asked, and answers in words', t => {
  const kernel = needs(t, '5.10')
  if (kernel === undefined) return
  const cacheDirectory = freshDirectory()
  const facts = readFacts(kernel, { cacheDirectory })
  for (const feature of ['bpf', 'ringbuf', 'raw-tracepoint', 'tp-btf', 'func-info'] as const) {
    assert.equal(facts.has(feature), true, facts.whyNot(feature))
  }
  for (const feature of ['fentry', 'kprobe', 'kprobe-multi'] as const) {
    if (facts.has(feature)) assert.equal(facts.whyNot(feature), '')
    else assert.match(facts.whyNot(feature), /\(E\w+\)|CONFIG_/)
  }
  assert.match(readFileSync(join(cacheDirectory, 'features.json'), 'utf8'), /"ringbuf":""/)
})

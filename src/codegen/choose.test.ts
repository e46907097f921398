import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { build } from '../../test/support/kernel-run.ts'
import { tapset } from '../../test/support/tapset.ts'
import type { AttachMethod } from '../image.ts'
import type { Facts, Feature } from '../kernel/facts.ts'

const library = tapset()
const PROBING: readonly Feature[] = [
  'fentry',
  'kprobe',
  'kretprobe',
  'kprobe-multi',
  'cookie',
  'tp-btf',
  'raw-tracepoint',
]

/** A kernel that has these ways of attaching only. */
function having(...features: Feature[]): Facts {
  return fakeFacts({
    has: feature => !PROBING.includes(feature) || features.includes(feature),
    whyNot: feature => `no ${feature} here`,
  })
}

function methods(text: string, facts: Facts, without: readonly AttachMethod[] = []): string[] {
  const image = build(text, { facts, library, without, guru: true })
  return image.attachments.map(
    ({ method, targets }) => `${method} ${targets.map(t => t.name).join(' ')}`,
  )
}

const all = having(...PROBING)
const cases: [name: string, script: string, facts: Facts, expected: string[]][] = [
  [
    'one function',
    'probe kernel.function("ip_output") { printf("%d\\n", $skb) }',
    all,
    ['fentry ip_output'],
  ],
  [
    'its return',
    'probe kernel.function("ip_output").return { printf("%d\\n", $return) }',
    all,
    ['fexit ip_output'],
  ],
  [
    'the stack of a function, which its registers tell better',
    'probe kernel.function("ip_output") { print_backtrace() }',
    all,
    ['kprobe-multi ip_output'],
  ],
  [
    'registers, which a trampoline does not save',
    'probe kernel.function("ip_output") { println(@kregister(5)) }',
    all,
    ['kprobe ip_output'],
  ],
  [
    'registers of a program that called the kernel',
    'probe kernel.function("ip_output") { println(@uregister(5)) }',
    all,
    ['fentry ip_output'],
  ],
  [
    'a symbol that is not the function of the prototype',
    'probe kernel.function("packet_do_bind") { printf("x") }',
    all,
    ['kprobe-multi packet_do_bind.part.0'],
  ],
  [
    'a kernel without trampolines',
    'probe kernel.function("ip_output") { printf("x") }',
    having('kprobe', 'kretprobe', 'kprobe-multi'),
    ['kprobe-multi ip_output'],
  ],
  [
    'a kernel with single kprobes only',
    'probe kernel.function("ip_output").return { printf("x") }',
    having('kprobe', 'kretprobe'),
    ['kretprobe ip_output'],
  ],
  [
    'a tracepoint',
    'probe kernel.trace("net_dev_xmit") { printf("x") }',
    all,
    ['tp-btf net_dev_xmit'],
  ],
  [
    'a tracepoint without BTF programs',
    'probe kernel.trace("net_dev_xmit") { printf("x") }',
    having('raw-tracepoint'),
    ['raw-tracepoint net_dev_xmit'],
  ],
  [
    'an entry value that arguments give, worked out at return',
    'probe kernel.function("ip_output").return { printf("%d\\n", $skb + 1) }',
    all,
    ['fexit ip_output'],
  ],
  [
    'an entry value from memory, saved by a program of its own that is attached first',
    'probe kernel.function("ip_output").return { printf("%d\\n", @entry($skb->len)) }',
    all,
    ['fentry ip_output', 'fexit ip_output'],
  ],
  [
    'an entry value where a kretprobe has no arguments any more',
    'probe kernel.function("ip_output").return { printf("%d\\n", $skb) }',
    having('kprobe', 'kretprobe'),
    ['kprobe ip_output', 'kretprobe ip_output'],
  ],
  [
    'a place inside a function, which only a breakpoint reaches',
    'probe kernel.statement(0xffffffff81000004).absolute { printf("x") }',
    all,
    ['kprobe '],
  ],
  [
    'counters, by one program',
    'probe perf.type(1).config(0), perf.type(1).config(2) { printf("x") }',
    having(),
    ['perf-event  '],
  ],
  [
    'a counter in one process, by a program of its own',
    'probe perf.type(1).config(2).process, perf.type(1).config(2) { printf("x") }',
    having(),
    ['perf-event ', 'perf-event '],
  ],
  [
    'a netfilter hook',
    'probe netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4") { printf("x") }',
    having(),
    ['netfilter '],
  ],
  [
    'memory that is watched',
    'probe kernel.data("jiffies").write { printf("x") }',
    having(),
    ['breakpoint jiffies'],
  ],
]
for (const [name, script, facts, expected] of cases) {
  test(`attach: ${name}`, () => assert.deepEqual(methods(script, facts), expected))
}

test('a way that was refused when tried is not chosen again', () => {
  const script = 'probe kernel.function("ip_output") { printf("x") }'
  assert.deepEqual(methods(script, all, ['fentry', 'kprobe-multi']), ['kprobe ip_output'])
})

test('a kernel that puts no programs on netfilter hooks is told with the reason', () => {
  const script = 'probe netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4") { printf("x") }'
  const facts = fakeFacts({ has: f => f !== 'netfilter', whyNot: () => 'no such programs' })
  assert.throws(() => methods(script, facts), {
    message: /^kernel-lacks: this kernel cannot do netfilter\..*: netfilter: no such programs/,
  })
})

test('a hook has no stack to tell', () => {
  const script = 'probe netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4") { print_backtrace() }'
  assert.throws(() => methods(script, all), { message: /^kernel-lacks: no backtrace can be had/ })
})

test('a kernel that lets nobody probe functions is told once, with the reason of each way', () => {
  const script = 'probe kernel.function("ip_output"), kernel.function("tcp_v4_rcv") { printf("x") }'
  assert.throws(() => methods(script, having('tp-btf')), {
    message:
      'cannot-probe-functions: this kernel lets nobody probe its functions ' +
      'fentry: no fentry here,kprobe-multi: no kprobe-multi here,kprobe: no kprobe here',
  })
})

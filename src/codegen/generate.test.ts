import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { build, lacking } from '../../test/support/kernel-run.ts'
import { tapset } from '../../test/support/tapset.ts'
import { disassemble } from '../bpf/disassemble.ts'
import { Control, type Image } from '../image.ts'
import type { Facts } from '../kernel/facts.ts'
import { listing } from './listing.ts'

const library = tapset()
const facts = fakeFacts()
const TRACE = 'probe kernel.trace("net_dev_xmit")'

function image(text: string, on: Facts = facts): Image {
  return build(text, { facts: on, library, guru: true })
}

function code(text: string, on: Facts = facts): string {
  return image(text, on)
    .programs.map(program => disassemble(program.instructions))
    .join('\n')
}

test('a script that needs nothing from the kernel has no maps, programs or attachments', () => {
  const made = image('global g probe begin { g = 1; print("x") } probe timer.s(1) { g++ }')
  assert.deepEqual([made.maps, made.programs, made.attachments], [[], [], []])
  assert.deepEqual(
    made.handlers.map(h => h.when.kind),
    ['begin', 'timer'],
  )
  assert.deepEqual(
    made.globals.map(g => g.storage.kind),
    ['host'],
  )
})

test('globals: scalars in the control map, arrays in hash maps, what no kernel handler touches outside', () => {
  const made = image(
    `global n, s, a, b, outside ${TRACE} { n++; s = execname(); a[tid()] = 1; b["abc", 7] = "12345678" }
     probe end { print(n + outside); print(s); print(a[1]); print(b["x", 1]) }`,
  )
  assert.deepEqual(
    made.globals.map(g => g.storage),
    [
      { kind: 'control', offset: Control.globals, bytes: 8 },
      { kind: 'control', offset: Control.globals + 8, bytes: 16 },
      { kind: 'map', map: 5, keyBytes: [8], valueBytes: 8 },
      { kind: 'map', map: 6, keyBytes: [8, 8], valueBytes: 16 },
      { kind: 'host' },
    ],
  )
  assert.deepEqual(
    made.maps.map(map => map.name),
    ['control', 'ring', 'lost', 'constants', 'scratch', 'a', 'b'],
  )
  assert.equal(made.maps[0]?.valueSize, Control.globals + 24)
})

test('a handler without strings takes no scratch value', () => {
  assert.doesNotMatch(code(`${TRACE} { printf("%d %s\\n", tid(), execname()) }`), /map\[4\]/)
  assert.match(code(`${TRACE} { if (execname() == "x") print("y") }`), /map\[4\]/)
})

test('every program leaves at once unless the session runs', () => {
  assert.match(
    code(`${TRACE} { print("x") }`),
    /^ *0: r6 = r1\n *1: r1 = map\[0\]\[0\]\+0\n *3: r0 = \*\(u64 \*\)\(r1 \+0\)\n *4: if r0 != 0x1 goto/,
  )
})

test('one print is one site, in however many programs it is', () => {
  const made = image(
    'probe kernel.function("ip_output"), kernel.function("packet_do_bind") { printf("%d\\n", tid()) }',
  )
  assert.equal(made.programs.length, 2)
  assert.equal(made.sites.length, 1)
  assert.deepEqual(
    made.points.map(p => [p.text.replace(/"\).*/, '").…'), p.function, p.at]),
    [
      ['kernel.function("ip_output@net/ipv4/ip_output.c:422").…', 'ip_output', 'entry'],
      [
        'kernel.function("packet_do_bind@net/packet/af_packet.c:3100").…',
        'packet_do_bind',
        'entry',
      ],
    ],
  )
})

test('short records are written in the ring, long strings are packed', () => {
  const [short, long] = [
    image(`${TRACE} { printf("%d %s\\n", tid(), execname()) }`),
    image(`${TRACE} { printf("%d %s\\n", tid(), kernel_string($skb)) }`),
  ].map(one => one.sites[0]?.record)
  assert.deepEqual(short, {
    fixedBytes: 32,
    leaves: [
      { kind: 'long', offset: 8 },
      { kind: 'text', offset: 16, bytes: 16 },
    ],
  })
  assert.deepEqual(long, {
    fixedBytes: 24,
    leaves: [
      { kind: 'long', offset: 8 },
      { kind: 'packed', offset: 16 },
    ],
  })
})

const kprobes = lacking(facts, 'fentry', 'kprobe-multi')
const shapes: [name: string, script: string, facts: Facts, expected: RegExp][] = [
  [
    'a kprobe reads the third argument from dx',
    'probe kernel.function("ip_output") { print($skb) }',
    kprobes,
    /r0 = \*\(u64 \*\)\(r6 \+96\)/,
  ],
  [
    'on arm64 from x2',
    'probe kernel.function("ip_output") { print($skb) }',
    { ...kprobes, arch: 'arm64' },
    /r0 = \*\(u64 \*\)\(r6 \+16\)/,
  ],
  [
    'a kretprobe reads the result from ax',
    'probe kernel.function("ip_output").return { print($return) }',
    kprobes,
    /r0 = \*\(u64 \*\)\(r6 \+80\)\n.*r0 <<= 32\n.*r0 s>>= 32/,
  ],
  [
    'fentry reads it from its place, as a number',
    'probe kernel.function("ip_output") { print($skb) }',
    facts,
    /r0 = \*\(u64 \*\)\(r6 \+16\)\n.*r0 = -r0\n.*r0 = -r0/,
  ],
  [
    'fexit finds the result behind three arguments',
    'probe kernel.function("ip_output").return { print($return) }',
    facts,
    /r0 = \*\(u64 \*\)\(r6 \+24\)/,
  ],
  [
    'a kprobe without cookies has the point in the program',
    'probe kernel.function("ip_output") { print(1) }',
    lacking(kprobes, 'cookie'),
    /r1 = 0x0\n.*\*\(u32 \*\)\(r2 \+4\) = r1/,
  ],
  [
    'with cookies it asks for it',
    'probe kernel.function("ip_output") { print(1) }',
    kprobes,
    /call bpf_get_attach_cookie#174/,
  ],
  [
    'a loop ends by may_goto',
    `${TRACE} { for (i = 0; i < 9; i++) n += i; print(n) }`,
    facts,
    /may_goto/,
  ],
]
for (const [name, script, on, expected] of shapes) {
  test(`code: ${name}`, () => assert.match(code(script, on), expected))
}

test('code: without may_goto, a loop has its count alone', () => {
  const text = code(
    `${TRACE} { for (i = 0; i < 9; i++) n += i; print(n) }`,
    lacking(facts, 'may-goto'),
  )
  assert.doesNotMatch(text, /may_goto/)
})

const refusals: [name: string, script: string, facts: Facts, expected: RegExp][] = [
  [
    'raw bytes as many as the script says only then',
    `global g ${TRACE} { g[sprintf("%*b", cpu(), 5)]++ }`,
    facts,
    /^format-in-kernel: %\*b cannot be formatted in the kernel: its size must be known here/,
  ],
  [
    'the name of a symbol where there is no bpf_snprintf',
    `global g ${TRACE} { g[symname(tid())]++ }`,
    lacking(facts, 'snprintf'),
    /^format-in-kernel: a symbol name cannot be formatted in the kernel: left out for the test/,
  ],
  [
    'a pattern with more groups than a program keeps',
    `global g ${TRACE} { if (execname() =~ "${'(a)'.repeat(40)}") g[matched(1)]++ }`,
    facts,
    /^pattern-in-kernel: /,
  ],
  [
    'the time of day as a key',
    `global g ${TRACE} { g[ctime(gettimeofday_s())]++ } probe end { foreach (k in g) print(k) }`,
    facts,
    /^not-in-kernel: the text of ctime\(\) is not known in the kernel/,
  ],
  [
    'a walk over an array where programs cannot walk',
    `global g ${TRACE} { g[tid()]++; foreach (k in g) print(k) }`,
    lacking(facts, 'for-each'),
    /^foreach-in-kernel: foreach over g cannot run in this kernel: left out for the test/,
  ],
  [
    'a statistic read where programs see only their own CPU',
    `global s ${TRACE} { s <<< 1; print(@avg(s)) }`,
    lacking(facts, 'percpu-lookup'),
    /^statistic-in-kernel: what s holds cannot be read or reset by a program in this kernel/,
  ],
  [
    'foreach sorted by statistics where programs see only their own CPU',
    `global s ${TRACE} { s[tid()] <<< 1; foreach (t in s @sum-) print(t) }`,
    lacking(facts, 'percpu-lookup'),
    /^foreach-in-kernel: foreach over s cannot run in this kernel: left out for the test/,
  ],
  [
    'a register of a tracepoint',
    `${TRACE} { println(@kregister(1)) }`,
    facts,
    /^no-registers: no register can be read here: this kind of probe point does not give them/,
  ],
  [
    'a register that is none',
    `${TRACE} { println(@uregister(99)) }`,
    facts,
    /^no-registers: no register can be read here: there is no register 99/,
  ],
  [
    'clearing an array where programs cannot walk',
    `global g ${TRACE} { g[tid()]++; delete g }`,
    lacking(facts, 'for-each'),
    /^wildcard-in-kernel: /,
  ],
  [
    'an array that drops its oldest element where programs cannot walk',
    `global g%[5] ${TRACE} { g[tid()]++ } probe end { print(g[1]) }`,
    lacking(facts, 'for-each'),
    /^wrap-in-kernel: g is declared with %/,
  ],
  [
    'a kernel without eBPF',
    `${TRACE} { print(1) }`,
    lacking(facts, 'bpf'),
    /^kernel-lacks: this kernel cannot do eBPF programs: left out for the test/,
  ],
]
for (const [name, script, on, expected] of refusals) {
  test(`refused: ${name}`, () => assert.throws(() => image(script, on), { message: expected }))
}

test('the listing shows maps, attachments, and code under the lines that it comes from', () => {
  const text = listing(image(`global n\n${TRACE} {\n  n = n / tid()\n}\nprobe end { print(n) }\n`))
  assert.match(text, /^map 0: control array, key 4, value 80, entries 1\n/)
  assert.match(
    text,
    /\nattach 0: tp-btf net_dev_xmit, point 0: kernel.trace\("net:net_dev_xmit"\)\n/,
  )
  assert.match(text, /\n; t.stp:3 {2}n = n \/ tid\(\)\n *\d+: /)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { expandText, pointTexts } from '../../test/support/points.ts'
import type { ResolvedPoint } from './checked.ts'

function pointsOf(script: string, facts = fakeFacts()): readonly ResolvedPoint[] {
  const { handlers, diagnostics } = expandText(script, { facts })
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  return handlers.flatMap(h => h.points.map(p => p.point))
}

const resolved: [name: string, points: string, texts: string[]][] = [
  ['begin and end keep their order', 'begin, end(-3), error(2)', ['begin', 'end(-3)', 'error(2)']],
  ['never is a point', 'never', ['never']],
  [
    'a function has its file and line',
    'kernel.function("ip_output")',
    ['kernel.function("ip_output@net/ipv4/ip_output.c:422")'],
  ],
  [
    'a file matches by its last directories, too',
    'kernel.function("ip_output@ip_output.c").call',
    ['kernel.function("ip_output@net/ipv4/ip_output.c:422").call'],
  ],
  [
    'the line of a name that is spelled out does not matter',
    'kernel.function("ip_output@net/ipv4/ip_output.c:430")',
    ['kernel.function("ip_output@net/ipv4/ip_output.c:422")'],
  ],
  [
    'ranges of lines find the functions that they touch',
    'kernel.function("*@net/ipv4/ip_output.c:301,430-440").call',
    [
      'kernel.function("ip_output@net/ipv4/ip_output.c:422").call',
      'kernel.function("ip_finish_output@net/ipv4/ip_output.c:301").call',
    ],
  ],
  [
    'lines that count from the function leave out none',
    'kernel.function("ip_*put@net/ipv4/ip_output.c:*"), kernel.function("ip_output@ip_output.c:+3")',
    [
      'kernel.function("ip_output@net/ipv4/ip_output.c:422")',
      'kernel.function("ip_finish_output@net/ipv4/ip_output.c:301")',
      'kernel.function("ip_output@net/ipv4/ip_output.c:422")',
    ],
  ],
  [
    'a line finds the function that it is in',
    'kernel.function("*@net/ipv4/ip_output.c:350")',
    ['kernel.function("ip_finish_output@net/ipv4/ip_output.c:301")'],
  ],
  [
    'a function without a known place has its name alone',
    'kernel.function("dev_show").return',
    ['kernel.function("dev_show").return'],
  ],
  [
    'a wildcard takes clones by their base name, and leaves out what cannot be probed',
    'kernel.function("*@net/ipv4/ip_output.c").call',
    [
      'kernel.function("ip_output@net/ipv4/ip_output.c:422").call',
      'kernel.function("ip_finish_output@net/ipv4/ip_output.c:301").call',
      'kernel.function("ip_fragment@net/ipv4/ip_output.c:570").call',
    ],
  ],
  [
    'a tail counts only where the function itself was inlined',
    'kernel.function("*@net/packet/af_packet.c")',
    [
      'kernel.function("packet_bind@net/packet/af_packet.c:3200")',
      'kernel.function("packet_do_bind@net/packet/af_packet.c:3100")',
      'kernel.function("packet_rcv@net/packet/af_packet.c:2000")',
    ],
  ],
  [
    'maxactive stays in the text',
    'kernel.function("tcp_v4_rcv").return.maxactive(40)',
    ['kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954").return.maxactive(40)'],
  ],
  [
    "a module's functions are its own",
    'module("brid*").function("*")',
    ['module("bridge").function("br_forward@net/bridge/br_forward.c:140")'],
  ],
  [
    'tracepoints match by system and name',
    'kernel.trace("net:*")',
    ['kernel.trace("net:net_dev_queue")', 'kernel.trace("net:net_dev_xmit")'],
  ],
  [
    'a tracepoint named without its system has it in its text',
    'kernel.trace("kfree_skb")',
    ['kernel.trace("skb:kfree_skb")'],
  ],
  ['an optional point may stand for nothing', 'kernel.function("nope")?, begin', ['begin']],
  [
    'a sufficient point that is found ends the list',
    'kernel.function("nope")!, kernel.trace("kfree_skb")!, begin',
    ['kernel.trace("skb:kfree_skb")'],
  ],
]
for (const [name, points, texts] of resolved) {
  test(`points: ${name}`, () => {
    assert.deepEqual(
      pointsOf(`probe ${points} {}`).map(p => p.text),
      texts,
    )
  })
}

test('points: timers have their period and jitter in ns', () => {
  const points = pointsOf(
    'probe timer.s(2), timer.ms(10).randomize(3), timer.us(100), timer.hz(3), timer.jiffies(5) {}',
  )
  const periods = points.map(p => (p.kind === 'timer' ? [p.periodNs, p.randomizeNs] : []))
  assert.deepEqual(periods, [
    [2_000_000_000n, 0n],
    [10_000_000n, 3_000_000n],
    [100_000n, 0n],
    [333_333_334n, 0n],
    [20_000_000n, 0n],
  ])
})

test('points: a function point says how to attach it', () => {
  const [clone, module] = pointsOf(
    'probe kernel.function("ip_frag*").return, module("bridge").function("br_forward") {}',
  )
  assert.ok(clone?.kind === 'function' && module?.kind === 'function')
  assert.deepEqual(
    [clone.name, clone.symbol, clone.module, clone.at, clone.prototype, clone.optional],
    ['ip_fragment', 'ip_fragment.isra.0', undefined, 'return', undefined, true],
  )
  assert.deepEqual(
    [module.module, module.at, module.prototype?.name, module.optional],
    ['bridge', 'entry', 'br_forward', false],
  )
  assert.equal(module.address, 0xffffffff81000b00n)
})

test('points: what a wildcard leaves out is told with the reason', () => {
  const { skipped } = checkText('probe kernel.function("ip_*") { print(1) }')
  assert.deepEqual(skipped, [{ name: 'ip_init', reason: '__init' }])
})

test('points: without a symbol table functions are found by BTF', () => {
  const hidden = {
    ...fakeFacts().symbols(),
    addressesKnown: false,
    functions: () => [],
    functionsMatching: () => [],
  }
  const facts = fakeFacts({ symbols: () => hidden })
  const points = pointsOf('probe kernel.function("packet_*") {}', facts)
  assert.deepEqual(
    points.map(p => p.text),
    [
      'kernel.function("packet_bind@net/packet/af_packet.c:3200")',
      'kernel.function("packet_rcv@net/packet/af_packet.c:2000")',
    ],
  )
})

test('points: a kernel without BTF has functions, and no target variables', () => {
  const facts = fakeFacts({
    types: () => {
      throw new Error('this kernel has no BTF')
    },
  })
  assert.equal(pointsOf('probe kernel.function("ip_output") {}', facts).length, 1)
  const { diagnostics } = checkText(
    'probe kernel.function("ip_output") { print($skb) }\nprobe kernel.trace("kfree_skb") {}',
    { facts },
  )
  assert.deepEqual(diagnostics.map(diagnosticText), [
    `1:44 unknown-target-variable: '$skb' is not known in kernel.function("ip_output@net/ipv4/ip_output.c:422"): this kernel has no BTF`,
    "2:20 cannot-probe: 'kfree_skb' cannot be probed: this kernel has no BTF",
  ])
})

const texts: [points: string, texts: string[]][] = [
  ['begin(0), begin(3)', ['begin(0)', 'begin(3)']],
  ['oneshot', ['oneshot']],
  ['timer.s(0x10)', ['timer.s(16)']],
  ['timer.profile, timer.profile.tick', ['timer.profile', 'timer.profile.tick']],
  ['timer.profile.freq.hz(97)', ['timer.profile.freq.hz(97)']],
  ['kernel.data(1234).rw', ['kernel.data(0x4d2).length(1).rw']],
  ['kernel.data(0x10).length(8).write', ['kernel.data(0x10).length(8).write']],
  ['kernel.data("jiffies").write', ['kernel.data("jiffies").length(1).write']],
  ['kprobe.function("ip_output").return', ['kprobe.function("ip_output").return']],
  [
    'kprobe.function("ip_*put")',
    ['kprobe.function("ip_output")', 'kprobe.function("ip_finish_output")'],
  ],
  [
    'kprobe.module("brid*").function("br_forward").call',
    ['kprobe.module("bridge").function("br_forward").call'],
  ],
  ['kprobe.module("later").function("f").return', ['kprobe.module("later").function("f").return']],
  ['kernel.statement("ip_output")', ['kernel.statement("ip_output@net/ipv4/ip_output.c:422")']],
  [
    'kernel.statement("*@net/ipv4/ip_output.c:422").nearest',
    ['kernel.statement("ip_output@net/ipv4/ip_output.c:422")'],
  ],
  ['module("bridge").statement(0x10)', ['module("bridge").statement(0x10)']],
  ['module("bridge").function(0x10).return', ['module("bridge").function(0x10).return']],
  ['process.begin, process(1).end', ['process.begin', 'process(1).end']],
  ['process("/bin/ls").thread.begin', ['process("/bin/ls").thread.begin']],
  ['process.syscall.return', ['process.syscall.return']],
  ['process("ls").plt("mal*").return', ['process("ls").plt("mal*").return']],
  ['process("ls").provider("p").mark("m")', ['process("ls").provider("p").mark("m")']],
  [
    'process("ls").library("libc.so.6").function("malloc")',
    ['process("ls").library("libc.so.6").function("malloc")'],
  ],
  ['process("ls").statement(0x40)', ['process("ls").statement(64)']],
  ['perf.type(0).config(1)', ['perf.type(0).config(1).sample(1000000)']],
  ['perf.type(0).config(1).hz(97)', ['perf.type(0).config(1).sample(97)']],
  [
    'perf.type(0).config(1).process("/bin/ls").counter("c")',
    ['perf.type(0).config(1).sample(0).process("/bin/ls").counter("c")'],
  ],
  [
    'netfilter.pf("NFPROTO_IPV4").hook("NF_IP_LOCAL_IN").priority("-5")',
    ['netfilter.pf("NFPROTO_IPV4").hook("NF_IP_LOCAL_IN").priority("-5")'],
  ],
  [
    'procfs.read, procfs("a/b").umask(0333).write',
    ['procfs.read', 'procfs("a/b").umask(219).write'],
  ],
  ['input.char, input.line', ['input.char', 'input.line']],
]
for (const [points, expected] of texts) {
  test(`points: pp() of ${points}`, () => {
    const expanded = expandText(`probe ${points} {}`)
    assert.deepEqual(expanded.diagnostics.map(diagnosticText), [])
    assert.deepEqual(pointTexts(expanded), expected)
  })
}

const parts: [point: string, wanted: Record<string, unknown>][] = [
  ['timer.profile.freq.hz(97)', { kind: 'profile', hz: 97n }],
  ['kernel.data("x").rw', { kind: 'watch', symbol: 'x', length: 1, access: 'rw' }],
  ['kernel.data(16).length(4).write', { kind: 'watch', address: 16n, length: 4, access: 'write' }],
  ['process(7).thread.end', { target: { kind: 'pid', pid: 7n }, event: 'thread.end' }],
  ['process("x").syscall', { target: { kind: 'path', path: 'x' }, event: 'syscall' }],
  ['process.syscall.return', { target: { kind: 'target' }, event: 'syscall.return' }],
  [
    'process("x").function("f").exported',
    { place: { kind: 'function', pattern: 'f', ending: 'exported' }, at: 'entry' },
  ],
  [
    'process("x").library("l").function(16).return',
    { library: 'l', place: { kind: 'function', pattern: 16n, ending: 'return' }, at: 'return' },
  ],
  ['process("x").plt', { place: { kind: 'plt', name: undefined }, at: 'entry' }],
  ['process.mark("m")', { place: { kind: 'mark', provider: undefined, mark: 'm' } }],
  ['perf.type(1).config(2).sample(3)', { period: { kind: 'sample', events: 3n }, config: 2n }],
  ['perf.type(1).config(2).process', { process: { kind: 'target' }, counter: undefined }],
  ['procfs.read.maxsize(9)', { path: 'command', access: 'read', maxSize: 9n, umask: undefined }],
  ['netfilter.hook("NF_ARP_OUT").pf("NFPROTO_ARP")', { hook: 1, family: 3, priority: 0n }],
  [
    'netfilter.hook("NF_IP6_POST_ROUTING").pf("NFPROTO_IPV6").priority("NF_IP6_PRI_FIRST")',
    { hook: 4, family: 10, priority: -2147483648n },
  ],
  ['module("bridge").statement(0x10)', { kind: 'address', address: 16n, module: 'bridge' }],
  ['kprobe.module("later").function("f")', { kind: 'function', symbol: 'f', module: 'later' }],
  ['oneshot', { kind: 'begin', order: 0n }],
  ['input.line', { kind: 'input', unit: 'line' }],
]
for (const [point, wanted] of parts) {
  test(`points: what ${point} says`, () => {
    const [resolved] = pointsOf(`probe ${point} {}`)
    assert.ok(resolved)
    assert.deepEqual({ ...resolved, ...wanted }, resolved)
  })
}

/** A kernel that knows where functions are, and which of them other files see. */
const placed = fakeFacts({
  symbols: () => {
    const symbols = fakeFacts().symbols()
    const outside = (name: string): string => (name === 'ip_output' ? 'T' : 't')
    const typed = (s: ReturnType<typeof symbols.functions>[number]) => ({
      ...s,
      type: outside(s.name),
    })
    return {
      ...symbols,
      functions: name => symbols.functions(name).map(typed),
      functionsMatching: (pattern, module) => symbols.functionsMatching(pattern, module).map(typed),
      find: address => {
        const [symbol] = symbols.functions('ip_output')
        if (symbol === undefined || address >> 8n !== symbol.address >> 8n) return undefined
        return { symbol, offset: address - symbol.address, size: 256n }
      },
    }
  },
})

const byAddress: [point: string, texts: string[]][] = [
  ['kernel.function(0xffffffff81000010).call', ['kernel.function(0xffffffff81000000).call']],
  ['kernel.statement(0xffffffff81000010)', ['kernel.statement(0xffffffff81000010)']],
  [
    'kernel.function("ip_*").exported',
    ['kernel.function("ip_output@net/ipv4/ip_output.c:422").exported'],
  ],
]
for (const [point, expected] of byAddress) {
  test(`points: ${point}`, () => {
    assert.deepEqual(
      pointsOf(`probe ${point} {}`, placed).map(p => p.text),
      expected,
    )
  })
}

test('points: with -g, absolute addresses and the numbers of netfilter are taken', () => {
  const points =
    'kernel.statement(0x1234).absolute, kprobe.statement(1).absolute, netfilter.hook("1").pf("2")'
  const expanded = expandText(`probe ${points} {}`, { guru: true })
  assert.deepEqual(expanded.diagnostics, [])
  assert.deepEqual(pointTexts(expanded), [
    'kernel.statement(0x1234).absolute',
    'kprobe.statement(0x1).absolute',
    'netfilter.hook("1").pf("2")',
  ])
})

test('points: the registers of a system call have the name that its source gives them', () => {
  const facts = fakeFacts()
  const [symbol] = facts.symbols().functions('ip_output')
  const prototype = facts.types().function('dev_show')
  assert.ok(symbol)
  assert.equal(prototype, undefined)
  const named = fakeFacts({
    symbols: () => ({
      ...facts.symbols(),
      functions: () => [{ ...symbol, name: '__x64_sys_bind' }],
    }),
    types: () => {
      const types = facts.types()
      const call = types.function('inet_sendmsg')
      assert.ok(call)
      const parameters = call.parameters.slice(0, 1).map(p => ({ ...p, name: '__unused' }))
      return Object.assign(Object.create(types), { function: () => ({ ...call, parameters }) })
    },
  })
  const [point] = pointsOf('probe kernel.function("__x64_sys_bind") {}', named)
  assert.ok(point?.kind === 'function')
  assert.deepEqual(
    point.prototype?.parameters.map(p => p.name),
    ['regs'],
  )
})

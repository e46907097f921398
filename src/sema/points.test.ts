import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import type { ResolvedPoint } from './checked.ts'

function pointsOf(script: string, facts = fakeFacts()): readonly ResolvedPoint[] {
  const { program, diagnostics } = checkText(script, { facts })
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  return program?.probes.flatMap(p => p.points) ?? []
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
  const { skipped } = checkText('probe kernel.function("ip_*") {}')
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

const mistakes: [point: string, diagnostic: string][] = [
  [
    'kernel.function("ip_outpt")',
    "1:23 unknown-kernel-function: there is no function 'ip_outpt' in the kernel (did you mean 'ip_output'?)",
  ],
  [
    'kernel.function("br_forward")',
    `1:23 unknown-kernel-function: there is no function 'br_forward' in the kernel (it is in module 'bridge': module("bridge").function("br_forward"))`,
  ],
  [
    'kernel.function("nope_*")',
    "1:23 unknown-kernel-function: no function of the kernel matches 'nope_*'",
  ],
  [
    'kernel.function("ip_output@net/ipv4/tcp_ipv4.c")',
    "1:23 function-not-in-file: 'ip_output' is not in 'net/ipv4/tcp_ipv4.c' (it is in net/ipv4/ip_output.c)",
  ],
  [
    'kernel.function("ip_skb_dst_mtu@net/ipv4/ip_output.c")',
    "1:23 no-code: 'ip_skb_dst_mtu' of net/ipv4/ip_output.c has no code of its own in this kernel (the compiler put it into its callers (inlined), or it is not built in: probe a caller)",
  ],
  [
    'kernel.function("*@net/ipv4/nope.c")',
    "1:23 unknown-source-file: no source file that klew knows matches 'net/ipv4/nope.c' (without @FILE, functions are found by their name alone)",
  ],
  ['kernel.function("ip_init")', "1:23 cannot-probe: 'ip_init' cannot be probed: __init"],
  [
    'kernel.function("ip_ini*")',
    "1:23 cannot-probe: no function that matches 'ip_ini*' can be probed: __init",
  ],
  [
    'kernel.function("ip_output@ip_output.c:+3")',
    "1:23 unsupported-probe-point: '+3' is no line number for a function (NAME@FILE:LINE is the function that this line is in)",
  ],
  [
    'kernel.function("ip_output").inline',
    `1:36 unsupported-probe-point: probe point 'kernel.function("ip_output").inline' is not supported in this version`,
  ],
  [
    'kernel.function("ip_output").retrun',
    "1:36 unknown-probe-point: 'retrun' does not follow 'function' in a probe point (known here: return)",
  ],
  [
    'kernel.statement("ip_output@net/ipv4/ip_output.c:430")',
    `1:14 unsupported-probe-point: probe point 'kernel.statement("ip_output@net/ipv4/ip_output.c:430")' is not supported in this version (kernel.function probes its entry)`,
  ],
  [
    'kernel.functoin("x")',
    "1:14 unknown-probe-point: 'functoin' does not follow 'kernel' in a probe point (known here: function or trace)",
  ],
  [
    'kernle.function("x")',
    "1:7 unknown-probe-point: there is no probe point 'kernle' (did you mean 'kernel'?)",
  ],
  [
    'module("brige").function("x")',
    "1:14 unknown-module: no module 'brige' is loaded (did you mean 'bridge'?)",
  ],
  [
    'kernel.trace("net_dev_xmitt")',
    "1:20 unknown-tracepoint: there is no tracepoint 'net_dev_xmitt' (did you mean 'net_dev_xmit'?)",
  ],
  [
    'process("ls").function("main")',
    `1:7 unsupported-probe-point: probe point 'process("ls").function("main")' is not supported in this version`,
  ],
  ['begin("x")', "1:13 probe-point-argument: 'begin' needs a number: begin(1)"],
  ['never(1)', "1:13 probe-point-argument: 'never' takes no argument in a probe point"],
  ['timer.s(0)', '1:13 interval-out-of-range: interval value out of range (1, 86400)'],
  ['timer.us(99)', '1:13 interval-out-of-range: interval value out of range (100, 86400000000)'],
  ['timer.hz(0)', '1:13 interval-out-of-range: frequency must be greater than 0'],
  [
    'timer.jiffies(0)',
    '1:13 interval-out-of-range: invalid interval for jiffies timer (it is from 1 to 1000000)',
  ],
  [
    'timer.s(1).randomize(2)',
    '1:18 interval-out-of-range: randomization value out of range (it is from 0 to the interval itself)',
  ],
  [
    'timer.profile',
    "1:7 unsupported-probe-point: probe point 'timer.profile' is not supported in this version",
  ],
  ['kernel.function("nope")?', '1:7 no-probes: no probe point of this script was found'],
]
for (const [point, diagnostic] of mistakes) {
  test(`points: reports ${point}`, () => {
    const { program, diagnostics } = checkText(`probe ${point} {}`)
    assert.deepEqual(diagnostics.map(diagnosticText), [diagnostic])
    assert.equal(program, undefined)
  })
}

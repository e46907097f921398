import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnosticText } from '../../test/support/check.ts'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { expandText } from '../../test/support/points.ts'

const mistakes: [point: string, diagnostic: string][] = [
  [
    'kernel.function("ip_outpt")',
    `1:23 unknown-kernel-function: there is no function 'ip_outpt' in the kernel (did you mean 'ip_output'?)`,
  ],
  [
    'kernel.function("br_forward")',
    `1:23 unknown-kernel-function: there is no function 'br_forward' in the kernel (it is in module 'bridge': module("bridge").function("br_forward"))`,
  ],
  [
    'kernel.function("nope_*")',
    `1:23 unknown-kernel-function: no function of the kernel matches 'nope_*'`,
  ],
  [
    'kernel.function("ip_output@net/ipv4/tcp_ipv4.c")',
    `1:23 function-not-in-file: 'ip_output' is not in 'net/ipv4/tcp_ipv4.c' (it is in net/ipv4/ip_output.c)`,
  ],
  [
    'kernel.function("ip_skb_dst_mtu@net/ipv4/ip_output.c")',
    `1:23 no-code: 'ip_skb_dst_mtu' of net/ipv4/ip_output.c has no code of its own in this kernel (the compiler put it into its callers (inlined), or it is not built in: probe a caller)`,
  ],
  [
    'kernel.function("*@net/ipv4/nope.c")',
    `1:23 unknown-source-file: no source file that klew knows matches 'net/ipv4/nope.c' (without @FILE, functions are found by their name alone)`,
  ],
  ['kernel.function("ip_init")', `1:23 cannot-probe: 'ip_init' cannot be probed: __init`],
  [
    'kernel.function("ip_ini*")',
    `1:23 cannot-probe: no function that matches 'ip_ini*' can be probed: __init`,
  ],
  [
    'kernel.function("ip_output@ip_output.c:x")',
    `1:23 malformed-pattern: malformed specification 'ip_output@ip_output.c:x' (it is FUNCTION, FUNCTION@FILE or FUNCTION@FILE:LINE)`,
  ],
  [
    'kernel.function("@ip_output.c")',
    `1:23 malformed-pattern: malformed specification '@ip_output.c' (it is FUNCTION, FUNCTION@FILE or FUNCTION@FILE:LINE)`,
  ],
  [
    'kernel.function("ip_output").inline',
    `1:36 needs-debug-information: 'kernel.function("ip_output").inline' needs debug information (DWARF), which klew does not read yet: where the compiler put copies of the function`,
  ],
  [
    'kernel.function("ip_output").label("out")',
    `1:36 needs-debug-information: 'kernel.function("ip_output").label("out")' needs debug information (DWARF), which klew does not read yet: where its labels are`,
  ],
  [
    'module("bridge").function("br_forward").callees(2)',
    `1:47 needs-debug-information: 'module("bridge").function("br_forward").callees(2)' needs debug information (DWARF), which klew does not read yet: which functions are called from it`,
  ],
  [
    'kernel.function("ip_output").retrun',
    `1:36 unknown-probe-point: invalid suffix for probe: 'retrun' does not follow 'kernel.function("ip_output")' (known here: return)`,
  ],
  [
    'kernel.function("ip_output").return.maxactive(32768)',
    '1:53 argument-out-of-range: maxactive value out of range [0,32767]',
  ],
  [
    'kernel.function("ip_*").exported',
    `1:23 unknown-kernel-function: no match: no function that matches 'ip_*' is seen outside its file (those that are static are found without .exported)`,
  ],
  [
    'kernel.function(0x10)',
    '1:23 unknown-kernel-function: no match: there is no function at 0x10 in the kernel',
  ],
  [
    'kernel.statement("ip_output@net/ipv4/ip_output.c:430")',
    `1:24 needs-debug-information: 'kernel.statement("ip_output@net/ipv4/ip_output.c:430")' needs debug information (DWARF), which klew does not read yet: which instructions line 430 is (without a line it is the entry of the function: kernel.statement("ip_output@net/ipv4/ip_output.c"))`,
  ],
  [
    'kernel.statement(0x10)',
    '1:24 unknown-kernel-function: no match: there is no function at 0x10 in the kernel',
  ],
  [
    'kernel.statement(0x10).absolute',
    '1:7 needs-guru: absolute statement probe in unprivileged script; need -g (klew -g allows what can harm the system)',
  ],
  [
    'kernel.functoin("x")',
    `1:14 unknown-probe-point: probe point mismatch: 'functoin' does not follow 'kernel' (known here: function)`,
  ],
  [
    'kernel',
    `1:7 probe-point-truncated: probe point truncated: 'kernel' needs more (may follow: data(number), data(string), function(number), function(string), statement(number), statement(string), trace(string))`,
  ],
  [
    'kernel.function',
    `1:14 probe-point-argument: probe point mismatch: 'function' takes a string or a number`,
  ],
  [
    'kernle.function("x")',
    `1:7 unknown-probe-point: probe point mismatch: there is no 'kernle' (did you mean 'kernel'?)`,
  ],
  [
    'module("brige").function("x")',
    `1:14 unknown-module: no match: no module 'brige' is loaded (did you mean 'bridge'?)`,
  ],
  [
    'module("af_packet").function("packet_rcv")',
    `1:14 unknown-module: no match: no module 'af_packet' is loaded (the kernel itself has it: kernel.function("packet_rcv"))`,
  ],
  [
    'kernel.trace("net_dev_xmitt")',
    `1:20 unknown-tracepoint: there is no tracepoint 'net_dev_xmitt' (did you mean 'net_dev_xmit'?)`,
  ],
  [
    'kernel.trace("net:")',
    `1:20 malformed-pattern: invalid tracepoint string 'net:' (it is NAME or SYSTEM:NAME: net:net_dev_xmit)`,
  ],
  [
    'kernel.mark("x")',
    `1:14 unsupported-probe-point: 'kernel.mark("x")' cannot be probed: Linux has no markers since 2.6.32 (kernel.trace("NAME") probes tracepoints)`,
  ],
  [
    'kernel.lsm("x")',
    `1:14 unsupported-probe-point: 'kernel.lsm("x")' cannot be probed: security hooks are not probed (kernel.function("security_…") is where they are called)`,
  ],
  [
    'kernel.tracepoint("x")',
    `1:14 unsupported-probe-point: 'kernel.tracepoint("x")' cannot be probed: klew knows the parameters of tracepoints by their names (write kernel.trace("NAME"))`,
  ],
  [
    'kernel.data(16).length(3).rw',
    '1:30 argument-out-of-range: a watchpoint of 3 bytes is not possible (a processor watches 1, 2, 4 or 8 bytes)',
  ],
  [
    'process("ls").insn',
    `1:7 unsupported-probe-point: 'process("ls").insn' cannot be probed: Linux has no probe at every instruction (it needed CONFIG_UTRACE)`,
  ],
  [
    'process("ls").data(16).write',
    `1:7 unsupported-probe-point: 'process("ls").data(16).write' cannot be probed: watchpoints are for data of the kernel only (kernel.data("NAME").write is there)`,
  ],
  [
    'process("ls").function("main").inline',
    `1:38 needs-debug-information: 'process("ls").function("main").inline' needs debug information (DWARF), which klew does not read yet: the table of symbols has whole functions only`,
  ],
  [
    'process("ls").statement("main@ls.c:3")',
    `1:31 needs-debug-information: 'process("ls").statement("main@ls.c:3")' needs debug information (DWARF), which klew does not read yet: which instructions line 3 is (without a line, statement("main") is the entry of the function)`,
  ],
  [
    'process(1).statement(16).absolute',
    `1:32 unsupported-probe-point: 'process(1).statement(16).absolute' cannot be probed: absolute process probes are not available (process("PATH").statement(ADDRESS) counts from the start of the file)`,
  ],
  [
    'process("").begin',
    '1:15 probe-point-argument: the path of a process is empty (process("/bin/ls"), process("ls"), or process alone for that of -c or -x)',
  ],
  ['process(0).begin', '1:15 argument-out-of-range: cannot probe pid 0: Invalid pid'],
  [
    'java("x").method("y")',
    `1:7 unsupported-probe-point: 'java("x").method("y")' cannot be probed: it needs Byteman in the Java machine (process("java").function("…") has what its symbols name)`,
  ],
  [
    'python3.module("x").function("y")',
    `1:7 unsupported-probe-point: 'python3.module("x").function("y")' cannot be probed: it needs a module in the Python program (process("python3").mark("function__entry") has them, where it is built with marks)`,
  ],
  [
    'debuginfod.process("x")',
    `1:7 unsupported-probe-point: 'debuginfod.process("x")' cannot be probed: klew asks no debuginfod server`,
  ],
  [
    'perf.type(0).config(0).sample(0)',
    '1:37 argument-out-of-range: invalid perf sample period 0 (it is a number of events, from 1)',
  ],
  [
    'perf.type(0).config(0).counter("a"), perf.type(0).config(1).counter("a")',
    `1:44 duplicate-point: duplicate counter name 'a'; 1:7 the first one`,
  ],
  [
    'procfs("/x").read',
    `1:14 procfs-path: procfs path cannot start with a '/' (it is a name, or names with one / between them)`,
  ],
  [
    'procfs("x/").read',
    `1:14 procfs-path: procfs path cannot end with a '/' (it is a name, or names with one / between them)`,
  ],
  [
    'procfs("x//y").read',
    '1:14 procfs-path: procfs path component cannot be empty (it is a name, or names with one / between them)',
  ],
  [
    'procfs("x/../y").read',
    `1:14 procfs-path: procfs path cannot be relative (and contain '.' or '..') (it is a name, or names with one / between them)`,
  ],
  ['procfs("x").read.maxsize(0)', '1:32 argument-out-of-range: maxsize must be greater than 0'],
  [
    'procfs("a").read, procfs("a").read',
    '1:25 duplicate-point: only one read procfs probe can exist for procfs path "a"; 1:7 the first one',
  ],
  [
    'netfilter.hook("NF_IP_LOCAL_IN").pf("NFPROTO_INET")',
    '1:43 unsupported-netfilter: unsupported netfilter protocol family "NFPROTO_INET" (known here: NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_ARP or NFPROTO_BRIDGE)',
  ],
  [
    'netfilter.hook("NF_ARP_INN").pf("NFPROTO_ARP")',
    '1:22 unsupported-netfilter: unsupported netfilter hook "NF_ARP_INN" for protocol family "3" (known here: NF_ARP_IN, NF_ARP_OUT or NF_ARP_FORWARD)',
  ],
  [
    'netfilter.hook("NF_ARP_IN").pf("NFPROTO_ARP").priority("NF_IP_PRI_FIRST")',
    '1:62 unsupported-netfilter: unsupported netfilter priority "NF_IP_PRI_FIRST" for protocol family "3" (known here: a number)',
  ],
  [
    'kprobe.function("")',
    `1:23 malformed-pattern: malformed specification '' (it is FUNCTION, FUNCTION@FILE or FUNCTION@FILE:LINE)`,
  ],
  [
    'begin("x")',
    `1:7 probe-point-argument: probe point mismatch: 'begin' takes no argument or a number`,
  ],
  ['begin.x', `1:13 unknown-probe-point: invalid suffix for probe: 'x' does not follow 'begin'`],
  ['never(1)', `1:7 probe-point-argument: probe point mismatch: 'never' takes no argument`],
  ['timer.s', `1:13 probe-point-argument: probe point mismatch: 's' takes a number`],
  ['timer.s(0)', '1:13 interval-out-of-range: interval value out of range (1, 86400)'],
  ['timer.us(99)', '1:13 interval-out-of-range: interval value out of range (100, 86400000000)'],
  ['timer.hz(0)', '1:13 interval-out-of-range: frequency must be greater than 0'],
  [
    'timer.jiffies(0)',
    '1:13 interval-out-of-range: invalid interval for jiffies timer (it is from 1 to 1000000)',
  ],
  [
    'timer.jiffies(5).randomize(6)',
    '1:24 interval-out-of-range: invalid randomize for jiffies timer (it is from 0 to the interval itself)',
  ],
  [
    'timer.s(1).randomize(2)',
    '1:18 interval-out-of-range: randomization value out of range (it is from 0 to the interval itself)',
  ],
  ['timer.profile.freq.hz(0)', '1:26 interval-out-of-range: frequency must be greater than 0'],
  [
    'timer.x*(1)',
    `1:13 unknown-probe-point: probe point mismatch: no wildcard match for 'x*' after 'timer'`,
  ],
  [
    'tcp.recvmsg',
    `1:7 unsupported-probe-point: probe point mismatch: 'tcp.recvmsg' is not in the library of this version`,
  ],
  ['foo*', `1:7 unknown-probe-point: probe point mismatch: no wildcard match for 'foo*'`],
]
for (const [point, diagnostic] of mistakes) {
  test(`points: reports ${point}`, () => {
    const { diagnostics } = expandText(`probe ${point} {}`)
    assert.deepEqual(diagnostics.map(diagnosticText), [diagnostic])
  })
}

const ofAliases: [name: string, script: string, diagnostics: string[]][] = [
  [
    'an alias that stands for itself',
    'probe x = y {}\nprobe y = x {}\nprobe x {}',
    [
      "2:11 alias-loop: recursive loop in alias expansion: 'x' stands for itself; 1:11 while resolving probe point 'y'; 3:7 while resolving probe point 'x'",
    ],
  ],
  [
    'an alias whose name has an argument',
    'probe x.y("z") = begin {}\nprobe begin {}',
    [
      "1:9 alias-argument: alias component 'y' contains illegal parameter (names of aliases are words with dots between them)",
    ],
  ],
  [
    'an alias whose points are all optional and not there',
    'probe x = kernel.function("nope")? {}\nprobe x {}',
    [
      "2:7 no-match: no match: nothing that 'x' stands for is in this kernel ('?' behind the point makes it optional: x?)",
    ],
  ],
  [
    'what an alias of an alias needs, with the way to it',
    'probe x = y {}\nprobe y = kernel.function("ip_outpt") {}\nprobe x {}',
    [
      "2:27 unknown-kernel-function: there is no function 'ip_outpt' in the kernel (did you mean 'ip_output'?); 1:11 while resolving probe point 'y'; 3:7 while resolving probe point 'x'",
    ],
  ],
  [
    'a suffix that the points of an alias do not take',
    'probe x = begin {}\nprobe x.return {}',
    [
      "2:9 unknown-probe-point: invalid suffix for probe: 'return' does not follow 'begin'; 2:7 while resolving probe point 'x.return'",
    ],
  ],
  [
    'one part of the name of an alias',
    'probe x.y = begin {}\nprobe x {}\nprobe x.z {}',
    [
      "2:7 probe-point-truncated: probe point truncated: 'x' needs more (may follow: y)",
      "3:9 unknown-probe-point: probe point mismatch: 'z' does not follow 'x' (known here: y)",
    ],
  ],
]
for (const [name, script, expected] of ofAliases) {
  test(`points: reports ${name}`, () => {
    assert.deepEqual(expandText(script).diagnostics.map(diagnosticText), expected)
  })
}

test('points: aliases that multiply beyond all sense are reported, and soon', () => {
  const doubled = Array.from({ length: 40 }, (_, i) => `probe a${i + 1} = a${i}, a${i} {}`)
  const script = `probe a0 = begin {}\n${doubled.join('\n')}\nprobe a40 {}`
  assert.deepEqual(expandText(script).diagnostics.map(diagnosticText), [
    '42:7 too-many-points: this stands for more than 50000 probe points',
  ])
})

test('points: a wildcard that could go any number of ways ends', () => {
  const deep = Array.from({ length: 30 }, () => 'a').join('.')
  const stars = Array.from({ length: 15 }, () => '**').join('.')
  const { handlers } = expandText(`probe ${deep} = begin {}\nprobe ${stars} {}`)
  assert.ok(handlers.length <= 1)
})

test('points: near names are also those of the library', () => {
  const library = { ...emptyLibrary, aliasNames: () => ['netdev'] }
  const { diagnostics } = expandText('probe netdv.receive {}', { library })
  assert.deepEqual(diagnostics.map(diagnosticText), [
    "1:7 unknown-probe-point: probe point mismatch: there is no 'netdv' (did you mean 'netdev'?)",
  ])
})

test('points: a process without a name needs one by -c or -x, where that is known', () => {
  const points = 'process.function("main"), perf.type(0).config(0).process'
  const { diagnostics } = expandText(`probe ${points}, process.begin {}`, { target: false })
  const text =
    'no-target-process: unspecified process probe is invalid without a -c COMMAND or -x PID (or name it: process("/bin/ls"))'
  assert.deepEqual(diagnostics.map(diagnosticText), [`1:7 ${text}`, `1:56 ${text}`])
  assert.deepEqual(expandText(`probe ${points} {}`, { target: true }).diagnostics, [])
})

test('points: addresses that the system hides are the fault of the system', () => {
  const symbols = { ...fakeFacts().symbols(), addressesKnown: false }
  const facts = fakeFacts({ symbols: () => symbols })
  const { diagnostics } = expandText('probe kernel.function(0x10) {}', { facts })
  assert.deepEqual(diagnostics.map(diagnosticText), [
    '1:23 addresses-hidden: the addresses of functions are hidden on this system (sysctl kernel.kptr_restrict=0 shows them to root)',
  ])
  assert.deepEqual(
    diagnostics.map(d => d.machine),
    [true],
  )
})

test('points: want of debug information is no mistake of the script', () => {
  const { diagnostics } = expandText('probe kernel.function("ip_output").inline {}')
  assert.deepEqual(
    diagnostics.map(d => d.machine),
    [true],
  )
})

test('points: the wrapper of a system call is told for the name that it had', () => {
  const symbols = fakeFacts().symbols()
  const wrapper = { address: 1n, name: '__x64_sys_open', type: 'T' }
  const functions = (name: string) => (name === wrapper.name ? [wrapper] : symbols.functions(name))
  const facts = fakeFacts({ symbols: () => ({ ...symbols, functions }) })
  const { diagnostics } = expandText('probe kernel.function("sys_open") {}', { facts })
  assert.deepEqual(diagnostics.map(diagnosticText), [
    `1:23 unknown-kernel-function: there is no function 'sys_open' in the kernel (this kernel calls it __x64_sys_open: kernel.function("__x64_sys_open"))`,
  ])
})

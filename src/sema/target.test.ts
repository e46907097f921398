import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'

/** The part of a dump behind the point's own text. */
function bodies(script: string): string[] {
  const { program, diagnostics } = checkText(script)
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  return (program?.probes ?? []).map(p => probeText(p).replace(/^(?:kernel\.\S+ ?)+/, ''))
}

const ENTRY = 'kernel.function("tcp_v4_rcv")'

// struct sk_buff of the made-up kernel: len 0, bitfields at 4 (3+2 bits) and 5 (4 bits), dev 8,
// sk 16, cb 24, tstamp 72, data 80.
const values: [name: string, point: string, expression: string, text: string][] = [
  ['a parameter is an argument', ENTRY, '$skb', 'arg0:8'],
  ['a member is loaded with its size', ENTRY, '$skb->len', 'load4(arg0:8)'],
  ['pointers are followed', ENTRY, '$skb->sk->sk_family', 'load2(load8(arg0:8 + 16))'],
  ['an array is its address', ENTRY, '$skb->dev->name', 'load8(arg0:8 + 8)'],
  ['an element of an array', ENTRY, '$skb->cb[3]', 'load-1(arg0:8 + 27)'],
  ['an index that is not known', ENTRY, '$skb->cb[cpu()]', 'load-1(arg0:8 + 24 + cpu():long*1)'],
  ['a pointer is indexed by what it points to', ENTRY, '$skb[1]->len', 'load4(arg0:8 + 96)'],
  ['a byte behind a pointer', ENTRY, '$skb->data[2]', 'load1(load8(arg0:8 + 80) + 2)'],
  ['a bitfield is shifted out of its byte', ENTRY, '$skb->fragments', 'load1(arg0:8 + 4)[3+2]'],
  ['a bitfield in the next byte', ENTRY, '$skb->flags', 'load1(arg0:8 + 5)[0+4]'],
  ['an anonymous member', ENTRY, '$skb->tstamp', 'load-8(arg0:8 + 72)'],
  ['an address', ENTRY, '&$skb->dev->ifindex', 'load8(arg0:8 + 8) + 16'],
  ['a tracepoint has arguments', 'kernel.trace("net_dev_xmit")', '$rc', 'arg1:-4'],
  ["a module's function", 'module("bridge").function("br_forward")', '$local', 'arg1:1'],
  ['a tracepoint knows its name', 'kernel.trace("net_dev_xmit")', '$$name', 'net_dev_xmit'],
  [
    'all variables as text',
    'kernel.trace("net_dev_xmit")',
    '$$vars',
    'sprint"skb=%#x rc=%#x dev=%#x skb_len=%#x"(arg0:8, arg1:-4, arg2:8, arg3:4)',
  ],
  [
    'what has no value in a register reads ?',
    'kernel.function("packet_bind")',
    '$$parms',
    'sprint"sk=%#x by_value=?"(arg0:8)',
  ],
]
for (const [name, point, expression, expected] of values) {
  test(`target: ${name}: ${expression}`, () => {
    const { program, diagnostics } = checkText(`probe ${point} { print(${expression}) }`)
    assert.deepEqual(diagnostics.map(diagnosticText), [])
    const [probe] = program?.probes ?? []
    assert.ok(probe)
    const printed = /print"(?<format>.*?)"\((?<values>.*)\) \}$/.exec(probeText(probe))?.groups
    assert.equal(printed?.['values'] || printed?.['format'], expected)
  })
}

test('target: at a return, what hangs on arguments is saved whole at the entry, each once', () => {
  assert.deepEqual(
    bodies(
      `probe ${ENTRY}.return { print(@entry($skb->len), $return, @entry($skb->len), @entry(tid())) }`,
    ),
    ['entries(load4(arg0:8), tid():long) { print"%d%d%d%d"(entry0, result:-4, entry0, entry1) }'],
  )
})

test('target: $$vars at a return are the values at the entry, and $$return the result', () => {
  assert.deepEqual(bodies(`probe ${ENTRY}.return { print(@entry($$vars), $$return) }`), [
    'entries(sprint"skb=%#x"(arg0:8)) { print"%s%s"(entry0, sprint"return=%#x"(result:-4)) }',
  ])
})

test('target: a handler is built once for each meaning of its variables', () => {
  const script = `probe kernel.function("ip_output"), kernel.function("ip_finish_output"),
  kernel.function("tcp_v4_rcv"), kernel.function("packet_rcv") { print($skb->len) }`
  const { program } = checkText(script)
  assert.deepEqual(
    program?.probes.map(p => p.points.map(point => 'name' in point && point.name)),
    [['ip_output'], ['ip_finish_output'], ['tcp_v4_rcv', 'packet_rcv']],
  )
})

test('target: handlers of functions and of timers are apart', () => {
  const { program } = checkText('probe begin, kernel.function("ip_*"), timer.s(1), end {}')
  assert.deepEqual(
    program?.probes.map(p => p.points.length),
    [3, 3],
  )
})

test('target: @defined is known, and what it rules out is not looked at', () => {
  const script = `probe kernel.function("tcp_v4_rcv"), kernel.function("ip_output") {
  print(@defined($sk) ? $sk : 0)
  if (!@defined($skb->nope)) print(1)
  if (@defined($net) && $net) print(2)
}`
  assert.deepEqual(bodies(script), [
    '{ print"%d"(0); print"%d"(1); {  } }',
    '{ print"%d"(arg1:8); print"%d"(1); if ((arg0:8 != 0)) print"%d"(2) }',
  ])
})

test('target: with --skip-badvars what does not exist is 0', () => {
  const script = `probe ${ENTRY} { print($nope, $skb->nope) }`
  const { program } = checkText(script, { options: { suppressBadVars: true } })
  assert.match(program?.probes.map(probeText)[0] ?? '', /print"%d%d"\(0, 0\)/)
})

const mistakes: [point: string, body: string, diagnostic: string][] = [
  [
    ENTRY,
    '$skb->lenn',
    "unknown-member: unable to find member 'lenn' for struct sk_buff (did you mean 'len'?)",
  ],
  [
    ENTRY,
    '$sk',
    `unknown-target-variable: there is no '$sk' in kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954") (it has $skb)`,
  ],
  [
    ENTRY,
    '$return',
    `unknown-target-variable: there is no '$return' yet in kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954") (a point that ends in .return has it)`,
  ],
  [
    ENTRY,
    '$skb->len->x',
    "not-a-struct: invalid access '->x': '->' needs a struct, and this is unsigned int",
  ],
  [
    ENTRY,
    '$skb->len[1]',
    "not-indexable: invalid access '[]': it needs a pointer or an array, and this is unsigned int",
  ],
  [
    ENTRY,
    '$skb->hidden->x',
    "unknown-layout: the kernel's type information does not show struct nf_bridge_info",
  ],
  [ENTRY, '&$skb', "no-address: cannot take the address of '$skb', which is in a register"],
  [ENTRY, '&$skb->flags', 'no-address: cannot take the address of a bit field'],
  [ENTRY, '@entry($skb)', 'entry-outside-return: @entry is only valid in .return probes'],
  [
    ENTRY,
    '@var("jiffies")',
    `untyped-variable: the type of 'jiffies' is not known: the kernel's type information has per-CPU variables only (its address is: @cast(&@var("jiffies"), "type", "kernel"))`,
  ],
  [
    `${ENTRY}.return`,
    '@entry($skb->cb[i])',
    "local-in-entry: 'i' has no value at the entry of the function, where this is worked out",
  ],
  [
    'kernel.function("packet_bind").return',
    '$return',
    "unknown-target-variable: 'packet_bind' returns nothing",
  ],
  [
    'kernel.function("packet_bind")',
    '$by_value',
    'unsupported-type: a value of type struct net_device is not supported',
  ],
  [
    'kernel.function("packet_do_bind")',
    '$sk',
    `unknown-target-variable: '$sk' is not known in kernel.function("packet_do_bind@net/packet/af_packet.c:3100"): the kernel's type information does not have 'packet_do_bind.part.0'`,
  ],
  [
    'begin',
    '$skb',
    "no-target-variables: unresolved target-symbol expression: '$skb' has no meaning in probe begin (target variables are those of the kernel function or tracepoint that is probed)",
  ],
]
for (const [point, body, expected] of mistakes) {
  test(`target: reports ${body} in ${point}`, () => {
    const { diagnostics } = checkText(`probe ${point} { for (i = 0; i < 1; i++) print(${body}) }`)
    assert.deepEqual(
      diagnostics.map(d => diagnosticText(d).replace(/^\S+ /, '')),
      [expected],
    )
  })
}

test('target: storing is for guru mode', () => {
  const script = `probe ${ENTRY} { $skb->len = 1 }`
  const codes = (guru: boolean): string[] =>
    checkText(script, { options: { guru } }).diagnostics.map(d => d.code)
  assert.deepEqual([codes(false), codes(true)], [['needs-guru'], []])
})

test('target: a bare variable of a .return probe is its value at the entry, with a warning', () => {
  const { program, diagnostics } = checkText(`probe ${ENTRY}.return { print($skb->len, $$vars) }`)
  assert.deepEqual(diagnostics.map(diagnosticText), [
    "1:52 warning entry-value: confusing usage: in a .return probe '$skb->len' is its value at the entry (say so: @entry($skb->len))",
    "1:63 warning entry-value: confusing usage: in a .return probe '$$vars' is its value at the entry (say so: @entry($$vars))",
  ])
  assert.match(program?.probes.map(probeText)[0] ?? '', /entries\(load4\(arg0:8\), arg0:8\)/)
})

test('target: what is wrong at many points is said once', () => {
  const { diagnostics } = checkText('probe kernel.function("packet_*") { print($nope) }')
  assert.equal(diagnostics.length, 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText } from '../../test/support/check.ts'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { tapset } from '../../test/support/tapset.ts'
import { Source } from '../text/source.ts'
import type { Library } from './library.ts'
import { type Listing, list } from './list.ts'
import { printChecked } from './print.ts'

function listed(point: string, withVariables: boolean, library = tapset()): Listing {
  return list(new Source('<point>', point), withVariables, library, fakeFacts())
}

const listings: [point: string, lines: string[]][] = [
  ['kernel.function("ip_output")', ['kernel.function("ip_output@net/ipv4/ip_output.c:422")']],
  [
    'kernel.trace("net:*"), begin',
    ['begin', 'kernel.trace("net:net_dev_queue")', 'kernel.trace("net:net_dev_xmit")'],
  ],
  ['timer.s(2)', ['timer.s(2)']],
  ['timer.*', ['timer.profile']],
  ['*', ['begin', 'end', 'error', 'never', 'oneshot']],
  ['kernel.function("ip_output")?', ['kernel.function("ip_output@net/ipv4/ip_output.c:422")?']],
  ['begin!', ['begin!']],
  ['process.*', ['process.begin', 'process.end', 'process.syscall']],
  ['begin, begin', ['begin']],
]
for (const [point, lines] of listings) {
  test(`list: ${point}`, () => assert.deepEqual(listed(point, false).lines, lines))
}

const withVariables: [point: string, lines: string[]][] = [
  [
    'kernel.function("tcp_v4_rcv")',
    ['kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954") $skb:struct sk_buff*'],
  ],
  [
    'kernel.function("ip_*output").return',
    [
      'kernel.function("ip_finish_output@net/ipv4/ip_output.c:301").return $return:int $sk:struct sock* $skb:struct sk_buff* $mtu:unsigned int',
      'kernel.function("ip_output@net/ipv4/ip_output.c:422").return $return:int $net:void* $sk:struct sock* $skb:struct sk_buff*',
    ],
  ],
  [
    'kernel.trace("net_dev_xmit")',
    [
      'kernel.trace("net:net_dev_xmit") $skb:struct sk_buff* $rc:int $dev:struct net_device* $skb_len:unsigned int',
    ],
  ],
  [
    'process(1).thread.end',
    [
      'process(1).thread.end $syscall:long $arg1:long $arg2:long $arg3:long $arg4:long $arg5:long $arg6:long',
    ],
  ],
  ['input.line', ['input.line line:string']],
  [
    'module("bridge").function("*").return',
    [
      'module("bridge").function("br_forward@net/bridge/br_forward.c:140").return $skb:struct sk_buff* $local:bool',
    ],
  ],
]
for (const [point, lines] of withVariables) {
  test(`list: variables of ${point}`, () => assert.deepEqual(listed(point, true).lines, lines))
}

test('list: an alias is one line, with its variables and those that all its points have', () => {
  const source = new Source(
    'ip.stp',
    `probe ip.send = kernel.function("ip_output"), kernel.function("ip_finish_output") {
  length = $skb->len
  name = "ip"
}`,
  )
  const library: Library = {
    ...emptyLibrary,
    aliasSources: first => (first === 'ip' ? [{ source }] : []),
  }
  assert.deepEqual(listed('ip.send', true, library).lines, [
    'ip.send length:long name:string $sk:struct sock* $skb:struct sk_buff*',
  ])
})

test('list: of two aliases of one name, the variables that both set', () => {
  const source = new Source(
    'x.stp',
    `probe x.y = begin { both = 1; one = 2; other = 3 }
probe x.y = end { both = 1; other = "3" }
probe x.z = kernel.function("nope")? { never = 1 }
probe x.w = x.y { w = 1 }`,
  )
  const library: Library = {
    ...emptyLibrary,
    aliasSources: first => (first === 'x' ? [{ source }] : []),
  }
  assert.deepEqual(listed('x.y', true, library).lines, ['x.y both:long'])
  assert.deepEqual(listed('x.*', false, library).lines, ['x.w', 'x.y'])
})

test('list: nothing matches', () => {
  const { lines, diagnostics } = listed('kernel.function("ip_outpt")', true)
  assert.deepEqual(lines, [])
  assert.deepEqual(
    diagnostics.map(d => d.code),
    ['unknown-kernel-function'],
  )
})

test('list: a pattern that cannot be read', () => {
  const { lines, diagnostics } = listed('kernel.function("ip_output"', false)
  assert.deepEqual(lines, [])
  assert.equal(diagnostics.length, 1)
})

test('print: a checked program in sections', () => {
  const script = `global count = 3, names%[100]
function f(a:string) { b = strlen(a); return b }
probe kernel.function("tcp_v4_rcv"),
  begin { x = f("x"); names[1, "k"] = "v"; count += x; exit() }`
  const { program } = checkText(script)
  assert.ok(program)
  assert.equal(
    printChecked(program),
    `# globals
count:long
names%[100]:string [long, string]
# functions
exit:unknown ()
f:long (a:string)
  # locals
  b:long
strlen:long (s:string)
# probes
kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954") /* <- kernel.function("tcp_v4_rcv"), begin */
  # locals
  x:long
begin /* <- kernel.function("tcp_v4_rcv"), begin */
  # locals
  x:long
`,
  )
})

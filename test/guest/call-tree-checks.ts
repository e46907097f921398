import assert from 'node:assert/strict'
import { callsOf, flat } from '../support/call-tree.ts'
import { datagram, type GuestCheck, klewLine } from '../support/guest-checks.ts'
import { PRINT_TEXT_SYMBOLS, type TextSymbol, textSymbols } from '../support/kallsyms.ts'

const WHOLE_FILE = `
probe kernel.function("*@net/packet/af_packet.c").call {
  printf("%s %s %s\\n", thread_indent(3), "->", probefunc())
}
probe kernel.function("*@net/packet/af_packet.c").return {
  printf("%s %s %s\\n", thread_indent(-3), "<-", probefunc())
}`
const STEP = 3

/** Bodies of functions from headers, which the compiler put among those of the file. */
const OF_HEADERS = [
  '__virtio_net_hdr_to_skb',
  'bpf_prog_run_pin_on_cpu',
  'dev_queue_xmit',
  'get_order',
  'virtio_net_hdr_to_skb',
]

export interface TreeOptions {
  /** How the probes of a whole file are attached: `kprobe` or `kprobe-multi`. */
  readonly method: string
  /** What probefunc() says at a return; undefined where the kernel has the caller. */
  readonly caller?: string
}

/** The call tree of a whole source file. */
export function fileTreeCheck({ method, caller }: TreeOptions): GuestCheck {
  return {
    name: 'every function of af_packet.c is probed, and makes a well-formed call tree',
    scripts: {
      symbols: PRINT_TEXT_SYMBOLS,
      list: `bin/klew -l 'kernel.function("*@net/packet/af_packet.c")'`,
      tree: klewLine(WHOLE_FILE, 'bin/klew send packet lo', '-v'),
    },
    verify(results) {
      const { status, stdout, stderr } = results('tree')
      assert.equal(status, 0, stderr)
      assert.doesNotMatch(stderr, /WARNING|ERROR|lost/)
      assert.match(stderr, /^klew: sent a frame of 60 bytes on lo$/m)

      const notProbed = namesNotProbed(stderr)
      assert.ok(
        notProbed.some(({ name, reason }) => name === 'packet_init' && /__init/.test(reason)),
      )
      const listed = listedNames(results('list').stdout)
      const left = new Set([...notProbed.map(({ name }) => name), ...OF_HEADERS])
      const symbols = textSymbols(results('symbols').stdout)
      const expected = new Set(between(symbols, listed).filter(name => !left.has(name)))
      assert.deepEqual(listed, [...expected].sort())
      const attached = `Attached ${2 * listed.length} probes: ${listed.length} by ${method}, ${listed.length} by ${method.replace('kprobe', 'kretprobe')}`
      assert.ok(stderr.includes(`${attached}\n`), `${attached}:\n${stderr}`)

      checkFrame(stdout, caller)
    },
  }
}

function checkFrame(stdout: string, caller: string | undefined): void {
  const outer = callsOf(stdout, 'node', STEP)
  const order = ['packet_create', 'packet_bind', 'packet_sendmsg', 'packet_release']
  const passed = outer.map(call => call.name).filter(name => name !== 'packet_ioctl')
  assert.deepEqual(passed, order)
  const [create, bind, send] = order.map(name => outer.find(call => call.name === name))
  const names = flat(outer).map(call => call.name)
  for (const name of ['packet_do_bind', 'packet_rcv', '__unregister_prot_hook']) {
    assert.ok(names.includes(name), `${name} is in\n${stdout}`)
  }
  assert.deepEqual(
    bind?.inner.map(call => call.name),
    ['packet_do_bind'],
  )
  assert.ok(send?.inner.some(call => call.name === 'packet_parse_headers'))
  if (caller !== undefined) {
    assert.deepEqual(new Set(flat(outer).map(call => call.to)), new Set([caller]))
    return
  }
  assert.equal(create?.to, '__sock_create')
  assert.deepEqual(new Set(create?.inner.map(call => call.to)), new Set(['packet_create']))
  const parsed = send?.inner.find(call => call.name === 'packet_parse_headers')
  assert.equal(parsed?.to, 'packet_sendmsg')
}

interface NotProbed {
  readonly name: string
  readonly reason: string
}

/** Of the lines `not probed, REASON: NAME NAME` of -v. */
export function namesNotProbed(stderr: string): NotProbed[] {
  return [...stderr.matchAll(/^not probed, (.*): ([^:]+)$/gm)].flatMap(([, reason = '', names]) =>
    (names ?? '').split(' ').map(name => ({ name, reason })),
  )
}

/** Of the lines `kernel.function("NAME@FILE:LINE")` of -l. */
function listedNames(stdout: string): string[] {
  return [...stdout.matchAll(/^kernel\.function\("(\w+)@net\/packet\/af_packet\.c:\d+"\)$/gm)]
    .map(([, name = '']) => name)
    .sort()
}

/** Source names of all that lies between the first and the last of these functions. */
function between(symbols: readonly TextSymbol[], names: readonly string[]): string[] {
  const wanted = new Set(names)
  const bodies = symbols.map(symbol => baseName(symbol.name))
  // Static functions of other files have the same names now and then: what counts is the one
  // stretch around a name that only this file has.
  const middle = bodies.indexOf('packet_create')
  const isOurs = (at: number): boolean =>
    bodies.slice(at, at + GAP).some(name => wanted.has(name ?? ''))
  let first = middle
  while (bodies.slice(first - GAP, first).some(name => wanted.has(name))) first--
  let last = middle
  while (isOurs(last + 1)) last++
  while (!wanted.has(bodies[first] ?? '')) first++
  while (!wanted.has(bodies[last] ?? '')) last--
  return bodies.slice(first, last + 1)
}

/** Bodies of other functions in a row, at most, between those of one file. */
const GAP = 3

/** `f.part.0` is a body of `f`. */
function baseName(symbol: string): string {
  return symbol.replace(/\.(part|isra|constprop|cold)(\.\d+)?.*$/, '')
}

const BY_PATTERN = `
probe kernel.function("sock_*@net/socket.c").call, kernel.function("*@net/ipv4/ip_output.c").call {
  printf("%s %s %s\\n", execname(), ppfunc(), pp())
}`

/** Part of one file and all of another. */
export const filePatternCheck: GuestCheck = {
  name: 'functions are chosen by a pattern of names and their file',
  scripts: { run: klewLine(BY_PATTERN, datagram(), '-v') },
  verify(results) {
    const { status, stdout, stderr } = results('run')
    assert.equal(status, 0, stderr)
    const rows = stdout
      .split('\n')
      .map(line => line.split(' '))
      .filter(([name]) => name === 'bash')
    for (const [, name = '', point = ''] of rows) {
      const socket = `kernel\\.function\\("${name}@net/socket\\.c:\\d+"\\)\\.call`
      const output = `kernel\\.function\\("${name}@net/ipv4/ip_output\\.c:\\d+"\\)\\.call`
      assert.match(
        point,
        new RegExp(`^(${name.startsWith('sock_') ? `${socket}|` : ''}${output})$`),
      )
    }
    const names = rows.map(([, name]) => name)
    const path = ['sock_alloc', 'sock_write_iter', 'ip_make_skb', 'ip_output', 'ip_finish_output2']
    assert.deepEqual(
      path.map(name => names.indexOf(name)),
      path.map(name => names.indexOf(name)).sort((a, b) => a - b),
      stdout,
    )
    assert.deepEqual(
      path.filter(name => !names.includes(name)),
      [],
      stdout,
    )
  },
}

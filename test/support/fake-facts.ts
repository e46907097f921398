import type {
  Facts,
  KernelSymbol,
  Probeable,
  SourcePlace,
  TracepointInfo,
} from '../../src/kernel/facts.ts'
import { filePattern, globPattern } from '../../src/kernel/glob.ts'
import { nearest } from '../../src/kernel/near.ts'
import { baseName } from '../../src/kernel/symbols.ts'
import { FakeTypes } from './fake-types.ts'

interface FakeFunction {
  readonly symbol: string
  readonly module?: string
  readonly place?: SourcePlace
  readonly probeable?: Probeable
}

const NET = 'net/ipv4/ip_output.c'
const PACKET = 'net/packet/af_packet.c'

const functions: readonly FakeFunction[] = [
  { symbol: 'ip_output', place: { file: NET, line: 422 } },
  { symbol: 'ip_finish_output', place: { file: NET, line: 301 } },
  {
    symbol: 'ip_init',
    place: { file: NET, line: 900 },
    probeable: { ok: false, reason: '__init' },
  },
  { symbol: 'ip_fragment.isra.0', place: { file: NET, line: 570 } },
  { symbol: 'tcp_v4_rcv', place: { file: 'net/ipv4/tcp_ipv4.c', line: 1954 } },
  { symbol: 'inet_sendmsg', place: { file: 'net/ipv4/af_inet.c', line: 820 } },
  { symbol: 'packet_bind', place: { file: PACKET, line: 3200 } },
  { symbol: 'packet_do_bind.part.0', place: { file: PACKET, line: 3100 } },
  { symbol: 'packet_rcv', place: { file: PACKET, line: 2000 } },
  { symbol: 'packet_rcv.part.0', place: { file: PACKET, line: 2000 } },
  { symbol: 'dev_show' },
  { symbol: 'br_forward', module: 'bridge', place: { file: 'net/bridge/br_forward.c', line: 140 } },
]

/** Global variables: one of a type that is known, one of none, a per-CPU one. */
const data: readonly KernelSymbol[] = ['jiffies', 'mystery', 'softnet'].map((name, i) => {
  return { name, address: 0xffffffff82000000n + BigInt(i) * 8n, type: 'D' }
})

/** Functions that the sources have and this kernel has not. */
const inlined = [{ name: 'ip_skb_dst_mtu', file: NET, line: 200 }]

/** A kernel of a dozen functions and three tracepoints. */
export function fakeFacts(change: Partial<Facts> = {}): Facts {
  const { types, tracepoints } = fakeTypes()
  const symbols = functions.map((f, i) => symbolOf(f, i))
  const placeOf = (name: string): SourcePlace | undefined =>
    functions.find(f => baseName(f.symbol) === baseName(name))?.place ??
    inlined.find(f => f.name === name)
  return {
    release: '6.18.5',
    arch: 'x64',
    cpus: 2,
    types: () => types,
    symbols: () => ({
      addressesKnown: true,
      functions: name => symbols.filter(s => s.name === name),
      data: name => data.filter(s => s.name === name),
      functionsMatching: (pattern, module) =>
        symbols.filter(
          s => s.module === module && (pattern.test(s.name) || pattern.test(baseName(s.name))),
        ),
      find: () => undefined,
      near: (name, limit) =>
        nearest(
          name,
          symbols.map(s => s.name),
          limit,
        ),
      modules: () => ['bridge'],
    }),
    tracepoints: () => ({
      matching: (name, system) =>
        tracepoints.filter(
          t => globPattern(name).test(t.name) && (system === undefined || t.system === system),
        ),
      near: (name, limit) =>
        nearest(
          name,
          tracepoints.map(t => t.name),
          limit,
        ),
    }),
    sources: () => ({
      series: '6.18',
      exact: true,
      place: symbol => placeOf(symbol.name),
      functionsIn: pattern => {
        const all = functions.map(f => ({
          name: baseName(f.symbol),
          file: '',
          line: 0,
          ...f.place,
        }))
        return [...all, ...inlined].filter(f => filePattern(pattern).test(f.file))
      },
    }),
    probeable: symbol => functions.find(f => f.symbol === symbol)?.probeable,
    config: name => (name === 'CONFIG_HZ' ? '250' : undefined),
    has: () => true,
    whyNot: () => '',
    ...change,
  }
}

function symbolOf({ symbol, module }: FakeFunction, index: number): KernelSymbol {
  const address = 0xffffffff81000000n + BigInt(index) * 0x100n
  return { name: symbol, address, type: 't', ...(module && { module }) }
}

function fakeTypes(): { types: FakeTypes; tracepoints: readonly TracepointInfo[] } {
  const t = new FakeTypes()
  const name = t.array(t.char, 16)
  const device = t.struct('net_device', [
    ['name', name],
    ['ifindex', t.int],
    ['mtu', t.uint],
  ])
  const sock = t.struct('sock', [
    ['sk_family', t.u16],
    ['sk_hash', t.uint],
  ])
  const stamps = t.struct('', [['tstamp', t.long]])
  const skb = t.struct('sk_buff', [
    ['len', t.uint],
    ['pkt_type', t.u8, 3],
    ['fragments', t.u8, 2],
    ['flags', t.u8, 4],
    ['dev', t.pointer(device)],
    ['sk', t.pointer(sock)],
    ['cb', t.array(t.char, 48)],
    ['', stamps],
    ['data', t.pointer(t.u8)],
    ['hidden', t.pointer(t.forward('nf_bridge_info'))],
  ])
  const buffer = ['skb', t.pointer(skb)] as const
  const socket = ['sk', t.pointer(sock)] as const
  t.declare('ip_output', [['net', t.pointer(t.void)], socket, buffer], t.int)
  t.declare('ip_finish_output', [socket, buffer, ['mtu', t.uint]], t.int)
  t.declare('tcp_v4_rcv', [buffer], t.int)
  t.declare(
    'inet_sendmsg',
    [
      ['sock', t.pointer(t.void)],
      ['msg', t.pointer(t.void)],
      ['size', t.ulong],
    ],
    t.int,
  )
  t.declare('packet_bind', [socket, ['by_value', device]], t.void)
  t.declare('packet_rcv', [buffer, ['dev', t.pointer(device)]], t.int)
  t.declare('br_forward', [buffer, ['local', t.bool]], t.void, 'bridge')
  const trace = (
    system: string,
    event: string,
    parameters: Parameters<FakeTypes['declare']>[1],
  ): TracepointInfo => ({
    system,
    name: event,
    prototype: t.declare(`trace ${event}`, parameters, t.void),
  })
  const tracepoints = [
    trace('net', 'net_dev_queue', [buffer]),
    trace('net', 'net_dev_xmit', [
      buffer,
      ['rc', t.int],
      ['dev', t.pointer(device)],
      ['skb_len', t.uint],
    ]),
    trace('skb', 'kfree_skb', [buffer, ['location', t.pointer(t.void)]]),
  ]
  return { types: t, tracepoints }
}

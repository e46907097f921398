import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { globPattern } from './glob.ts'
import { baseName, KallsymsText } from './symbols.ts'

const TEXT = `\
0000000000000000 A fixed_percpu_data
0000000000001000 D per_cpu_thing
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81000010 T __pfx_ip_rcv
ffffffff81000020 T ip_rcv
ffffffff81000060 t ip_rcv_core.isra.0
ffffffff81000080 t event_show
ffffffff81000100 t ip_rcv.cold
ffffffff81000120 t event_show
ffffffff81000200 W weak_one
ffffffff81000240 T _etext
ffffffff82000000 D ip_rcv_data
ffffffffc0800000 t br_forward\t[bridge]
ffffffffc0400040 t event_show\t[stp_mod]
ffffffffc0400000 t stp_start\t[stp_mod]
ffffffffc0400080 r stp_table\t[stp_mod]
ffffffffc0900000 t bpf_prog_1\t[bpf]
`
const symbols = new KallsymsText(Buffer.from(TEXT, 'latin1'))

/** `NAME@ADDRESS`, the address from its last four digits on. */
function list(found: readonly { name: string; address: bigint; module?: string }[]): string[] {
  return found.map(s => `${s.name}@${s.address.toString(16).slice(-4)}${s.module ?? ''}`)
}

test('symbols: functions of one name are all given, in modules too', () => {
  assert.deepEqual(list(symbols.functions('event_show')), [
    'event_show@0080',
    'event_show@0120',
    'event_show@0040stp_mod',
  ])
  assert.deepEqual(symbols.functions('ip_rcv'), [
    { address: 0xffffffff81000020n, name: 'ip_rcv', type: 'T' },
  ])
})

const absent = ['ip_rc', 'p_rcv', 'ip_rcv_data', '__pfx_ip_rcv', 'stp_table', '', 'nosuch']
for (const name of absent) {
  test(`symbols: '${name}' is no function`, () => assert.deepEqual(symbols.functions(name), []))
}

test('symbols: many lookups go through a table and give the same', () => {
  const asked = new KallsymsText(Buffer.from(TEXT, 'latin1'))
  for (let i = 0; i < 10; i++) assert.deepEqual(asked.functions(`nosuch${i}`), [])
  assert.equal(asked.functions('event_show').length, 3)
  for (const name of absent) assert.deepEqual(asked.functions(name), [])
})

const matching: [pattern: string, module: string | undefined, found: string[]][] = [
  ['ip_rcv*', undefined, ['ip_rcv@0020', 'ip_rcv_core.isra.0@0060']],
  ['*_show', undefined, ['event_show@0080', 'event_show@0120']],
  ['ip_rcv_core', undefined, ['ip_rcv_core.isra.0@0060']],
  ['ip_rcv', undefined, ['ip_rcv@0020']],
  ['*', 'stp_mod', ['stp_start@0000stp_mod', 'event_show@0040stp_mod']],
  ['br_*', undefined, []],
  ['br_*', 'bridge', ['br_forward@0000bridge']],
  ['nosuch*', undefined, []],
]
for (const [pattern, module, found] of matching) {
  test(`symbols: '${pattern}' in ${module ?? 'the kernel'} matches by address`, () => {
    assert.deepEqual(list(symbols.functionsMatching(globPattern(pattern), module)), found)
  })
}

const places: [address: bigint, text: string | undefined][] = [
  [0xffffffff81000020n, 'ip_rcv+0/64'],
  [0xffffffff8100005fn, 'ip_rcv+63/64'],
  [0xffffffff81000000n, '_stext+0/16'],
  [0xffffffff81000100n, 'ip_rcv.cold+0/32'],
  [0xffffffff81000239n, 'weak_one+57/64'],
  [0xffffffff81000240n, undefined],
  [0xffffffff82000010n, undefined],
  [0xffffffffc0400041n, 'event_show+1/64'],
  [0xffffffffc0800001n, 'br_forward+1/1048576'],
  [0xffffffffc0900001n, 'bpf_prog_1+1/0'],
  [0x1000n, undefined],
  [0n, undefined],
]
for (const [address, text] of places) {
  test(`symbols: 0x${address.toString(16)} is in ${text ?? 'no function'}`, () => {
    const found = symbols.find(address)
    assert.equal(found && `${found.symbol.name}+${found.offset}/${found.size}`, text)
  })
}

test('symbols: modules are those that are loaded, not what else has addresses', () => {
  assert.deepEqual(symbols.modules(), ['bridge', 'stp_mod'])
})

test('symbols: near names come best first', () => {
  assert.deepEqual(symbols.near('ip_recv', 3), ['ip_rcv'])
  assert.deepEqual(symbols.near('completely_different', 3), [])
})

test('symbols: hidden addresses are told from known ones', () => {
  const hidden = TEXT.replace(/^[0-9a-f]{16}/gm, '0000000000000000')
  const asked = new KallsymsText(Buffer.from(hidden, 'latin1'))
  assert.equal(symbols.addressesKnown, true)
  assert.equal(asked.addressesKnown, false)
  assert.equal(asked.functions('ip_rcv')[0]?.address, 0n)
  assert.equal(asked.find(0xffffffff81000020n), undefined)
  assert.equal(new KallsymsText(new Uint8Array(0)).addressesKnown, false)
})

const bases: [symbol: string, base: string][] = [
  ['ip_rcv', 'ip_rcv'],
  ['ip_rcv.isra.0', 'ip_rcv'],
  ['x.part.0.constprop.1', 'x'],
  ['x.cold', 'x'],
]
for (const [symbol, base] of bases) {
  test(`symbols: the source calls ${symbol} ${base}`, () => assert.equal(baseName(symbol), base))
}

test('symbols: a table of Linux 6.1 is read', () => {
  const file = new URL('../../test/kernels/6.1/kallsyms.txt', import.meta.url)
  const real = new KallsymsText(readFileSync(file))
  assert.equal(real.addressesKnown, true)
  assert.equal(real.functions('event_show').length, 7)
  assert.deepEqual(real.modules(), ['bridge'])
  const [frame] = real.functions('br_handle_frame')
  assert.equal(frame?.module, 'bridge')
  assert.equal(real.find((frame?.address ?? 0n) + 5n)?.symbol.name, 'br_handle_frame')
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { kconfigOf } from './kconfig.ts'
import { type ProbeLists, probeableBy } from './probeable.ts'
import { KallsymsText } from './symbols.ts'

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../test/kernels/6.1/${name}`, import.meta.url))
}

const symbols = new KallsymsText(fixture('kallsyms.txt'))
const lists: ProbeLists = {
  traceable: fixture('available_filter_functions.txt').toString('latin1'),
  blacklist: fixture('blacklist.txt').toString('latin1'),
}

function initText(): readonly [bigint, bigint] {
  const [start, end] = ['_sinittext', '_einittext'].map(n => symbols.functions(n)[0]?.address ?? 0n)
  return [start ?? 0n, end ?? 0n]
}

const asked: [symbol: string, module: string | undefined, reason: RegExp | undefined][] = [
  ['ip_output', undefined, undefined],
  ['br_handle_frame', 'bridge', undefined],
  ['br_handle_frame', undefined, /inlined/],
  ['packet_use_direct_xmit', undefined, /inlined/],
  ['raw_init', undefined, /__init/],
  ['do_int3', undefined, /blacklist/],
  ['secondary_startup_64', undefined, /notrace/],
]
for (const [symbol, module, reason] of asked) {
  test(`probeable: ${symbol}${module === undefined ? '' : ` of ${module}`} on Linux 6.1`, () => {
    const answer = probeableBy(lists, n => symbols.functions(n), initText)(symbol, module)
    assert.equal(answer?.ok, reason === undefined)
    assert.match(answer?.reason ?? '', reason ?? /^$/)
  })
}

test('probeable: without lists nobody knows, but for what is forbidden', () => {
  const lookup = (name: string) => symbols.functions(name)
  const nothing = probeableBy({ traceable: undefined, blacklist: undefined }, lookup, initText)
  assert.equal(nothing('ip_output'), undefined)
  const forbidden = probeableBy({ ...lists, traceable: undefined }, lookup, initText)
  assert.equal(forbidden('ip_output'), undefined)
  assert.equal(forbidden('do_int3')?.ok, false)
})

const CONFIG = `\
CONFIG_FIRST=y
# CONFIG_KPROBES is not set
CONFIG_HZ=250
CONFIG_HZ_250=y
CONFIG_DEFAULT_HOSTNAME="(none)"
CONFIG_LAST=m`

const options: [name: string, value: string | undefined][] = [
  ['CONFIG_FIRST', 'y'],
  ['CONFIG_HZ', '250'],
  ['CONFIG_KPROBES', undefined],
  ['CONFIG_DEFAULT_HOSTNAME', '(none)'],
  ['CONFIG_LAST', 'm'],
  ['CONFIG_NOSUCH', undefined],
  ['HZ', undefined],
]
for (const [name, value] of options) {
  test(`kconfig: ${name} is ${value ?? 'not set'}`, () => {
    assert.equal(kconfigOf(CONFIG)(name), value)
  })
}

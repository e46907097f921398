import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnosticText } from '../../test/support/check.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { matchGolden } from '../../test/support/golden.ts'
import { expandText } from '../../test/support/points.ts'
import { patternsOf, pointTable, probeTypes } from './point-table.ts'

/** Arguments that make a point of the fake kernel out of a pattern. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  'module(string)': 'module("bridge")',
  'function(string)': 'function("*")',
  'function(number)': 'function(0xffffffff81000000)',
  'statement(string)': 'statement("*")',
  'statement(number)': 'statement(0xffffffff81000000)',
  'trace(string)': 'trace("net:*")',
  'length(number)': 'length(8)',
  'hook(string)': 'hook("NF_IP_FORWARD")',
  'pf(string)': 'pf("NFPROTO_IPV4")',
  'priority(string)': 'priority("NF_IP_PRI_FIRST")',
  'us(number)': 'us(100)',
  'usec(number)': 'usec(100)',
  'ns(number)': 'ns(100000)',
  'nsec(number)': 'nsec(100000)',
}

const facts = fakeFacts({
  symbols: () => {
    const symbols = fakeFacts().symbols()
    const [symbol] = symbols.functions('ip_output')
    return {
      ...symbols,
      find: () => symbol && { symbol, offset: 0n, size: 16n },
      functions: name => symbols.functions(name).map(s => ({ ...s, type: 'T' })),
      functionsMatching: (pattern, module) =>
        symbols.functionsMatching(pattern, module).map(s => ({ ...s, type: 'T' })),
    }
  },
})

function pointOf(pattern: string): string {
  return pattern
    .split('.')
    .map(c => ARGUMENTS[c] ?? c.replace('(number)', '(1)').replace('(string)', '("x")'))
    .join('.')
}

for (const group of pointTable()) {
  for (const pattern of patternsOf(group)) {
    test(`point table: ${pattern}`, () => {
      const { handlers, diagnostics } = expandText(`probe ${pointOf(pattern)} {}`, {
        facts,
        guru: true,
      })
      const codes = diagnostics.map(d => d.code)
      if (codes.length === 0) {
        assert.notEqual(group.family, 'refused')
        assert.ok(handlers.some(h => h.points.length > 0))
        return
      }
      assert.deepEqual(diagnostics.map(diagnosticText).length, 1)
      const wanted = ['unsupported-probe-point', 'needs-debug-information']
      assert.ok(
        codes.every(c => wanted.includes(c)),
        codes.join(),
      )
      assert.ok(/: ./.test(diagnostics[0]?.text ?? ''))
    })
  }
}

test('point table: --dump-probe-types', () => {
  matchGolden('sema/probe-types.txt', `${probeTypes().join('\n')}\n`)
})

test('point table: each pattern is there once', () => {
  const all = pointTable().flatMap(patternsOf)
  assert.equal(new Set(all).size, all.length)
})

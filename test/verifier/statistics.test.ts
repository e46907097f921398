import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PureContext } from '../../src/host/pure.ts'
import { emptyStatistic, extract, writeStatistic } from '../../src/host/statistic.ts'
import type { GlobalInfo } from '../../src/host/store.ts'
import type { Image } from '../../src/image.ts'
import { NO_USE } from '../../src/ir/statistic.ts'
import { readFacts } from '../../src/load/facts.ts'
import { createStore } from '../../src/run/map-store.ts'
import { programInfo } from '../../src/sys/bpf.ts'
import { build, open } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// Statistics that several CPUs, and klew's own handlers, add to.

const library = tapset()
const pure: PureContext = {
  symbols: { find: () => undefined },
  points: { text: () => 'p', function: () => 'f', isReturn: () => false, address: () => 0n },
  zone: () => ({ offset: 0, name: 'UTC' }),
}
const READS =
  'printf("%d %d %d %d %d %d", @count(S), @sum(S), @min(S), @max(S), @avg(S), @variance(S))'

/** Global number 0 of an image. */
function first(image: Image): GlobalInfo {
  const [layout] = image.globals
  assert.ok(layout)
  return { id: 0, ...layout }
}

for (const [name, before, statistic] of [
  ['a scalar', 'global s', 's'],
  ['an element', 'global s', 's["k", 3]'],
] as const) {
  test(`a program reads ${name} with the parts of every CPU, and with what klew adds`, t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const facts = readFacts(kernel)
    const reads = READS.replaceAll('S', statistic)
    const script = `${before} probe begin { ${statistic} <<< 1 }
      probe kernel.trace("sched_switch") { ${reads}; print(@hist_log(${statistic})) }`
    const image = build(script, { facts, library, without: ['tp-btf'] })
    const loaded = open(kernel, image, pure)
    const info = first(image)
    const use = info.statistic ?? NO_USE
    const { storage } = image.globals[0] ?? {}
    assert.ok(storage?.kind === 'statistic')
    const store = createStore(image, loaded.loaded)
    const keys = info.keys.length === 0 ? [] : ['k', 3n]
    assert.equal(store.statAdd(info, keys, -5n), true)
    // As if programs on two CPUs had added.
    const map = loaded.loaded.map(storage.map)
    const key = map.entries()[0]?.key ?? new Uint8Array(4)
    const bytes = new Uint8Array(storage.valueBytes * facts.cpus)
    for (let cpu = 0; cpu < Math.min(2, facts.cpus); cpu++) {
      const part = emptyStatistic(use)
      Object.assign(part, { count: 2n, sum: 30n, min: 10n, max: 20n, mean: 15n, squares: 50n })
      part.buckets[68] = 2n
      writeStatistic(part, bytes, cpu * storage.valueBytes, use)
    }
    map.update(key, bytes)
    const seen = store.statistic(info, keys)
    const outside = use.extractors.map(extractor => [extractor, extract(seen, use, extractor)])
    const values = Object.fromEntries(outside)
    const printed = loaded.run(0)
    loaded.close()
    const { count, sum, min, max, avg, variance } = values
    assert.ok(count === 3n || count === 5n)
    assert.equal(printed.split('value')[0], `${count} ${sum} ${min} ${max} ${avg} ${variance}`)
    assert.match(printed, new RegExp(`^ +8 \\|@+ +${count - 1n}$`, 'm'))
    assert.match(printed, /^ +-4 \|@ +1$/m)
  })
}

test('delete in a program takes what klew added too', t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  const script = `global s, a probe begin { s <<< 1; a["k"] <<< 1; a["l"] <<< 2; a["m"] <<< 3 }
    probe kernel.trace("sched_switch") { delete s; delete a["k"]; delete a["l"]; print(@sum(s), @sum(a["k"]), "m" in a); delete a; print("m" in a) }`
  const image = build(script, { facts: readFacts(kernel), library, without: ['tp-btf'] })
  const loaded = open(kernel, image, pure)
  const store = createStore(image, loaded.loaded)
  const [s, a] = image.globals.map((layout, id): GlobalInfo => ({ id, ...layout }))
  assert.ok(s && a)
  store.statAdd(s, [], 5n)
  for (const key of ['k', 'l', 'm']) store.statAdd(a, [key], 7n)
  assert.equal(loaded.run(0), '0010')
  assert.equal(store.statistic(s, []).count, 0n)
  assert.deepEqual(store.elements(a), [])
  loaded.close()
})

test('adding to a histogram costs the verifier little', t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  const script = `global s probe kernel.trace("sched_switch") { s[execname(), pid(), ppid()] <<< tid() }
    probe end { foreach ([n, p, q] in s) { print(@variance(s[n, p, q]), @min(s[n, p, q])); print(@hist_log(s[n, p, q])) } }`
  const image = build(script, { facts: readFacts(kernel), library, without: ['tp-btf'] })
  const loaded = open(kernel, image, pure)
  const { verifiedInstructions } = programInfo(kernel, loaded.programs[0] ?? -1)
  loaded.close()
  assert.ok(verifiedInstructions < 1500, `${verifiedInstructions}`)
})

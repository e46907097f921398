import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { runInKernel, runOutside } from '../support/both-sides.ts'
import { fakeFacts } from '../support/fake-facts.ts'
import { lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'
import { textCases } from './text-cases.ts'

const library = tapset()

for (const { name, before = '', body, prints } of textCases) {
  test(`outside the kernel, ${name}`, () => {
    assert.equal(runOutside({ before, body }, { facts: fakeFacts(), library }).printed, prints)
  })
}

const kinds: [name: string, facts: (facts: Facts) => Facts][] = [
  ['all that this kernel has', facts => facts],
  ['what older kernels have', facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4')],
]
for (const [name, limit] of kinds) {
  test(`strings are the same in the kernel, with ${name}`, async t => {
    const kernel = needs(t, '5.10')
    if (kernel === undefined) return
    const both = { facts: limit(readFacts(kernel)), library }
    for (const { name, before = '', body, prints, outsideOnly } of textCases) {
      if (outsideOnly === true) continue
      await t.test(`in the kernel, ${name}`, () => {
        const inside = runInKernel(kernel, { before, body }, both)
        assert.equal(inside.printed, prints)
        assert.deepEqual(inside.globals, runOutside({ before, body }, both).globals)
      })
    }
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { runInKernel, runOutside } from '../support/both-sides.ts'
import { fakeFacts } from '../support/fake-facts.ts'
import { lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'
import { type Case, cases as plain } from './language-cases.ts'
import { statistics } from './statistic-cases.ts'

// The language, a case each: what SystemTap would print is printed by klew's own handlers, and by
// the same handlers in the kernel.

const cases = [...plain, ...statistics.map((one): Case => ({ needs: 'percpu-lookup', ...one }))]

const library = tapset()

for (const one of cases) {
  test(`outside the kernel, ${one.name}`, () => {
    assert.equal(runOutside(script(one), { facts: fakeFacts(), library }).printed, one.prints)
  })
}

const kinds: [name: string, facts: (facts: Facts) => Facts][] = [
  ['all that this kernel has', facts => facts],
  ['what Linux 6.1 has', facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4')],
]
for (const [name, limit] of kinds) {
  test(`the same is printed and stored in the kernel, with ${name}`, async t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const both = { facts: limit(readFacts(kernel)), library }
    const can = ({ needs: feature }: Case): boolean =>
      feature === undefined || both.facts.has(feature)
    for (const one of cases.filter(c => c.outsideOnly !== true && can(c))) {
      await t.test(`in the kernel, ${one.name}`, () => {
        const inside = runInKernel(kernel, script(one), both)
        assert.equal(inside.printed, one.prints)
        assert.deepEqual(inside.globals, runOutside(script(one), both).globals)
      })
    }
  })
}

function script({ before = '', body }: Case): { before: string; body: string } {
  return { before, body }
}

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { type Outcome, runInKernel, runOutside } from '../support/both-sides.ts'
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
    const kernel = needs(t, '5.10')
    if (kernel === undefined) return
    const both = { facts: limit(readFacts(kernel)), library }
    const can = ({ needs: feature }: Case): boolean =>
      feature === undefined || both.facts.has(feature)
    for (const one of cases.filter(c => c.outsideOnly !== true && can(c))) {
      await t.test(`in the kernel, ${one.name}`, t => {
        const inside = inOldKernel(t, both.facts, () => runInKernel(kernel, script(one), both))
        if (inside === undefined) return
        assert.equal(inside.printed, one.prints)
        assert.deepEqual(inside.globals, runOutside(script(one), both).globals)
      })
    }
  })
}

/**
 * What came out; undefined where a kernel before 6.9 has no such helper, which is then said, or
 * allows too few rounds of loops (before 5.17).
 */
function inOldKernel(t: TestContext, facts: Facts, run: () => Outcome): Outcome | undefined {
  if (facts.has('may-goto')) return run()
  try {
    const outcome = run()
    const hasRounds = facts.has('loop') || !outcome.printed.includes('MAXACTION')
    if (hasRounds) return outcome
    t.skip('too few rounds of loops')
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    if (!/^[a-z-]+-in-kernel: .*the kernel does not have /m.test(message)) throw error
    t.skip(message)
  }
  return undefined
}

function script({ before = '', body }: Case): { before: string; body: string } {
  return { before, body }
}

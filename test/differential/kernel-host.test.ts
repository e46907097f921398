import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'
import { tryPrograms } from './random-programs.ts'

// The same random handlers in the kernel and out of it: what they print, their errors, and what is
// in their globals afterwards must be the same.

/** Another run may start elsewhere: KLEW_SEED=7. npm run fuzz goes on without end. */
const SEED = Number(process.env['KLEW_SEED'] ?? 1)

const kinds: [name: string, programs: number, facts: (facts: Facts) => Facts][] = [
  ['all that this kernel has', 1500, facts => facts],
  ['what Linux 6.1 has', 500, facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4')],
]
for (const [name, programs, limit] of kinds) {
  test(`${programs} random programs do the same in the kernel and out of it, with ${name}`, t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    t.diagnostic(`KLEW_SEED=${SEED}`)
    const both = { facts: limit(readFacts(kernel)), library: tapset() }
    const found = tryPrograms(kernel, both, { seed: SEED, programs })
    assert.deepEqual(found.slice(0, 2), [], `${found.length} programs, KLEW_SEED=${SEED}`)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import type { Kernel } from '../../src/sys/kernel.ts'
import {
  type Both,
  type Outcome,
  runInKernel,
  runOutside,
  type Script,
} from '../support/both-sides.ts'
import { Random } from '../support/ir-random.ts'
import { lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { GLOBALS, randomBody } from '../support/random-script.ts'
import { tapset } from '../support/tapset.ts'

// The same random scripts in the kernel and out of it: what they print, their errors, and what is
// in their globals afterwards must be the same.

const SEED = Number(process.env['KLEW_SEED'] ?? 1)
const PROGRAMS = Number(process.env['KLEW_PROGRAMS'] ?? 40)

const library = tapset()

const kinds: [name: string, facts: (facts: Facts) => Facts][] = [
  ['all that this kernel has', facts => facts],
  [
    'neither may_goto nor fetching atomics',
    facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4'),
  ],
]
for (const [name, limit] of kinds) {
  test(`random scripts do the same in the kernel and out of it, with ${name}`, t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const both = { facts: limit(readFacts(kernel)), library }
    for (let n = 0; n < PROGRAMS; n++) {
      const body = randomBody(new Random(SEED * 1000 + n))
      const message = `KLEW_SEED=${SEED}, program ${n}:\n${body}`
      const script = { before: GLOBALS, body }
      const inside = inKernel(kernel, script, both, message)
      // Without may_goto fewer rounds are allowed.
      if (inside.printed.includes('MAXACTION') && !both.facts.has('may-goto')) continue
      assert.deepEqual(inside, runOutside(script, both), message)
    }
  })
}

function inKernel(kernel: Kernel, script: Script, both: Both, message: string): Outcome {
  try {
    return runInKernel(kernel, script, both)
  } catch (error) {
    throw new Error(message, { cause: error })
  }
}

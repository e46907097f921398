import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpret, type Outcome } from '../../../test/support/ir-interpreter.ts'
import { Random, randomProgram } from '../../../test/support/ir-random.ts'
import type { IrProgram } from '../ir.ts'
import { lower } from '../lower/program.ts'
import { printProgram } from '../print.ts'
import { verifyProgram } from '../verify.ts'
import { bounds } from './bounds.ts'
import { defer } from './defer.ts'
import { inline } from './inline.ts'
import { simplifyProgram } from './simplify.ts'

const PROGRAMS = 200

const passes: [name: string, deferred: boolean, run: (program: IrProgram) => IrProgram][] = [
  ['inline', false, program => inline(program).program],
  ['simplify', false, simplifyProgram],
  ['defer', true, defer],
  ['simplify after defer', true, simplifyProgram],
  ['bounds', true, program => bounds(program).program],
]

test(`passes: no pass changes what any of ${PROGRAMS} random programs does`, () => {
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    let program = lower(randomProgram(new Random(seed)))
    assert.deepEqual(verifyProgram(program, { deferred: false }), [], `seed ${seed}: lower`)
    const expected = run(program)
    for (const [name, deferred, pass] of passes) {
      const before = program
      program = pass(program)
      const told = (): string =>
        `seed ${seed}: ${name}\n${printProgram(before)}\n${printProgram(program)}`
      assert.deepEqual(verifyProgram(program, { deferred }), [], told())
      assert.deepEqual(run(program), expected, told())
    }
  }
})

/** Which of several errors is reported, where nobody catches them, is left open. */
function run(program: IrProgram): Omit<Outcome, 'error'> & { failed: boolean } {
  const [handler] = program.handlers
  assert.ok(handler)
  const { error, ...rest } = interpret(program, handler.function)
  return { ...rest, failed: error !== undefined }
}

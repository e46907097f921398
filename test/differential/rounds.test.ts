import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from '../../src/codegen/generate.ts'
import type { PureContext } from '../../src/host/pure.ts'
import { optimise } from '../../src/ir/passes/optimise.ts'
import { readFacts } from '../../src/load/facts.ts'
import { runInKernel, runOutside } from '../support/both-sides.ts'
import { lowered } from '../support/ir-script.ts'
import { lacking, open } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// A handler that goes on for too long ends with an error, in the middle and never in silence.

const library = tapset()

const endless: [name: string, body: string, place: string][] = [
  ['a loop without end', 'print("a"); while (1) i++; print("b")', '3:13'],
  ['behind another loop', 'for (i = 0; i < 9; i++) j++; for (;;) j++; print("b")', '3:30'],
  ['in a loop', 'for (i = 0; i < 9; i++) while (1) j++; print("b")', '3:25'],
]
for (const [name, body, place] of endless) {
  test(`${name} is an error in the kernel and out of it`, t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const real = readFacts(kernel)
    const older = lacking(real, 'may-goto', 'atomic-fetch', 'cpu-v4')
    const script = { before: '', body }
    const text = name === 'a loop without end' ? 'a' : ''
    const expected = `${text}ERROR: MAXACTION exceeded near keyword at t.stp:${place}\n`
    assert.equal(runOutside(script, { facts: real, library }).printed, expected)
    for (const facts of [real, older, lacking(older, 'loop')]) {
      const { printed } = runInKernel(kernel, script, { facts, library })
      assert.equal(printed.replace(/ \(before Linux 6\.9 .*?rounds\)/, ''), expected)
    }
  })
}

const pure: PureContext = {
  symbols: { find: () => undefined },
  points: { text: () => 'p', function: () => 'f', isReturn: () => false, address: () => 0n },
  zone: () => ({ offset: 0, name: 'UTC' }),
}

test('what bpf_loop does not call any more is an error, with a MAXACTION above what it allows', t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  const facts = lacking(readFacts(kernel), 'may-goto')
  const { program, bounds } = optimise(
    lowered('probe kernel.trace("net:hit") { print("a"); while (1) i++; print("b") }'),
  )
  const options = { bounds, maxAction: 100_000_000, without: ['tp-btf'] } as const
  const { image, diagnostics } = generate(program, facts, options)
  assert.deepEqual(diagnostics, [])
  const loaded = open(kernel, image, pure)
  assert.equal(loaded.run(0), 'aERROR: MAXACTION exceeded near keyword at test.stp:1:1\n')
  loaded.close()
})

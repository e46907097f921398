import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'

const tests: [test: string, holds: boolean][] = [
  ['1', true],
  ['0', false],
  ['!0', true],
  ['~0 == -1', true],
  ['1 + 2 * 3 - 7', false],
  ['9223372036854775807 + 1 < 0', true],
  ['5 & 2', false],
  ['5 | 2 ^ 7', true],
  ['"a" < "b" && "b" <= "b"', true],
  ['"a" == "b" || "a" > "b" || "a" >= "b"', false],
  ['"a" != "b"', true],
  ['0 && x', false],
  ['1 || x', true],
  ['1 ? 0 : x', false],
]
for (const [condition, holds] of tests) {
  test(`fold: ${condition} ${holds ? 'holds' : 'does not hold'}`, () => {
    const script = `probe begin { x = 1; if (${condition}) print("yes") else print("no"); print(x) }`
    const { program, diagnostics } = checkText(script, { options: { unoptimised: false } })
    assert.deepEqual(diagnostics.map(diagnosticText), [])
    const word = holds ? 'yes' : 'no'
    assert.deepEqual(program?.probes.map(probeText), [
      `begin { x:long = 1; print"${word}"(); print"%d"(x:long) }`,
    ])
  })
}

const left: [script: string, probe: string][] = [
  ['while (0) print(1); for (i = 2; 0; i++) print(3); print(i)', 'i:long = 2; print"%d"(i:long)'],
  ['if (0) { x = 1; print(x) } print(2)', 'print"%d"(2)'],
  ['if (1 / 0) print(2)', 'if ((1 / 0)) print"%d"(2)'],
]
for (const [script, expected] of left) {
  test(`fold: leaves of ${script}`, () => {
    const { program } = checkText(`probe begin { ${script} }`, { options: { unoptimised: false } })
    assert.deepEqual(program?.probes.map(probeText), [`begin { ${expected} }`])
  })
}

test('fold: locals that stood in what was left out are gone, and both sides were checked', () => {
  const options = { unoptimised: false }
  const { program } = checkText('probe begin { if (0) { x = 1; print(x) } print(2) }', { options })
  assert.deepEqual(program?.probes[0]?.locals, [])
  const { diagnostics } = checkText('probe begin { if (0) print("a" + 1); print(2) }', { options })
  assert.deepEqual(
    diagnostics.map(d => d.code),
    ['type-mismatch'],
  )
})

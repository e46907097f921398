import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'

const cases: [name: string, script: string, probes: string[]][] = [
  [
    'what is not there is not looked at, and its types do not count',
    'probe begin { if (@defined($x)) { y = "a" + nope() } else y = 2; print(y) }',
    ['begin { y:long = 2; print"%d"(y:long) }'],
  ],
  [
    'a conditional and a logical operator take the side that is there',
    'probe begin { print(@defined($x) ? $x : 1, @defined($x) && $x, !@defined($x) || $x) }',
    ['begin { print"%d%d%d"(1, 0, 1) }'],
  ],
  [
    'a constant of the script rules nothing out before types are found',
    'probe begin { if (0) x = 1 else x = 2; print(x) }',
    ['begin { x:long = 2; print"%d"(x:long) }'],
  ],
]
for (const [name, script, probes] of cases) {
  test(`defined: ${name}`, () => {
    const { program, diagnostics } = checkText(script)
    assert.deepEqual(diagnostics.map(diagnosticText), [])
    assert.deepEqual(program?.probes.map(probeText), probes)
  })
}

test('defined: points that differ in it become handlers with types of their own', () => {
  const script = `probe kernel.function("tcp_v4_rcv"), begin {
  x = @defined($skb) ? "there" : 3
  print(x)
}`
  const { program, diagnostics } = checkText(script)
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  assert.deepEqual(
    program?.probes.map(p => p.locals.map(l => `${l.name}:${l.type}`)),
    [['x:string'], ['x:long']],
  )
})

test('defined: functions ask without a point', () => {
  const script =
    'function f() { if (@defined($x)) return "a"; return 1 }\nprobe begin { print(f()) }'
  const { program } = checkText(script)
  assert.deepEqual(
    program?.functions.map(f => f.result),
    ['long'],
  )
})

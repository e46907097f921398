import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'
import type { CheckOptions } from './check.ts'

const mistakes: [script: string, diagnostics: string[], options?: Partial<CheckOptions>][] = [
  [
    'function f() { return 1 }\nglobal g\nprobe timer.s(1) if (f() || g++ || print(1)) { print(1) }',
    [
      "3:22 call-in-condition: the condition of a probe point must not call a function, and 'f' is one",
      '3:29 change-in-condition: the condition of a probe point must not change or print anything',
      "3:29 warning never-assigned: never-assigned global variable 'g'",
      '3:36 change-in-condition: the condition of a probe point must not change or print anything',
    ],
  ],
  [
    'global g\nfunction f() %{ /* pragma:read:nosuch */ %}\nprobe begin { f(); print(1) }',
    ["2:14 unknown-pragma-global: there is no global 'nosuch' for this pragma"],
    { guru: true },
  ],
  [
    'probe timer.s(1) if (%{ 1 %}) { print(1) }',
    ['1:22 change-in-condition: the condition of a probe point must not change or print anything'],
    { guru: true },
  ],
  [
    'function f(x) { return x }\nprobe begin { f(1, 2); f() }',
    [
      "2:15 wrong-argument-count: 'f' takes 1 argument, not 2; 1:10 'f' is declared here",
      "2:24 wrong-argument-count: 'f' takes 1 argument, not 0; 1:10 'f' is declared here",
    ],
  ],
  [
    'probe begin { foreach (k in nope) print(k); nope2[1] = 2; x = nope3[2]; print(1 in nope4) }',
    [
      "1:29 undeclared-array: unresolved array 'nope' (an array is declared outside of probes: global nope)",
      "1:45 undeclared-array: unresolved array 'nope2' (an array is declared outside of probes: global nope2)",
      "1:63 undeclared-array: unresolved array 'nope3' (an array is declared outside of probes: global nope3)",
      "1:84 undeclared-array: unresolved array 'nope4' (an array is declared outside of probes: global nope4)",
    ],
  ],
  [
    'probe begin { f(g(1)) }\nfunction f(x) { return nosuch(x) }',
    [
      "1:17 unknown-function: unresolved function 'g'",
      "2:24 unknown-function: unresolved function 'nosuch'",
    ],
  ],
]
for (const [script, expected, options] of mistakes) {
  test(`resolve: reports ${JSON.stringify(script)}`, () => {
    const { program, diagnostics } = checkText(script, { options: options ?? {} })
    assert.deepEqual(diagnostics.map(diagnosticText), expected)
    assert.equal(
      program === undefined,
      expected.some(d => !d.includes(' warning ')),
    )
  })
}

test('resolve: globals that embedded C names are read and written', () => {
  const script = `global g, h
function f() %{ /* pragma:read:g */ /* pragma:write:h */ %}
probe begin { g = 1; f(); print(h + 1) }`
  const { program, diagnostics } = checkText(script, { options: { guru: true } })
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  const [f] = program?.functions ?? []
  assert.equal(f?.body.kind, 'embedded-body')
  if (f?.body.kind !== 'embedded-body') return
  assert.deepEqual(
    [f.body.reads, f.body.writes].map(l => l.map(g => g.name)),
    [['g'], ['h']],
  )
  assert.equal(f.result, 'void')
})

test('resolve: embedded C stands as statement, expression and body', () => {
  const script = `%{ int x; %}
function f:string() %{ STAP_RETURN("a"); %}
probe begin { %{ x++; %} print(%{ x %}, %{ /* string */ "b" %}, f()) }`
  const { program, diagnostics } = checkText(script, { options: { guru: true } })
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  assert.deepEqual(program?.probes.map(probeText), [
    'begin { %{…%}; print"%d%s%s"(%{…%}, %{…%}, f():string) }',
  ])
})

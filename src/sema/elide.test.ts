import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'
import type { CheckOptions } from './check.ts'

const mistakes: [script: string, diagnostics: string[], options?: Partial<CheckOptions>][] = [
  [
    'probe begin { x = 1; print(2) }',
    ["1:15 warning elided: eliding assignment to 'x', which nothing reads"],
    { unoptimised: false },
  ],
  [
    'probe begin { 1 + 2; print(2) }',
    ['1:15 warning elided: eliding side-effect-free expression'],
    { unoptimised: false },
  ],
  [
    'function f() { x = 1 }\nprobe begin { f(); print(2) }',
    [
      "1:10 warning elided: side-effect-free function 'f'",
      "1:16 warning elided: eliding assignment to 'x', which nothing reads",
      '2:15 warning elided: eliding side-effect-free expression',
    ],
    { unoptimised: false },
  ],
  [
    'probe begin {}\nprobe end { print(1) }',
    ["1:1 warning elided-probe: probe 'begin' has been elided: it does nothing"],
    { unoptimised: false },
  ],
  [
    'probe begin { x = 1 }',
    [
      "1:1 warning elided-probe: probe 'begin' has been elided: it does nothing",
      '1:7 no-probes: no probes found: every probe of this script was left out',
      "1:15 warning elided: eliding assignment to 'x', which nothing reads",
    ],
    { unoptimised: false },
  ],
  [
    'function f() { return 1 }\nprobe begin { f(); print(2) }',
    ['2:15 warning elided: eliding side-effect-free expression'],
    { unoptimised: false },
  ],
  [
    'global g\nprobe begin { x = g; y = x + 1; if (y) {} print(2) }',
    [
      "2:15 warning elided: eliding assignment to 'x', which nothing reads",
      "2:19 warning never-assigned: never-assigned global variable 'g'",
      "2:22 warning elided: eliding assignment to 'y', which nothing reads",
    ],
    { unoptimised: false },
  ],
  [
    'probe begin { while (1) {} }',
    [
      "1:1 warning elided-probe: probe 'begin' has been elided: it does nothing",
      '1:7 no-probes: no probes found: every probe of this script was left out',
    ],
    { unoptimised: false },
  ],
  [
    'probe begin { print(nosuch()) ; x = 1 }',
    ["1:21 unknown-function: unresolved function 'nosuch'"],
    { unoptimised: false },
  ],
  [
    'function f() %{ /* pure */ %}\nfunction g() %{ %}\nprobe begin { f(); g() }',
    ['3:15 warning elided: eliding side-effect-free expression'],
    { guru: true, unoptimised: false },
  ],
]
for (const [script, expected, options] of mistakes) {
  test(`elide: reports ${JSON.stringify(script)}`, () => {
    const { program, diagnostics } = checkText(script, { options: options ?? {} })
    assert.deepEqual(diagnostics.map(diagnosticText), expected)
    assert.equal(
      program === undefined,
      expected.some(d => !d.includes(' warning ')),
    )
  })
}

const kept: [name: string, script: string, probes: string[]][] = [
  [
    'what prints, stores in a global, or deletes stays',
    'global g, a\nprobe begin { g = 1; a[1] = 2; delete a[1]; print(1); x = g++ }',
    ['begin { @g:long = 1; @a[1]:long = 2; delete a[1]; print"%d"(1); @g:long++ }'],
  ],
  [
    'the value of an assignment that goes stays where it is wanted',
    'probe begin { print(x = 3); y = (z = 4); print(z) }',
    ['begin { print"%d"(3); z:long = 4; print"%d"(z:long) }'],
  ],
  [
    'what is stored with a count or read by one stays',
    'probe begin { x = x + 1; y++; z .= "a" }',
    ['begin { x:long = (x:long + 1); y:long++; z:string .= "a" }'],
  ],
  [
    'loops that do something stay, and those that do not go',
    'probe begin { for (i = 0; i < 3; i++) {} while (j < 3) j++; for (;;) {} foreach (k in a) {} }\nglobal a',
    ['begin { for (i:long = 0; (i:long < 3); i:long++) {  }; while ((j:long < 3)) j:long++ }'],
  ],
  [
    'a test with an effect stays without its branches',
    'probe begin { if (x++) { y = 1 } else {} print(x) }',
    ['begin { x:long++; print"%d"(x:long) }'],
  ],
  [
    'what is left out is not held to types',
    'probe begin { x = "a" + 1; "b" + 2; print(1) }',
    ['begin { print"%d"(1) }'],
  ],
  [
    'a break, a next and a return stay',
    'function f() { if (1) return 2; print(3); return 4 }\nprobe begin { while (1) { break } f(); next }',
    ['begin { while (1) { break }; f():long; next }'],
  ],
]
for (const [name, script, probes] of kept) {
  test(`elide: ${name}`, () => {
    const { program, diagnostics } = checkText(script, { options: { unoptimised: false } })
    assert.deepEqual(diagnostics.filter(d => d.severity === 'error').map(diagnosticText), [])
    assert.deepEqual(program?.probes.map(probeText), probes)
  })
}

test('elide: -u keeps everything', () => {
  const { program, diagnostics } = checkText('probe begin { x = 1; 2 }\nprobe end {}')
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(program?.probes.map(probeText), ['begin { x:long = 1; 2 }', 'end {  }'])
})

test('elide: globals that nothing is left of are no globals of the program', () => {
  const script = 'global g, h\nprobe begin { x = g; h = 1 }'
  const { program } = checkText(script, { options: { unoptimised: false } })
  assert.deepEqual(
    program?.globals.map(g => `${g.name} ${g.displayAtEnd}`),
    ['h true'],
  )
})

test('elide: a perf counter counts without a handler', () => {
  const { program, diagnostics } = checkText(
    'probe perf.type(0).config(1).process("/bin/x").counter("i") {}\nprobe process("/bin/x").begin { println(@perf("i")) }',
  )
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  assert.deepEqual(
    program?.probes.flatMap(p => p.points.map(point => point.kind)),
    ['perf', 'process'],
  )
})

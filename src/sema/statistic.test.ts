import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'
import type { CheckOptions } from './check.ts'

const mistakes: [script: string, diagnostics: string[], options?: Partial<CheckOptions>][] = [
  [
    'global s\nprobe begin { s <<< 1; s = 2; s++; x = s + 1; print(s, x) }',
    [
      "2:24 statistic-assigned: 's' is a statistic: only '<<<' stores in it ('delete s' empties it); 2:15 it is one because of this",
      "2:31 statistic-assigned: 's' is a statistic: only '<<<' stores in it ('delete s' empties it); 2:15 it is one because of this",
      "2:40 statistic-as-value: 's' is a statistic, which has no value itself (ask for one: @count(s), @sum(s), @avg(s) …); 2:15 it is one because of this",
      "2:53 statistic-as-value: 's' is a statistic, which has no value itself (ask for one: @count(s), @sum(s), @avg(s) …); 2:15 it is one because of this",
    ],
  ],
  [
    'global s\nprobe begin { s <<< "a"; print(@count(s)) }',
    ["2:21 type-mismatch: type mismatch: a long is needed here, not a string: '<<<' takes longs"],
  ],
  [
    'probe begin { s <<< 1; x = 2; print(@count(x)) }',
    [
      "1:15 statistic-local: 's' is a local, and statistics are global (declare it outside of probes: global s)",
      "1:44 statistic-local: 'x' is a local, and statistics are global (declare it outside of probes: global x)",
    ],
  ],
  [
    'global s = 3\nprobe begin { s <<< 1 }',
    [
      "1:8 statistic-assigned: 's' is a statistic and starts empty (declare it without a value); 2:15 it is one because of this",
    ],
  ],
  [
    'global a\nprobe begin { a[1] <<< 1; print(@count(a), @sum(a[1, 2]), @avg(a["x"])) }',
    [
      "2:40 array-as-scalar: inconsistent arity: 'a' is an array, and has no key here; 2:15 here it has",
      "2:49 key-count: inconsistent arity: 'a' has 1 key where it is used first, and 2 here; 2:15 the first use",
      '2:66 type-mismatch: type mismatch: a long is needed here, not a string: key 1 of the array has this type; 2:17 it is a long because of this',
    ],
  ],
  [
    'global a\nprobe begin { a[1] <<< 1; foreach (v = k in a) print(k); a[2] = 3; print(a[1]) }',
    [
      "2:36 statistic-as-value: the values of 'a' are statistics, not one value (take the key, and ask @count, @sum … of the element)",
      "2:58 statistic-assigned: 'a' is a statistic: only '<<<' stores in it ('delete a' empties it); 2:15 it is one because of this",
      "2:74 statistic-as-value: 'a' is a statistic, which has no value itself (ask for one: @count(a), @sum(a), @avg(a) …); 2:15 it is one because of this",
    ],
  ],
  [
    'global a\nprobe begin { a[1] = 1; foreach (k in a @sum-) print(k) }',
    ["2:41 not-a-statistic: @sum sorts statistics, and 'a' has none"],
  ],
  [
    'global s\nprobe begin { s <<< 1; print(@variance(s, 63)); print(@variance(s, 2), @variance(s, 3)) }',
    [
      '2:43 variance-shift: the shift of @variance is a number from 0 to 62',
      "2:85 variance-shift: 's' has another shift already; 2:68 here",
    ],
  ],
  [
    'global s\nprobe begin { s <<< 1; print(@hist_log(s)); print(@hist_linear(s, 0, 10, 1)) }',
    [
      "2:51 multiple-histograms: 's' has another histogram already (a statistic has one shape of histogram: collect the values in two); 2:30 this one",
    ],
  ],
  [
    'global s\nprobe begin { s <<< 1; print(@hist_linear(s, 0, 1000, 1)) }',
    [
      '2:30 warning histogram-buckets: this histogram stays empty: its buckets must be 1 to 126 (@hist_linear(statistic, low, high, width))',
    ],
  ],
  [
    'global s\nprobe begin { s <<< 1; foreach ([a, b] in @hist_log(s)) print(a); print(@hist_log(s)["x"]) }',
    [
      '2:43 key-count: a bucket of a histogram has one index, not 2',
      '2:86 type-mismatch: type mismatch: a long is needed here, not a string: a bucket has a number',
    ],
  ],
  [
    'global s\nprobe begin { print(@count(1)) }',
    ["2:28 not-a-statistic: @count takes a global that '<<<' stores in"],
  ],
  [
    'global s\nfunction f(x) { return @count(x) }\nprobe begin { s <<< 1; print(f(s)) }',
    [
      "2:31 statistic-local: 'x' is a local, and statistics are global (declare it outside of probes: global x)",
      "3:32 statistic-as-value: 's' is a statistic, which has no value itself (ask for one: @count(s), @sum(s), @avg(s) …); 3:15 it is one because of this",
    ],
  ],
  [
    'global a\nprobe begin { a[1] <<< 1; foreach (k in a) a[k] <<< 2 }',
    [
      "2:44 changed-in-foreach: variable 'a' modified during 'foreach' iteration (collect the keys, or change the array after the loop); 2:27 the foreach",
    ],
  ],
]
for (const [script, expected, options] of mistakes) {
  test(`statistic: reports ${JSON.stringify(script)}`, () => {
    const { program, diagnostics } = checkText(script, { options: options ?? {} })
    assert.deepEqual(diagnostics.map(diagnosticText), expected)
    assert.equal(
      program === undefined,
      expected.some(d => !d.includes(' warning ')),
    )
  })
}

const trees: [name: string, script: string, probe: string][] = [
  [
    'values are collected, asked about and deleted',
    'global s, a\nprobe begin { s <<< 1; a["x", 2] <<< @count(s); print(@avg(a["x", 2])); delete s; delete a["x", *] }',
    'begin { s <<< 1; a["x", 2] <<< @count(s); print"%d"(@avg(a["x", 2])); delete s; delete a["x", *] }',
  ],
  [
    'a histogram is printed, indexed, iterated and asked about',
    'global s\nprobe begin { print(@hist_log(s)); foreach (v = b in @hist_log(s)) println(b, v, @hist_log(s)[b]); print(3 in @hist_log(s)) }',
    'begin { print(log(s)); foreach (v:long = [b:long] in log(s)) print"%d%d%d\\n"(b:long, v:long, log(s)[b:long]); print"%d"((3 in log(s))) }',
  ],
  [
    'the limits of a linear histogram may be negative',
    'global s\nprobe begin { s <<< 1; x = sprint(@hist_linear(s, -10, 10, 2)); print(x) }',
    'begin { s <<< 1; x:string = print(linear(s -10..10/2)); print"%s"(x:string) }',
  ],
  [
    'an array of statistics is gone over by an aggregate',
    'global a\nprobe begin { a[1, 2] <<< 3; foreach ([k, l] in a[1, *] @sum- limit 2) print(k, l) }',
    'begin { a[1, 2] <<< 3; foreach ([k:long, l:long] in a by value down limit 2) print"%d%d"(k:long, l:long) }',
  ],
  [
    'accumulating has a value, as every assignment',
    'global s, t\nprobe begin { t = s <<< 1; if (s <<< s <<< 2) print(t) }',
    'begin { @t:long = s <<< 1; if (s <<< s <<< 2) print"%d"(@t:long) }',
  ],
]
for (const [name, script, probe] of trees) {
  test(`statistic: ${name}`, () => {
    const { program, diagnostics } = checkText(script)
    assert.deepEqual(diagnostics.filter(d => d.severity === 'error').map(diagnosticText), [])
    assert.deepEqual(program?.probes.map(probeText), [probe])
  })
}

test('statistic: a global knows all that is asked of it', () => {
  const script = `global s, shown, a
probe begin { s <<< 1; shown <<< 2; a[1] <<< 3 }
probe end {
  print(@min(s), @variance(s, 4)); print(@hist_linear(s, 0, 10, 5))
  foreach (k in a-) foreach (l in a @max+) print(k, l)
}`
  const { program } = checkText(script)
  const linear = { kind: 'linear', low: 0n, high: 10n, width: 5n }
  assert.deepEqual(
    program?.globals.map(g => [g.name, g.type, g.keys, g.statistic]),
    [
      [
        's',
        'statistic',
        [],
        { extractors: ['min', 'variance'], histogram: linear, varianceShift: 4 },
      ],
      [
        'shown',
        'statistic',
        [],
        { extractors: ['count', 'min', 'max', 'sum', 'avg'], varianceShift: 0 },
      ],
      ['a', 'statistic', ['long'], { extractors: ['count', 'max'], varianceShift: 0 }],
    ],
  )
})

test('statistic: a foreach sorts by the count unless it says by what', () => {
  const script =
    'global a\nprobe begin { a[1] <<< 1; foreach (k in a-) print(k); foreach (k+ in a) print(k) }'
  const { program } = checkText(script)
  const body = program?.probes[0]?.body
  const loops = body?.kind === 'block' ? body.statements.filter(s => s.kind === 'foreach') : []
  assert.deepEqual(
    loops.map(l => l.sort),
    [
      { by: 'value', ascending: false, aggregate: 'count' },
      { by: 0, ascending: true },
    ],
  )
})

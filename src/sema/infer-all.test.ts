import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import type { CheckOptions } from './check.ts'

const mistakes: [script: string, diagnostics: string[], options?: Partial<CheckOptions>][] = [
  ['probe begin { print("a" =~ "(b") }', ["1:29 bad-regex: regex: this '(' has no ')'"]],
  [
    'probe begin { print(1 =~ "b") }',
    [
      `1:21 type-mismatch: type mismatch: a string is needed here, not a long: '=~' is for strings (sprint(x) and sprintf("%d", x) make a string of a long)`,
    ],
  ],
  [
    'function f() { if (1) return 3; return }\nprobe begin { print(f()) }',
    [
      "1:33 return-without-value: 'f' gives a long, and this 'return' nothing: type mismatch; 1:30 its type comes from here",
    ],
  ],
  [
    'global x[10]\nprobe begin { x = 1; print(x) }',
    [
      "1:8 sized-scalar: 'x' is declared as an array, and has no keys (a scalar has neither a size nor a %)",
    ],
  ],
  [
    'probe begin { delete x }',
    [
      "1:22 undeclared-array: unresolved array 'x', which is to be deleted (an array is declared outside of probes: global x)",
    ],
  ],
  [
    'global a\nfunction g() { a[1] = 2 }\nfunction f() { g() }\nprobe begin { foreach (k in a) { f(); print(k) } }',
    [
      "4:34 warning changed-in-foreach: 'f' comes to modify 'a' during 'foreach' iteration; 4:15 the foreach",
    ],
  ],
  [
    'probe begin { print(x == y) }',
    [
      "1:21 undefined-variable: nothing is ever stored in 'x' (a variable shared between probes is declared: global x)",
      "1:26 undefined-variable: nothing is ever stored in 'y' (a variable shared between probes is declared: global y)",
    ],
  ],
  [
    'global g, h\nprobe begin { g = h; print(1) }',
    ["2:19 undefined-variable: nothing is ever stored in 'h' (give it a value: global h = 0)"],
  ],
  [
    'global a\nprobe begin { delete a[1] }',
    [
      "2:22 unresolved-type: nothing tells the type of 'a': unresolved type (store a value in it somewhere, or use it where a long or a string is needed)",
    ],
  ],
  [
    'probe begin { printf("%s", execname) }',
    [
      "1:28 warning never-assigned: never-assigned local variable 'execname' ('execname' is a function: write execname())",
    ],
  ],
  [
    'function f(a:long) { print(a) }\nfunction f(a:string) { print(a) }\nprobe begin { f(1) }',
    [
      `3:17 type-mismatch: type mismatch: a string is needed here, not a long: 'f' takes it as 'a' (sprint(x) and sprintf("%d", x) make a string of a long); 2:12 it is a string because of this; 1:12 this one is a long because of this`,
    ],
  ],
  [
    'global x\nprobe begin { x[1] = 1; foreach ([a, b] in x[*]) print(a, b) }',
    [
      "2:44 key-count: inconsistent arity: 'x' has 1 key where it is used first, and 2 here; 2:15 the first use",
    ],
  ],
  [
    'probe begin { try { print(1) } catch (m) { print(m + 1) } }',
    [
      "1:50 type-mismatch: type mismatch: a long is needed here, not a string: '+' is for longs; 1:39 this one is a string because of this",
    ],
  ],
  [
    'global x\nprobe begin { x[1] = 2 }\nprobe end { x["a"] = 2; x[2] = "b" }',
    [
      '3:15 type-mismatch: type mismatch: a long is needed here, not a string: key 1 of the array has this type; 2:17 it is a long because of this',
      '3:32 type-mismatch: type mismatch: a long is needed here, not a string; 2:22 it is a long because of this',
    ],
  ],
  [
    'function f(x) { print(x . "") }\nprobe begin { f(3) }',
    [
      `1:23 type-mismatch: type mismatch: a string is needed here, not a long: '.' joins strings (sprint(x) and sprintf("%d", x) make a string of a long); 2:17 this one is a long because of this`,
    ],
  ],
  [
    'function f() { print(2) }\nprobe begin { if (f()) printf("%s", f()) }',
    [
      '2:37 type-mismatch: type mismatch: a string is needed here, not a long: value 1 of the format (sprint(x) and sprintf("%d", x) make a string of a long); 2:19 this one is a long because of this',
    ],
  ],
  [
    'probe begin { x = y; y = x; print(1) }',
    [
      "1:19 unresolved-type: nothing tells the type of 'y': unresolved type (store a value in it somewhere, or use it where a long or a string is needed)",
    ],
  ],
  [
    'global g\nprobe begin { print(g) }',
    ["2:21 undefined-variable: nothing is ever stored in 'g' (give it a value: global g = 0)"],
  ],
  [
    'function f(x) { print(3) }\nprobe begin { f(y) }',
    [
      "2:17 undefined-variable: nothing is ever stored in 'y' (a variable shared between probes is declared: global y)",
    ],
  ],
  [
    'function f(x) { return f(x) }\nprobe begin { print(f(3)) }',
    ["2:21 void-value: 'f' gives no value"],
  ],
  [
    'global x%\nprobe begin { x = 1; print(x) }',
    [
      "1:8 sized-scalar: 'x' is declared as an array, and has no keys (a scalar has neither a size nor a %)",
    ],
  ],
  [
    'global x\nprobe begin { x[1] = 1; foreach (a in x limit x[3]++) print(a) }',
    [
      "2:47 changed-in-foreach: variable 'x' modified during 'foreach' iteration (collect the keys, or change the array after the loop); 2:25 the foreach",
    ],
  ],
  [
    'global x\nprobe begin { x[1] = 1; foreach (a in x) { foreach (b in x) { delete x[b] } print(a) } }',
    [
      "2:70 changed-in-foreach: variable 'x' modified during 'foreach' iteration (collect the keys, or change the array after the loop); 2:25 the foreach",
    ],
  ],
  [
    'global x\nfunction f(n) { x[1] = 2; if (n) f(n - 1) }\nprobe begin { foreach (a in x) f(a) }',
    [
      "3:32 changed-in-foreach: function call modifies 'x' during 'foreach' iteration; 3:15 the foreach",
    ],
  ],
  [
    'probe begin { x = 1; foreach (a in x) print(a) }',
    [
      "1:36 undeclared-array: unresolved array 'x' (an array is declared outside of probes: global x)",
    ],
  ],
  [
    'probe begin { printf("%d %s %m", "a", 1, "b") }',
    [
      '1:34 type-mismatch: type mismatch: a long is needed here, not a string: value 1 of the format',
      '1:39 type-mismatch: type mismatch: a string is needed here, not a long: value 2 of the format (sprint(x) and sprintf("%d", x) make a string of a long)',
      '1:42 type-mismatch: type mismatch: a long is needed here, not a string: value 3 of the format',
    ],
  ],
  [
    'probe begin { printf("%d"); printf("a", 1) }',
    [
      "1:15 format-arguments: the format of 'printf' takes 1 value, not 0",
      "1:29 format-arguments: the format of 'printf' takes no values, not 1 (each value needs a conversion: %d, %s …)",
    ],
  ],
  [
    'global a\nprobe begin { a["x"] = 1; foreach (k in a[2]) print(k); print([3] in a); delete a[4] }',
    [
      '2:43 type-mismatch: type mismatch: a string is needed here, not a long: key 1 of the array has this type (sprint(x) and sprintf("%d", x) make a string of a long); 2:17 it is a string because of this',
    ],
  ],
  [
    'probe begin { print(%{ /* string */ "a" %} + 1) }',
    ["1:21 type-mismatch: type mismatch: a long is needed here, not a string: '+' is for longs"],
    { guru: true },
  ],
  [
    'function f:string() { return %{ 1 %} }\nprobe begin { print(f()) }',
    [
      `1:30 type-mismatch: type mismatch: a string is needed here, not a long: 'f' returns this type (sprint(x) and sprintf("%d", x) make a string of a long); 1:10 it is a string because of this`,
    ],
    { guru: true },
  ],
  [
    'function f(x) %{ %}\nprobe begin { f("a"); f(1); print(f(2)) }',
    [
      `2:25 type-mismatch: type mismatch: a string is needed here, not a long: 'f' takes it as 'x' (sprint(x) and sprintf("%d", x) make a string of a long); 2:17 it is a string because of this`,
    ],
    { guru: true },
  ],
]
for (const [script, expected, options] of mistakes) {
  test(`infer all: reports ${JSON.stringify(script)}`, () => {
    const { program, diagnostics } = checkText(script, { options: options ?? {} })
    assert.deepEqual(diagnostics.map(diagnosticText), expected)
    assert.equal(
      program === undefined,
      expected.some(d => !d.includes(' warning ')),
    )
  })
}

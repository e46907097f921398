import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText, statementText } from '../../test/support/checked-text.ts'

const trees: [name: string, script: string, probes: string[]][] = [
  [
    'println joins literals and ends the line',
    'probe begin { println("a", "b", 1) }',
    ['begin { print"ab%d\\n"(1) }'],
  ],
  [
    'printd puts its delimiter between values, each by its type',
    'probe begin { x = "s"; printd("|", 1 + 2, x); y = sprintdln(",", x, x) }',
    [
      'begin { x:string = "s"; print"%d|%s"((1 + 2), x:string); y:string = sprint"%s,%s\\n"(x:string, x:string) }',
    ],
  ],
  [
    'types flow from uses to globals, keys and loop variables',
    'global a\nprobe begin { a[execname(), tid()] = "x" }\nprobe end { foreach ([n, t] in a) print(n, t) }',
    [
      'begin { @a[execname():string, tid():long]:string = "x" }',
      'end { foreach ([n:string, t:long] in a) print"%s%d"(n:string, t:long) }',
    ],
  ],
  [
    'foreach keeps its order, limit and value',
    'global a\nprobe begin { a[1] = 2; foreach (v = k in a- limit 3) print(k + v) }',
    [
      'begin { @a[1]:long = 2; foreach (v:long = [k:long] in a by value down limit 3) print"%d"((k:long + v:long)) }',
    ],
  ],
  [
    'a fresh local counts from 0',
    'global test\nprobe begin { for (i = 0; i < 5; i++) { test [no++] = i } }',
    ['begin { for (i:long = 0; (i:long < 5); i:long++) { @test[no:long++]:long = i:long } }'],
  ],
  [
    'compound assignment keeps its operator, unary plus goes',
    'probe begin { s .= "x"; n <<= +2; n = -n }',
    ['begin { s:string .= "x"; n:long <<= 2; n:long = -n:long }'],
  ],
  [
    'a function without a value may stand for a string in a print',
    'probe begin { printf("%d,%s\\n", 1, print_backtrace()) }',
    ['begin { print"%d,%s\\n"(1, print_backtrace():void) }'],
  ],
  [
    'try stores its message in a string',
    'probe begin { try { error("x") } catch (m) { log(m) } }',
    ['begin { try { error("x"):void } catch (m:string) { log(m:string):void } }'],
  ],
  [
    'delete clears an array, an element, a scalar or a local',
    'global a, n\nprobe begin { a[1] = 1; n = 2; l = "x"; delete a[1]; delete a; delete n; delete l }',
    [
      'begin { @a[1]:long = 1; @n:long = 2; l:string = "x"; delete a[1]; delete a; delete n; l:string = "" }',
    ],
  ],
  [
    'a condition asks about globals',
    'global on\nprobe timer.s(1) if (on) { print(1) }\nprobe begin { on = 1 }',
    ['timer.s(1) if @on:long { print"%d"(1) }', 'begin { @on:long = 1 }'],
  ],
]
for (const [name, script, probes] of trees) {
  test(`check: ${name}`, () => {
    const { program, diagnostics } = checkText(script)
    assert.deepEqual(diagnostics.map(diagnosticText), [])
    assert.deepEqual(program?.probes.map(probeText), probes)
  })
}

test('check: a function without a value gives an empty one where a value is wanted', () => {
  const { program, diagnostics } = checkText(
    'function f() {}\nfunction g() {}\nprobe begin { x = 1; x = f(); if (f()) printf("%s", g()) }',
  )
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  assert.deepEqual(
    program?.functions.map(f => `${f.name}:${f.result}`),
    ['f:long', 'g:string'],
  )
})

const mistakes: [script: string, diagnostics: string[]][] = [
  [
    'function f() {}',
    [
      '1:1 no-probes: there is no probe in this script (a first one: probe begin { println("hello") })',
    ],
  ],
  [
    'probe begin { tidd() }',
    ["1:15 unknown-function: unresolved function 'tidd' (did you mean 'tid', 'gid' or 'pid'?)"],
  ],
  [
    'function f(a) { return a }\nprobe begin { f(); pid(1) }',
    [
      "2:15 wrong-argument-count: 'f' takes 1 argument, not 0; 1:10 'f' is declared here",
      "2:20 wrong-argument-count: 'pid' takes no arguments, not 1",
    ],
  ],
  [
    'probe begin { print(execname) }',
    [
      "1:21 undefined-variable: nothing is ever stored in 'execname' ('execname' is a function: write execname())",
    ],
  ],
  [
    'probe begin { count = 1; printf("%d\\n", coutn) }',
    ["1:41 warning never-assigned: never-assigned local variable 'coutn' (did you mean 'count'?)"],
  ],
  [
    'probe begin { print(foo) }',
    [
      "1:21 undefined-variable: nothing is ever stored in 'foo' (a variable shared between probes is declared: global foo)",
    ],
  ],
  [
    'probe begin { a[1] = 2 }',
    [
      "1:15 undeclared-array: unresolved array 'a' (an array is declared outside of probes: global a)",
    ],
  ],
  [
    'global a\nprobe begin { a[1] = 2; a[1, 2] = 3; a = 4 }',
    [
      "2:25 key-count: inconsistent arity: 'a' has 1 key where it is used first, and 2 here; 2:15 the first use",
      "2:38 array-as-scalar: inconsistent arity: 'a' is an array, and has no key here; 2:15 here it has",
    ],
  ],
  [
    'probe begin { x = 1\nx = "a" }',
    [
      '2:5 type-mismatch: type mismatch: a long is needed here, not a string; 1:19 it is a long because of this',
    ],
  ],
  [
    'probe begin { printf("%d %s\\n", "a", 1); if ("x") {} }',
    [
      '1:33 type-mismatch: type mismatch: a long is needed here, not a string: value 1 of the format',
      '1:38 type-mismatch: type mismatch: a string is needed here, not a long: value 2 of the format (sprint(x) and sprintf("%d", x) make a string of a long)',
      '1:46 type-mismatch: type mismatch: a long is needed here, not a string',
    ],
  ],
  [
    'global a\nfunction f() { a[1] = 1 }\nprobe begin { foreach (k in a) { f(); delete a[k] } }',
    [
      "3:34 changed-in-foreach: function call modifies 'a' during 'foreach' iteration; 3:15 the foreach",
      "3:46 changed-in-foreach: variable 'a' modified during 'foreach' iteration (collect the keys, or change the array after the loop); 3:15 the foreach",
    ],
  ],
  [
    'function f() { return $x }\nprobe begin { break; print(f()) }',
    [
      "1:23 target-outside-probe: unresolved target-symbol expression: '$x' has no meaning in a function (give it to the function as an argument)",
      "2:15 outside-loop: 'break' is not in a loop",
    ],
  ],
  [
    'function f() {}\nfunction g() {}\nprobe begin { x = f(); print(x, g()) }',
    ["3:19 void-value: 'f' gives no value", "3:33 void-value: 'g' gives no value"],
  ],
  [
    'probe begin { int x = 5; do { x++ } while (x < 9); switch (x) { } }',
    [
      "1:15 undefined-variable: nothing is ever stored in 'int' (locals need no declaration: x = 5)",
      "1:26 undefined-variable: nothing is ever stored in 'do' (write while (1) { …; if (…) break })",
      "1:52 unknown-function: unresolved function 'switch' (write if (…) … else if (…) … else …)",
    ],
  ],
  [
    '%{ int x; %}\nfunction f() %{ native %}\nprobe begin { f() }',
    [
      '1:1 needs-guru: embedded C is for guru scripts only (run with -g, or use a function of the library)',
    ],
  ],
  [
    'global a, a\nfunction g(x, x) {}\nprobe begin { g(1, 2) }',
    [
      "1:11 duplicate-global: 'a' is declared already; 1:8 here",
      "2:15 duplicate-parameter: two parameters are called 'x'",
    ],
  ],
  [
    'probe timer.s(1) if (x) {}',
    [
      "1:22 local-in-condition: the condition of a probe point can ask about globals, and 'x' is none",
    ],
  ],
]
for (const [script, expected] of mistakes) {
  test(`check: reports ${JSON.stringify(script)}`, () => {
    const { program, diagnostics } = checkText(script)
    assert.deepEqual(diagnostics.map(diagnosticText), expected)
    assert.equal(
      program === undefined,
      expected.some(d => !d.includes(' warning ')),
    )
  })
}

test('check: what is written and never read is displayed at the end', () => {
  const script = `global shown, read, array, never, initial = 1
probe begin { shown++; array[1] += 2; read = 1; if (read) {}; x = initial }`
  const { program } = checkText(script)
  const displayed = program?.globals.filter(g => g.displayAtEnd).map(g => g.name)
  assert.deepEqual(displayed, ['shown', 'array'])
})

test('check: a count whose value is used is read', () => {
  const { program } = checkText('global n\nprobe begin { printf("%d\\n", ++n) }')
  assert.deepEqual(
    program?.globals.map(g => g.displayAtEnd),
    [false],
  )
})

test('check: functions of the library come in only when called, with what they call', () => {
  const { program, sources } = checkText('probe begin { print(probefunc()) }')
  assert.deepEqual(
    program?.functions.map(f => `${f.name}:${f.result}`),
    ['probefunc:string', 'symname:string', 'addr:long'],
  )
  assert.deepEqual(
    sources.map(s => s.name),
    ['tapset/symbols.stp', 'tapset/context.stp'],
  )
})

test("check: a script's function goes before the library's, in the library too", () => {
  const script =
    'function __indent_timestamp:long () { return 7 }\nprobe begin { print(indent(1)) }'
  const { program } = checkText(script)
  const clock = program?.functions.filter(f => f.name === '__indent_timestamp')
  assert.deepEqual(
    clock?.map(({ body }) => body.kind === 'block' && statementText(body)),
    ['{ return 7 }'],
  )
})

test("check: the library's own globals are not the script's, and not displayed", () => {
  const { program } = checkText('global depth\nprobe begin { depth["x"] = 1; print(indent(1)) }')
  const globals = program?.globals.map(g => `${g.name}:${g.type}[${g.keys}] ${g.displayAtEnd}`)
  assert.deepEqual(
    globals?.filter(g => g.startsWith('depth')),
    ['depth:long[string] true', 'depth:long[] false'],
  )
})

test('check: functions of one name differ in the number of their parameters', () => {
  const { program, diagnostics } = checkText(
    'probe begin { print(kernel_string(1), kernel_string(1, "x"), ctime(), ctime(1)) }',
  )
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  const calls = program?.functions.map(f => `${f.name}/${f.parameterCount} ${f.body.kind}`)
  assert.deepEqual(calls, [
    'kernel_string/1 native',
    'kernel_string/2 native',
    'ctime/0 block',
    'ctime/1 native',
    'gettimeofday_s/0 native',
  ])
})

test('check: a function that calls itself through another is recursive', () => {
  const script = `function even(n) { return n == 0 ? 1 : odd(n - 1) }
function odd(n) { return n == 0 ? 0 : even(n - 1) }
function twice(n) { return even(n) * 2 }
probe begin { print(twice(4)) }`
  const { program } = checkText(script)
  assert.deepEqual(
    program?.functions.map(f => `${f.name} ${f.recursive}`),
    ['twice false', 'even true', 'odd true'],
  )
})

test('check: functions that nothing calls are not looked at', () => {
  const { program, diagnostics } = checkText('function f() { return nope() + "a" }\nprobe begin {}')
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(program?.functions, [])
})

test('check: every file of the library has no mistakes of its own', () => {
  const all = `probe begin {
  print(pid(), tid(), ppid(), uid(), gid(), cpu(), execname(), target(), pp(), ppfunc(), addr())
  print(symname(1), symdata(1), probefunc(), caller(), strlen(""), substr("", 0, 1))
  print(gettimeofday_s(), gettimeofday_ms(), gettimeofday_us(), gettimeofday_ns(), ctime(1), ctime())
  print(tz_ctime(1), kernel_string(1), kernel_string(1, ""), kernel_char(1), kernel_short(1))
  print(kernel_int(1), kernel_long(1), kernel_pointer(1), thread_indent(1), indent(1))
  print(AF_INET(), AF_INET6(), format_ipaddr(1, 2))
  print(ntohs(1), htons(1), ntohl(1), htonl(1), ntohll(1), htonll(1))
  print_backtrace(); warn(""); log(""); error(""); exit()
}`
  assert.deepEqual(checkText(all).diagnostics.map(diagnosticText), [])
})

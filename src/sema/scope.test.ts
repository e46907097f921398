import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { parse } from '../syntax/parser.ts'
import { Source } from '../text/source.ts'
import { type CheckResult, check } from './check.ts'
import type { Library, LibrarySource } from './library.ts'

const FIRST = `global shared = 5
private global hidden
function add(x) { return x + shared }
function add(x, y) { return x . y }
function name() { return "first" }
private function inner(x) { print("inner", x) }
function outer(x) { inner(x) }
function count() { hidden++; print(hidden) }
function bad() { return nosuch() }`
const SECOND = 'function add(x) { return 3 }\nfunction other() { return shared }'

/** Checks scripts that stand beside each other, with a library of two files. */
function checkAll(...texts: readonly string[]): CheckResult {
  const files = texts.map((text, i) => {
    const source = new Source(i === 0 ? 't.stp' : `t${i}.stp`, text)
    return parse(source, { arguments: [] }).file
  })
  return check(files, libraryOf([FIRST, SECOND]), fakeFacts(), { guru: false })
}

function libraryOf(texts: readonly string[]): Library {
  const files = texts.map((text, i) => {
    const source = new Source(`lib${i}.stp`, text)
    return { source, items: parse(source, { arguments: [], library: true }).file.items }
  })
  const holding = (kind: 'function' | 'global', name: string): readonly LibrarySource[] =>
    files
      .filter(f => f.items.some(i => i.kind === kind && i.name === name && !i.private))
      .map(({ source }) => ({ source }))
  return {
    ...emptyLibrary,
    functionSources: name => holding('function', name),
    globalSources: name => holding('global', name),
  }
}

const right: [name: string, scripts: string[], functions: string[], globals: string[]][] = [
  [
    'a function of the library is found by name and number of parameters',
    ['probe begin { print(add(1), add("a", "b")) }'],
    ['add/1:long lib0.stp', 'add/2:string lib0.stp'],
    ['shared:long'],
  ],
  [
    "a script's function goes before the library's",
    ['function name() { return "own" }\nprobe begin { print(name()) }'],
    ['name/0:string t.stp'],
    [],
  ],
  [
    "a script's function that may go on has the library's behind it",
    ['function name() { next; return "own" }\nprobe begin { print(name()) }'],
    ['name/0:string t.stp', 'name/0:string lib0.stp'],
    [],
  ],
  [
    "a script's function with other parameters does not hide the library's",
    ['function name(x) { print(x) }\nprobe begin { print(name()) }'],
    ['name/0:string lib0.stp'],
    [],
  ],
  [
    'globals of the library are seen by scripts and by its other files',
    ['probe begin { shared = 7; print(shared, other()) }'],
    ['other/0:long lib1.stp'],
    ['shared:long'],
  ],
  [
    "a script's global is not the library's of that name",
    ['global shared\nprobe begin { shared = "a"; print(shared, add(1)) }'],
    ['add/1:long lib0.stp'],
    ['shared:string', 'shared:long'],
  ],
  [
    'what is private is seen in its own file only',
    [
      'function inner(x) { print("mine") }\nglobal hidden\nprobe begin { hidden = "x"; print(hidden); outer(1); inner(2); count() }',
    ],
    [
      'outer/1:void lib0.stp',
      'inner/1:void t.stp',
      'count/0:void lib0.stp',
      'inner/1:void lib0.stp',
    ],
    ['hidden:string', 'hidden:long'],
  ],
  [
    'scripts share functions and globals, declared once or twice',
    [
      'global g\nfunction f() { g++ }\nprobe begin { f() }',
      'global g\nprobe end { f(); print(g) }',
    ],
    ['f/0:void t.stp'],
    ['g:long'],
  ],
  [
    'a private global of one script is a local of the other',
    ['private global p\nprobe begin { print(++p) }', 'probe end { p = "a"; print(p) }'],
    [],
    ['p:long'],
  ],
  [
    'lower priorities go first, and the rest stand in their order',
    [
      'function f():3 { next; print("c") }\nfunction f() { next; print("a") }\nfunction f():1 { print("b") }\nfunction f():2 { print("d") }\nprobe begin { f() }',
    ],
    ['f/0:void t.stp', 'f/0:void t.stp'],
    [],
  ],
]
for (const [name, scripts, functions, globals] of right) {
  test(`scope: ${name}`, () => {
    const { program, diagnostics } = checkAll(...scripts)
    assert.deepEqual(diagnostics.map(diagnosticText), [])
    assert.deepEqual(
      program?.functions.map(
        f => `${f.name}/${f.parameterCount}:${f.result} ${f.span.source.name}`,
      ),
      functions,
    )
    assert.deepEqual(
      program?.globals.map(g => `${g.name}:${g.type}`),
      globals,
    )
  })
}

test('scope: a call knows the overloads that next goes on to, in their order', () => {
  const script = `function f(x):2 { next }
function f(x) { if (x) next; return 1 }
function f(x):5 { return 3 }
function f(x):7 { return 4 }
probe begin { print(f(1)) }`
  const { program, diagnostics } = checkAll(script)
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  const call = program?.probes[0]?.body
  const [statement] = call?.kind === 'block' ? call.statements : []
  const print = statement?.kind === 'expression' ? statement.expression : undefined
  const [argument] = print?.kind === 'print' ? print.arguments : []
  assert.equal(argument?.kind, 'call')
  if (argument?.kind !== 'call') return
  const ids = [argument.function.id, ...(argument.function.next ?? [])]
  const lines = ids.map(id => {
    const span = program?.functions[id]?.span
    return span?.source.position(span.start).line
  })
  assert.deepEqual(lines, [2, 1, 3])
})

const wrong: [scripts: string[], diagnostics: string[]][] = [
  [
    ['probe begin { print(hidden) }'],
    [
      "1:21 undefined-variable: nothing is ever stored in 'hidden' (a variable shared between probes is declared: global hidden)",
    ],
  ],
  [['probe begin { inner(1) }'], ["1:15 unknown-function: unresolved function 'inner'"]],
  [
    ['private function p() { print(1) }\nprobe begin { p() }', 'probe end { p() }'],
    ["t1.stp:1:13 unknown-function: unresolved function 'p'"],
  ],
  [['probe begin { bad() }'], ["lib0.stp:9:25 unknown-function: unresolved function 'nosuch'"]],
  [
    ['probe begin { print(add("x")) }'],
    [
      "lib0.stp:3:26 type-mismatch: type mismatch: a long is needed here, not a string: '+' is for longs; 1:25 this one is a string because of this",
    ],
  ],
]
for (const [scripts, expected] of wrong) {
  test(`scope: reports ${JSON.stringify(scripts)}`, () => {
    const { program, diagnostics } = checkAll(...scripts)
    const errors = diagnostics.filter(d => d.severity === 'error')
    assert.deepEqual(errors.map(diagnosticText), expected)
    assert.equal(program, undefined)
  })
}

test('scope: an alias of one script serves the others', () => {
  const { program } = checkAll('probe foo = begin { x = 1 }', 'probe foo { print(x) }')
  assert.deepEqual(program?.probes.map(probeText), [
    'begin { { x:long = 1 }; { print"%d"(x:long) } }',
  ])
})

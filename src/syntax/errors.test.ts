import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Source } from '../text/source.ts'
import { parse } from './parser.ts'

/** `code LINE:COLUMN` of each, so that the count and the places show. */
function mistakes(text: string, guru = true): string[] {
  const source = new Source('t.stp', text)
  return parse(source, { arguments: [], guru }).diagnostics.map(d => {
    const { line, column } = source.position(d.span.start)
    return `${d.code} ${line}:${column}`
  })
}

const inBody: [name: string, text: string, found: string[]][] = [
  ['a return, which is for functions', 'return 1', ['return-in-probe 1:15']],
  ['an operand is missing', 'x = ', ['expected-expression 1:18']],
  ['a parenthesis is missing', 'f(1 x', ['expected-token 1:19']],
  ['a keyword as a variable', 'string = 5', ['keyword-as-name 1:15']],
  ['a statement keyword as a variable', 'next = 5', ['keyword-as-name 1:15']],
  ['a keyword in an expression', 'x = limit + 1', ['keyword-as-name 1:19']],
  ['an operator where a statement starts', '== 5', ['expected-statement 1:15']],
  ['assigning to a call', 'f() = 5', ['not-assignable 1:15']],
  ['assigning to an address', '&$x->y = 5', ['not-assignable 1:15']],
  ['incrementing a number', '5++', ['not-assignable 1:15']],
  ['deleting a value', 'delete 5', ['not-deletable 1:22']],
  ['a star as a key', 'x = a[1, *]', ['wildcard-key 1:24']],
  ['a list of keys alone', 'x = [1, 2]', ['key-list 1:19']],
  ['comparing an in', 'x in a == y', ['in-operand 1:22']],
  ['an array that is no name', 'x in 5', ['expected-array 1:20']],
  ['a pattern that is computed', 'x =~ y', ['pattern-not-literal 1:20']],
  ['a computed format', 'printf(x)', ['format-not-literal 1:22']],
  ['a computed delimiter', 'printd(x, 1, 2)', ['delimiter-not-literal 1:22']],
  ['a format that means nothing', 'printf("\\n%-#5x", 1)', ['bad-format 1:25']],
  ['printing nothing', 'print()', ['print-arguments 1:15']],
  ['one value with a delimiter', 'printd(",", 1)', ['print-arguments 1:15']],
  ['printing too much', `println(1${', 1'.repeat(32)})`, ['print-arguments 1:15']],
  ['printing without parentheses', 'printf "x"', ['expected-parenthesis 1:15']],
  ['an operator that does not exist', 'x = @cont(y)', ['unknown-operator 1:19']],
  ['too many operands', 'x = @count(y, z)', ['operator-arguments 1:19']],
  ['a cast to a variable', 'x = @cast(p, t)', ['operator-argument 1:28']],
  ['a computed histogram', 'print(@hist_linear(s, a, 2, 3))', ['operator-argument 1:37']],
  ['a path behind pretty printing', '$x$->y', ['pretty-print 1:15']],
  ['three dollars', '$x$$$', ['pretty-print 1:15']],
  ['the address of a variable', 'x = &y', ['address-of 1:19']],
  ['a number that is none', 'x = 0x1g', ['number-out-of-range 1:19']],
  ['an octal that is none', 'x = 08', ['number-out-of-range 1:19']],
  ['a number of 65 bits', 'x = 18446744073709551616', ['number-out-of-range 1:19']],
  ['a dollar for a name', 'foreach ($a in b) x', ['bad-name 1:24']],
  ['two sorts', 'foreach ([a+, b-] in c) x', ['sort-twice 1:30']],
  ['a sort without a direction', 'foreach (a in b @sum) x', ['sort-direction 1:35']],
  ['a sort by nothing known', 'foreach (a in b @median-) x', ['sort-operator 1:31']],
  ['an else without if', 'else x', ['stray-else 1:15']],
  ['a catch without try', 'catch { x }', ['stray-catch 1:15']],
  ['a global inside', 'global x', ['misplaced-declaration 1:15']],
  ['an argument that is not given', 'x = $1', ['missing-argument 1:19']],
  ['foreign letters', 'x = 日本語 1', ['stray-character 1:19']],
  ['a literal as in C', "x = 'a'", ['character-literal 1:19']],
  ['an apostrophe', "don't", ['stray-character 1:18']],
  ['a string without end costs one message', 'f("a', ['unterminated-string 1:17']],
]
for (const [name, text, found] of inBody) {
  test(`parse: ${name} is one message`, () => {
    assert.deepEqual(mistakes(`probe begin { ${text}\n}`), found)
  })
}

const inFile: [name: string, text: string, found: string[]][] = [
  ['a statement outside', 'x = 1\ny = 2\nprobe begin {}', ['expected-item 1:1']],
  [
    'each misspelt word between items',
    'probe begin {}\nprob end {}\nfuncton f() { x = }\nglobl y\nprobe end {}',
    ['expected-item 2:1', 'expected-item 3:1', 'expected-expression 3:19', 'expected-item 4:1'],
  ],
  ['a body is missing', 'probe begin\nprobe end {}', ['expected-token 1:12']],
  ['a brace is missing', 'probe begin {\n if (x) {\nprobe end {}', ['unclosed-brace 2:10']],
  ['a brace too many', 'probe begin {}\n}\n}\nprobe end {}', ['stray-brace 2:1']],
  ['an array with a value', 'global a[5] = 1', ['initialized-array 1:8']],
  ['a wrapping scalar', 'global a% = 1', ['wrapped-scalar 1:8']],
  ['an array of nothing', 'global a[0]', ['array-size 1:10']],
  ['an array beyond all', 'global a[2147483648]', ['array-size 1:10']],
  ['a computed value', 'global a = b', ['expected-literal 1:12']],
  ['a value below 64 bits', 'global a = -9223372036854775809', ['number-out-of-range 1:12']],
  ['priority zero', 'function f():0 {}', ['function-priority 1:14']],
  ['a type behind the parameters', 'function f():long {}', ['type-after-parameters 1:14']],
  ['a type that is none', 'function f:int() {}', ['expected-type 1:12']],
  ['a function without parentheses', 'function f {}', ['expected-token 1:12']],
  ['an optional alias', 'probe a ? = b {}', ['alias-name 1:7']],
  ['an alias with a star', 'probe a.* = b {}', ['alias-name 1:7']],
  ['an alias behind a point', 'probe b, a = c {}', ['alias-name 1:10']],
  ['a point that is none', 'probe = b {}', ['expected-probe-point 1:7']],
  ['private alone', 'private probe x {}', ['expected-token 1:9']],
  [
    'a computed argument',
    'probe timer.s(x) { y = }',
    [...['expected-literal 1:15', 'expected-expression 1:24']],
  ],
]
for (const [name, text, found] of inFile) {
  test(`parse: ${name} is reported`, () => assert.deepEqual(mistakes(text), found))
}

test('parse: conditionals nested without end are refused once', () => {
  const many = 5000
  const text = `${'%( 1 == 1 %? '.repeat(many)}probe begin {}${' %)'.repeat(many)}`
  assert.deepEqual(
    mistakes(text).map(m => m.split(' ')[0]),
    ['too-deep'],
  )
})

test('parse: all mistakes of a script come out of one run', () => {
  const text = [
    'global a[0]',
    'probe begin {',
    '  x = )',
    '  printf("%d, 1)',
    '  if (y == ) { z = } else { w = }',
    '  foreach (k in) { v = }',
    '  u = 5',
    '}',
    'function f( { x }',
    'probe end { t = ) }',
  ].join('\n')
  assert.deepEqual(mistakes(text), [
    'array-size 1:10',
    'expected-expression 3:7',
    'unterminated-string 4:10',
    'expected-expression 5:12',
    'expected-expression 5:20',
    'expected-expression 5:33',
    'expected-array 6:16',
    'expected-expression 6:24',
    'expected-token 9:13',
    'expected-expression 10:17',
  ])
})

test('parse: what nests or chains without end is refused once', () => {
  const many = 100_000
  const texts = ['(', '!', '{', 'f(', 'if (1) ', 'if (1) x else ', '1 + ', 'a ? b : ', 'x = ', 'a[']
  for (const text of texts) {
    assert.deepEqual(
      mistakes(`probe begin { ${text.repeat(many)}`).map(m => m.split(' ')[0]),
      ['too-deep'],
    )
  }
})

test('parse: dangerous things need guru mode', () => {
  const text = '%{ x %}\nfunction f() %{ y %}\nprobe begin { x = @kregister(1) }'
  assert.deepEqual(mistakes(text, false), ['needs-guru 1:1', 'needs-guru 2:14', 'needs-guru 3:19'])
  assert.deepEqual(mistakes(text), [])
})

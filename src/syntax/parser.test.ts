import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Source } from '../text/source.ts'
import type { Expression, Item } from './ast.ts'
import { type ParseOptions, parse, parseProbePoint } from './parser.ts'
import { printFile, printProbePoint } from './print.ts'
import { printExpression } from './print-expression.ts'

const options: ParseOptions = { arguments: [], guru: true }

function items(text: string): readonly Item[] {
  const { file, diagnostics } = parse(new Source('t.stp', text), options)
  assert.deepEqual(
    diagnostics.map(d => d.text),
    [],
  )
  return file.items
}

function expression(text: string): Expression {
  const [item] = items(`probe begin { ${text} }`)
  assert.ok(item?.kind === 'probe')
  const [statement] = item.body.statements
  assert.ok(statement?.kind === 'expression', `${text} is not one expression`)
  assert.equal(item.body.statements.length, 1)
  return statement.expression
}

/** With parentheses around every operation, so that the grouping shows. */
function grouped(e: Expression): string {
  switch (e.kind) {
    case 'binary':
      return `(${grouped(e.left)} ${e.operator} ${grouped(e.right)})`
    case 'assign':
      return `(${grouped(e.target)} ${e.operator} ${grouped(e.value)})`
    case 'conditional':
      return `(${grouped(e.test)} ? ${grouped(e.then)} : ${grouped(e.otherwise)})`
    case 'unary':
      return `(${e.operator}${grouped(e.operand)})`
    case 'increment':
      return e.prefix
        ? `(${e.operator}${grouped(e.target)})`
        : `(${grouped(e.target)}${e.operator})`
    case 'in':
      return `(${e.keys.map(k => (k.kind === 'any' ? '*' : grouped(k))).join(', ')} in ${grouped(e.array)})`
    case 'match':
      return `(${grouped(e.left)} ${e.operator} ${grouped(e.pattern)})`
    default:
      return printExpression(e)
  }
}

const groupings: [text: string, result: string][] = [
  ['a + b * c - d', '((a + (b * c)) - d)'],
  ['a = b = c', '(a = (b = c))'],
  ['a = b ? c : d ? e : f', '(a = (b ? c : (d ? e : f)))'],
  ['a || b && c | d ^ e & f', '(a || (b && (c | (d ^ (e & f)))))'],
  ['a << b . c + d', '(a << (b . (c + d)))'],
  ['a == b < c', '((a == b) < c)'],
  ['x == y in b', '((x == y) in b)'],
  ['x in a && y in b', '((x in a) && (y in b))'],
  ['[a, b + 1] in m', '(a, (b + 1) in m)'],
  ['[a, *] in m || c', '((a, * in m) || c)'],
  ['(x in a) == y', '((x in a) == y)'],
  ['-a . "b"', '((-a) . "b")'],
  ['!a == b', '((!a) == b)'],
  ['- -a', '(-(-a))'],
  ['-a++', '(-(a++))'],
  ['++a + b--', '((++a) + (b--))'],
  ['a =~ "x" && b', '((a =~ "x") && b)'],
  ['a >>> 1 >> 2', '((a >>> 1) >> 2)'],
  ['s <<< a ? b : c', '(s <<< (a ? b : c))'],
  ['a & &$b->c', '(a & &$b->c)'],
  ['a % (b)', '(a % b)'],
  ['a . "x" "y"', '(a . "xy")'],
]
for (const [text, result] of groupings) {
  test(`parse: ${text} groups as ${result}`, () => assert.equal(grouped(expression(text)), result))
}

const values: [text: string, value: bigint][] = [
  ['0', 0n],
  ['0x1F', 31n],
  ['017', 15n],
  ['9223372036854775808', -(2n ** 63n)],
  ['18446744073709551615', -1n],
]
for (const [text, value] of values) {
  test(`parse: the number ${text} is ${value}`, () => {
    const e = expression(text)
    assert.ok(e.kind === 'number')
    assert.equal(e.value, value)
  })
}

test('parse: an expression goes on in the next line', () => {
  assert.equal(grouped(expression('a = 1\n -b')), '(a = (1 - b))')
})

test('parse: a sign behind an array starts a statement', () => {
  const [item] = items('probe begin { a = b in c\n ++d }')
  assert.ok(item?.kind === 'probe')
  assert.equal(item.body.statements.length, 2)
})

test('parse: a target variable with members, indexes, address and pretty printing', () => {
  const e = expression('&$tcp->seen[!$dir]->next$$')
  assert.ok(e.kind === 'target')
  assert.equal(e.name, '$tcp')
  assert.deepEqual([e.addressOf, e.pretty], [true, 2])
  assert.deepEqual(
    e.path.map(a => (a.kind === 'field' ? a.name : '[]')),
    ['seen', '[]', 'next'],
  )
})

const targets: [text: string, name: string, pretty: number][] = [
  ['$$vars', '$$vars', 0],
  ['$$vars$', '$$vars', 1],
  ['$x$$', '$x', 2],
  ['$x->y$', '$x', 1],
  ['$x[2]$', '$x', 1],
]
for (const [text, name, pretty] of targets) {
  test(`parse: ${text} is ${name}, printed at level ${pretty}`, () => {
    const e = expression(text)
    assert.ok(e.kind === 'target')
    assert.deepEqual([e.name, e.pretty], [name, pretty])
  })
}

test('parse: a cast with a module and a path', () => {
  const e = expression('&@cast(p, "struct tcphdr", "kernel<linux/tcp.h>")->source')
  assert.ok(e.kind === 'cast')
  assert.deepEqual([e.type, e.module], ['struct tcphdr', 'kernel<linux/tcp.h>'])
  assert.deepEqual([e.addressOf, e.path.length], [true, 1])
})

test('parse: a member of a variable that holds a pointer', () => {
  const e = expression('send->td_end')
  assert.ok(e.kind === 'member')
  assert.ok(e.base.kind === 'name')
})

test('parse: @var names a variable and perhaps its module', () => {
  const e = expression('@var("jiffies@time.c", "vmlinux")->x')
  assert.ok(e.kind === 'target')
  assert.deepEqual([e.name, e.variable], ['jiffies@time.c', { module: 'vmlinux' }])
})

test('parse: the print family keeps its literal apart', () => {
  const e = expression('printf("%d" "%s", 1, "x")')
  assert.ok(e.kind === 'print')
  assert.equal(e.literal?.value, '%d%s')
  assert.equal(e.arguments.length, 2)
})

test('parse: histograms are printed, indexed and tested', () => {
  const e = expression('print(@hist_linear(s, -5, 10, 2))')
  assert.ok(e.kind === 'print')
  const [histogram] = e.arguments
  assert.ok(histogram?.kind === 'histogram')
  assert.deepEqual(
    histogram.parameters.map(p => p.kind === 'number' && p.value),
    [-5n, 10n, 2n],
  )
  assert.equal(expression('@hist_log(s)[3]').kind, 'element')
  assert.equal(expression('3 in @hist_log(s)').kind, 'in')
})

// What reads back as it was written; the layout is that of the printer.
const scripts: [name: string, text: string][] = [
  [
    'a probe of several points',
    'probe begin, timer.s(2), kernel.function("*@net/socket.c").call {}\n',
  ],
  ['optional, sufficient and conditional points', 'probe a.b ?, a.c !, a.d if (on) {}\n'],
  ['names with stars', 'probe syscall.*.return, a**.b*c {}\n'],
  ['negative arguments', 'probe end(0xffffffffffffffff) {}\n'],
  ['an alias with a prologue', 'probe mine.rcv = kernel.function("ip_rcv") {\n  name = "rcv"\n}\n'],
  ['an alias with both', 'probe a = b {}, {\n  x\n}\n'],
  ['an alias with an epilogue', 'probe a += b {\n  x\n}\n'],
  [
    'globals',
    'global a\nprivate global b\nglobal c%\nglobal d%[20]\nglobal e = 5\nglobal f = "x"\n',
  ],
  ['functions', 'private function f:string(a:long, b):2 {\n  return a\n}\n'],
  ['embedded code', '%{ #include <x.h> %}\nfunction f() %{ return 1; %}\n'],
  [
    'loops',
    'probe a {\n  for (i = 0; i < 5; i++) x\n  for (; ; ) break\n  while (y) continue\n}\n',
  ],
  [
    'foreach in its forms',
    [
      'probe a {',
      '  foreach (k in m) x',
      '  foreach (v = [a, b] in m[1, *]-) x',
      '  foreach ([a, b+] in m limit 5) x',
      '  foreach (k in m @sum-) x',
      '  foreach (b in @hist_log(s)) x',
      '}\n',
    ].join('\n'),
  ],
  ['deleting', 'probe a {\n  delete m\n  delete m[1, *]\n  delete s\n}\n'],
  ['catching', 'probe a {\n  try {\n    x\n  } catch (e) {\n    y\n  }\n  try {} catch {}\n}\n'],
  ['branches', 'function a() {\n  if (x) y else if (z) next else return\n}\n'],
  ['a return that ends', 'function a() {\n  return;\n  x\n}\n'],
  ['a statement that starts with a sign', 'probe a {\n  x;\n  -y;\n  ($z)->a\n}\n'],
  ['empty statements', 'probe a {\n  ;\n  x;\n  ;\n}\n'],
]
for (const [name, text] of scripts) {
  test(`parse: ${name} can be printed back`, () => {
    const { file, diagnostics } = parse(new Source('t.stp', text), options)
    assert.deepEqual(diagnostics, [])
    assert.equal(printFile(file), text)
  })
}

test('parse: braces multiply probe points, and marks apply to each', () => {
  const [item] = items('probe kernel.{function("a"),trace("b")}.{x,y} ? {}')
  assert.ok(item?.kind === 'probe')
  assert.deepEqual(item.points.map(printProbePoint), [
    'kernel.function("a").x ?',
    'kernel.function("a").y ?',
    'kernel.trace("b").x ?',
    'kernel.trace("b").y ?',
  ])
})

test('parse: spans are those of the text', () => {
  const text = 'probe begin { total = $skb->len + f(1) }'
  const [item] = items(text)
  assert.ok(item?.kind === 'probe')
  const [statement] = item.body.statements
  assert.ok(statement?.kind === 'expression' && statement.expression.kind === 'assign')
  const { value, operatorSpan, span } = statement.expression
  assert.ok(value.kind === 'binary')
  const cut = (s: { start: number; end: number }) => text.slice(s.start, s.end)
  assert.deepEqual([span, operatorSpan, value.left.span, value.right.span].map(cut), [
    'total = $skb->len + f(1)',
    '=',
    '$skb->len',
    'f(1)',
  ])
})

test('parse: arguments that the script uses are counted, others warned about', () => {
  const source = new Source('t.stp', 'probe begin { x = $1 y = @1 }')
  const { usedArguments, diagnostics } = parse(source, { arguments: ['5', 'z'] })
  assert.deepEqual([...usedArguments], [1])
  assert.deepEqual(
    diagnostics.map(d => d.text),
    ['unused command line option $2/@2'],
  )
  assert.deepEqual(parse(source, { arguments: ['5', 'z'], library: true }).diagnostics, [])
})

test('parseProbePoint: a list of points', () => {
  const source = new Source('<-l>', 'kernel.function("ip_*"), syscall.{open,close}')
  const { points, diagnostics } = parseProbePoint(source)
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(points.map(printProbePoint), [
    'kernel.function("ip_*")',
    'syscall.open',
    'syscall.close',
  ])
})

test('parseProbePoint: what follows the points is refused', () => {
  const { diagnostics } = parseProbePoint(new Source('<-l>', 'begin { }'))
  assert.deepEqual(
    diagnostics.map(d => d.code),
    ['expected-token'],
  )
})

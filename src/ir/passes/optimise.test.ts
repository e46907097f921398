import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchGolden } from '../../../test/support/golden.ts'
import { lowered } from '../../../test/support/ir-script.ts'
import { printFunction } from '../print.ts'
import { verifyProgram } from '../verify.ts'
import { optimise } from './optimise.ts'

const cases: [name: string, body: string][] = [
  [
    'what only reaches output is not made in the kernel',
    'printf("%s %d %s\\n", execname(), $t->len, kernel_string($t->name))',
  ],
  [
    'an indented trace needs no string in the kernel',
    'printf("%s -> %s\\n", thread_indent(2), probefunc())',
  ],
  [
    'a long that changes before the print is kept in a copy',
    'x = cpu(); s = sprintf("%d", x); x++; println(s, x)',
  ],
  [
    'a long that a loop changes is kept in a copy',
    'x = cpu(); s = sprintf("<%d>", x); while (x < 5) { x++; println(s) }',
  ],
  [
    'a string that changes before the print stays, and what is made from it',
    'u = execname(); s = u . "."; u = "later"; if (cpu()) u = "never"; println(s, u)',
  ],
  ['a string made on two paths stays', 's = cpu() ? execname() : sprintf("%d", pid()); println(s)'],
  [
    'a key and a print: the key is made in the kernel',
    's = sprintf("%s:%d", execname(), cpu()); count[s]++; println(s)',
  ],
  ['memory that is also a key is read once', 's = kernel_string($t->name); count[s]++; println(s)'],
  [
    'memory is read before an effect that its fault would have prevented',
    's = kernel_string($t->name); total++; println(s)',
  ],
  [
    'memory with a default may be read later',
    's = kernel_string($t->name, "?"); total++; println(s)',
  ],
  [
    'memory is read where its fault is caught',
    'try { s = kernel_string($t->name) } catch { s = "bad" } println(s)',
  ],
  [
    'memory of one print in a try',
    'try { println(kernel_string($t->name)) } catch { println("bad") }',
  ],
  ['a length of what is not there', 'println(strlen(execname()), strlen(kernel_string($t->name)))'],
  ['a length that the kernel needs', 'x = strlen(execname()); if (x > 3) println(x)'],
  ['equal leaves are sent once', 'println(execname(), cpu(), execname(), sprintf("%d", pid()))'],
  ['constants go into the format', 'printf("%s-%d-%5d|%s%%\\n", "a", 3, 4, sprintf("%s", "b%"))'],
  ['raw memory', 'printf("%4m %.*M\\n", &$t->len, 3, &$t->len)'],
  ['a backtrace is a leaf', 'print_backtrace()'],
  ['dates are made when they are printed', 's = ctime(gettimeofday_s()); if (cpu()) println(s)'],
  ['a function with two returns', 'println(sign($count), sign(-1))'],
  ['locals of a function are empty at each call', 'for (i = 0; i < 2; i++) println(fresh(i))'],
  ['branches on constants are gone', 'if (1) println("yes") else println("no") while (0) x++'],
  ['arguments are copied into the body', 'println(ntohs($count))'],
]

const context = `
global count, total
probe end { total++; println(total) }
probe end { count["x"]++; foreach (k in count) println(k, count[k]) }
function sign(x) { if (x < 0) return "-"; return "+" }
function fresh(x) { if (x) seen = 7; return seen }
`

test('optimise: what prints cost, and what they do not', () => {
  const dumps = cases.map(([name, body]) => {
    const { program, diagnostics } = optimise(
      lowered(`${context} probe kernel.trace("hit") { ${body} }`),
    )
    assert.deepEqual(verifyProgram(program, { deferred: true }), [], name)
    assert.deepEqual(diagnostics, [])
    const handler = program.handlers.find(h => h.side === 'kernel')
    assert.ok(handler)
    return `# ${name}\n# ${body}\n${printFunction(handler.function)}`
  })
  matchGolden('ir/optimise.ir', dumps.join('\n'))
})

test('optimise: handlers outside the kernel keep calls and prints, and only they keep functions', () => {
  const { program } = optimise(
    lowered(`
      function inner(x) { return x + 1 }
      function outer(x) { return inner(x) }
      function other(x) { return x - 1 }
      probe begin { println(outer(1)) }
      probe kernel.trace("hit") { println(other(cpu())) }
    `),
  )
  assert.deepEqual([...program.functions.values()].map(fn => fn.name).toSorted(), [
    'inner',
    'outer',
  ])
  const [host] = program.handlers
  assert.deepEqual(
    host?.function.blocks[0]?.instructions.map(i => i.op),
    ['call', 'print'],
  )
})

test('optimise: recursion leaves no call in a handler of the kernel, also within try and beside foreach', () => {
  const { program, diagnostics } = optimise(
    lowered(`
      global a
      function down(x) { try { return x > 0 ? down(x - 1) : a[x] } catch {} }
      function over(x) { foreach (k in a) if (x > 0) s += over(x - 1) + k; return s }
      probe kernel.trace("hit") { println(down(3), over(4)) }
      probe end { a[1] = 1 }
    `),
  )
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(verifyProgram(program, { deferred: true }), [])
  const blocks = program.handlers[0]?.function.blocks ?? []
  const ops = blocks.flatMap(block => block.instructions.map(i => i.op))
  assert.ok(!ops.includes('call'))
  assert.ok(ops.includes('frame-save') && ops.includes('iterate'))
})

test('optimise: recursion outside the kernel is no matter', () => {
  const { diagnostics } = optimise(
    lowered('function down(x) { return x > 0 ? down(x - 1) : 0 } probe begin { println(down(3)) }'),
  )
  assert.deepEqual(diagnostics, [])
})

test('optimise: a handler that calls too much is reported', () => {
  const doubling = Array.from({ length: 16 }, (_, n) => {
    return `function f${n + 1}(x) { return f${n}(x) + f${n}(x + 1) }`
  })
  const { diagnostics } = optimise(
    lowered(`
      function f0(x) { return x * cpu() }
      ${doubling.join('\n')}
      probe kernel.trace("hit") { println(f16(1)) }
    `),
  )
  assert.deepEqual(
    diagnostics.map(d => d.code),
    ['handler-too-large'],
  )
})

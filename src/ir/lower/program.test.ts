import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchGolden } from '../../../test/support/golden.ts'
import { lowered } from '../../../test/support/ir-script.ts'
import { printFunction, printProgram } from '../print.ts'
import { verifyProgram } from '../verify.ts'

const globals = `
global n, s, a, names, pairs
probe never { n = 1; s = "x"; a[1] = 1; names[1] = "x"; pairs[1, "x"] = 1 }
probe never { print(n, s, a[1], names[1], pairs[1, "x"]) }
`

const cases: [string, string][] = [
  ['an assignment gives its value', 'x = y = 2; println(x + y)'],
  ['a compound assignment to a local reads it after the value', 'x = 3; x -= (x = 1); println(x)'],
  ['an operand that a later one writes is copied', 'x = 1; println(x + x++)'],
  ['a division can fail, at its operator', 'x = cpu(); println(x / 2 % x)'],
  ['&& and || in a test are jumps', 'if (cpu() && !pid() || tid() > 1) println("yes")'],
  ['&& as a value is 1 or 0', 'x = cpu() && 2; println(x)'],
  ['a conditional has one register for both sides', 'println(cpu() ? "one" : execname())'],
  ['-, ! and ~', 'println(-cpu(), !cpu(), ~cpu(), -5)'],
  ['strings are compared and joined', 'x = "a" . execname(); if (x <= "b") x .= "c"; println(x)'],
  [
    'a while loop, with break and continue',
    'while (x < 9) { x++; if (x == 3) continue; if (x == 5) break; println(x) }',
  ],
  [
    'continue in a for loop goes to its step',
    'for (i = 0; i < 3; i++) { if (i == 1) continue; println(i) }',
  ],
  ['a for loop without a test', 'for (;;) { if (x++ > 3) break }'],
  ['what follows next is dropped', 'if (cpu()) next; println(1)'],
  [
    'a scalar is changed in one atomic step',
    'n++; n += 2; n -= cpu(); x = n--; n *= 2; println(x)',
  ],
  ['an element is changed in one atomic step', 'a[1]++; x = a[2]--; a[3] -= 4; println(x)'],
  ['an element by another operator is read and written', 'a[1] *= 2; names[1] .= "x"'],
  ['keys are worked out before the value', 'x = 1; a[x] = x++'],
  ['in and delete of an element', 'if ([1, "x"] in pairs) delete pairs[1, "x"]'],
  ['delete of an array, and of a scalar', 'delete a; delete n; delete s'],
  [
    'foreach over keys and value, sorted and limited',
    'foreach (v = [k, t] in pairs- limit 3) println(v, k, t)',
  ],
  ['foreach sorted by a key', 'foreach ([k, t+] in pairs) println(k, t)'],
  ['foreach into a global', 'foreach (n in a) println(n)'],
  ['try, with the message', 'try { println(1 / cpu()) } catch (m) { println(m) }'],
  [
    'an error in a catch goes to the outer try',
    'try { try { error("in") } catch { error("out") } } catch (m) { println(m) }',
  ],
  ['error ends its block', 'if (cpu()) error("no"); println(1)'],
  ['a bitfield is cut out of its unit', 'println($t->flags, $t->level)'],
  ['a field behind a pointer is a load from a load', 'println($t->next->len, $count)'],
  [
    'an address, and what its string is',
    'println(&$t->next->len, kernel_string($t->name), kernel_string($t->name, "?"))',
  ],
  [
    'sprintf makes a string, printf prints',
    'x = sprintf("%d", cpu()); printf("%5s|%.*s\\n", x, 2, x)',
  ],
  ['a function without a value gives the empty string', 'printf("%s.", print_backtrace())'],
  ['what tells the session', 'log("l"); warn("w"); exit()'],
  ['time in three units', 'println(gettimeofday_s(), gettimeofday_us(), gettimeofday_ns())'],
  ['who and where', 'println(pid(), uid(), ppfunc(), pp(), symname(addr()))'],
]

test('lower: each construct, one after the other', () => {
  const dumps = cases.map(([name, body]) => {
    const program = lowered(`${globals}probe kernel.trace("hit") { ${body} }`)
    assert.deepEqual(verifyProgram(program, { deferred: false }), [], name)
    const [handler] = program.handlers
    assert.ok(handler)
    return `# ${name}\n# ${body}\n${printFunction(handler.function)}`
  })
  matchGolden('ir/lower.ir', dumps.join('\n'))
})

test('lower: points inside and outside the kernel get a handler each, conditions a guard', () => {
  const program = lowered(`
    global on = 1
    function twice(x) { return f2(x) + 1 }
    function f2(x) { if (x) return x * 2 }
    function unused() { return 1 }
    probe begin, kernel.function("f"), timer.s(1) { println(twice(on)) }
    probe kernel.trace("hit") if (on) { println("on") }
    probe kernel.function("f").return { println($return, @entry($count + 1), @entry(execname())) }
    probe never { println(on = 2) }
  `)
  assert.deepEqual(verifyProgram(program, { deferred: false }), [])
  assert.deepEqual(
    program.handlers.map(h => h.entryTypes),
    [[], [], [], ['long', 'string']],
  )
  matchGolden('ir/program.ir', printProgram(program))
})

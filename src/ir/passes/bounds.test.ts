import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lowered } from '../../../test/support/ir-script.ts'
import { verifyProgram } from '../verify.ts'
import { optimise } from './optimise.ts'

/** Bound of the global string `g`, which the statements set. */
function boundOf(body: string): number | undefined {
  const { program, bounds } = optimise(
    lowered(`global g = "" probe kernel.trace("hit") { ${body} } probe end { println(g) }`),
  )
  assert.deepEqual(verifyProgram(program, { deferred: true }), [])
  return bounds.globals.get(0)?.value
}

const cases: [name: string, body: string, bound: number][] = [
  ['a constant has its length', 'g = "four"', 4],
  ['of several, the longest counts', 'g = "four"; if (cpu()) g = "sixsix"', 6],
  ['a task has a short name', 'g = execname()', 15],
  ['joining adds', 'g = execname() . "-" . execname()', 31],
  ['a part is no longer than asked for', 'g = substr(execname(), 0, 3)', 3],
  ['nor longer than the whole', 'g = substr(execname(), 0, 300)', 15],
  ['memory can be anything', 'g = kernel_string($t->name)', 511],
  ['a format adds up its pieces', 'g = sprintf("a%sb%cc", execname(), 65)', 19],
  ['a precision cuts', 'g = sprintf("%.3s", execname())', 3],
  ['a width pads', 'g = sprintf("%40s", execname())', 40],
  ['a number has at most 20 bytes, and room for a sign', 'g = sprintf("%d", cpu())', 21],
  ['a string that a loop makes longer can reach the limit', 'while (cpu()) g .= "x"', 511],
  ['a string through a local', 's = "abc"; if (cpu()) s = "de"; g = s', 3],
]
for (const [name, body, bound] of cases) {
  test(`bounds: ${name}`, () => assert.equal(boundOf(body), bound))
}

test('bounds: keys and values of arrays, through functions and outside the kernel', () => {
  const { bounds } = optimise(
    lowered(`
      global names, other
      function put(k) { names[k, 1] = "value" }
      probe begin { put("from begin"); other["x"] = sprintf("%s", "12345678") }
      probe kernel.trace("hit") { put(execname()); if ("a rather long key" in other) println(1) }
      probe end { foreach ([k, n] in names) println(names[k, n]); println(other["x"]) }
    `),
  )
  assert.deepEqual(
    [...bounds.globals.values()],
    [
      { keys: [15, 0], value: 5 },
      { keys: [17], value: 8 },
    ],
  )
})

test('bounds: strings saved at entry', () => {
  const { program } = optimise(
    lowered(
      'probe kernel.function("f").return { s = @entry(execname()); if (s == "x") next; println(s) }',
    ),
  )
  const bound = program.handlers[0]?.function.registers.map(r => r.bound ?? 0)
  assert.equal(Math.max(...(bound ?? [])), 15)
})

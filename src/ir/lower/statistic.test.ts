import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchGolden } from '../../../test/support/golden.ts'
import { lowered } from '../../../test/support/ir-script.ts'
import { optimise } from '../passes/optimise.ts'
import { printFunction } from '../print.ts'
import { verifyProgram } from '../verify.ts'

const globals = `
global s, lin, by
probe never { s <<< 1; lin <<< 1; by[1, "x"] <<< 1 }
probe never { print(@hist_linear(lin, 0, 20, 10)) }
`

const cases: [string, string][] = [
  ['adding', 's <<< cpu(); by[pid(), execname()] <<< cpu() + 1'],
  ['keys are worked out before the value', 'x = 1; by[x, "k"] <<< x++'],
  ['extractors, of which count and sum cannot fail', 'println(@count(s), @avg(by[1, "k"]))'],
  ['an extractor that nobody reads', 'try { @count(s); @min(s) } catch { println("empty") }'],
  ['a bucket, and in', 'println(@hist_log(s)[cpu()], 3 in @hist_linear(lin, 0, 20, 10))'],
  ['a histogram is printed', 'print(@hist_log(s)); println(@hist_log(s))'],
  [
    'foreach over a histogram counts',
    'foreach (b in @hist_linear(lin, 0, 20, 10) limit cpu()) { if (b == 2) continue; println(b) }',
  ],
  ['foreach sorted by an aggregate', 'foreach ([p, n] in by @sum- limit 3) println(p, n)'],
  ['delete', 'delete s; delete by; delete by[1, "x"]; println(@count(s))'],
]

test('lower: statistics, before and after what is done to them for the kernel', () => {
  const dumps = cases.map(([name, body]) => {
    const program = lowered(`${globals}probe kernel.trace("hit") { ${body} }`)
    assert.deepEqual(verifyProgram(program, { deferred: false }), [], name)
    const optimised = optimise(program).program
    assert.deepEqual(verifyProgram(optimised, { deferred: true }), [], name)
    const texts = [program, optimised].map(({ handlers }) =>
      handlers
        .slice(0, 1)
        .map(handler => printFunction(handler.function))
        .join(''),
    )
    return `# ${name}\n# ${body}\n${texts.join('--\n')}`
  })
  matchGolden('ir/statistic.ir', dumps.join('\n'))
})

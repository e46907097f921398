import assert from 'node:assert/strict'
import { type GuestCheck, klewLine } from '../support/guest-checks.ts'

const SIZES = [1, 2, 2, 9, 9, 9, 40]
const SENDS = SIZES.map(size => `echo ${'x'.repeat(size - 1)} >/dev/udp/127.0.0.1/9`)
const COMMAND = `bash -c '${SENDS.join('; ')}'`

const COUNTS = `
global calls, sizes, byName, last, depth
function factorial(n) { return n < 2 ? 1 : n * factorial(n - 1) }
probe kernel.function("udp_sendmsg") {
  calls++
  sizes <<< $len
  byName[execname(), $len] <<< $len
  depth = factorial(5)
  last = ""
  foreach ([name, n] in byName- limit 2) last .= sprintf("%s:%d ", name, n)
  if (execname() =~ "^ba(s+)h$") last .= matched(1)
}
probe end {
  printf("%d %d %d %d %d\\n", calls, @count(sizes), @sum(sizes), @min(sizes), @max(sizes))
  foreach ([name, n] in byName+) printf("%s %d %d\\n", name, n, @count(byName[name, n]))
  printf("%s|%d\\n", last, depth)
  print(@hist_linear(sizes, 0, 50, 10))
}`

/** Arrays, statistics, foreach, patterns and recursion in a handler of a function. */
export const countCheck: GuestCheck = {
  name: 'what a handler counts is what happened, to the last event',
  scripts: { run: klewLine(COUNTS, COMMAND) },
  verify(results) {
    const { status, stdout, stderr } = results('run')
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    const sum = SIZES.reduce((a, b) => a + b)
    const lines = stdout.split('\n')
    assert.equal(lines[0], `${SIZES.length} ${SIZES.length} ${sum} 1 40`)
    assert.deepEqual(lines.slice(1, 5), ['bash 1 1', 'bash 40 1', 'bash 2 2', 'bash 9 3'])
    assert.equal(lines[5], 'bash:9 bash:2 s|120')
    assert.match(stdout, /^ +0 \|@+ +6$/m)
    assert.match(stdout, /^ +40 \|@+ +1$/m)
  },
}

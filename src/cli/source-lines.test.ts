import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_SOURCES } from '../kernel/source-index.ts'
import { sayWhoseLines } from './source-lines.ts'

const WITH_LINE = 'kernel.function("ip_rcv@net/ipv4/ip_input.c:603").call'
const NOTE = 'lines of source files are those of Linux 7.2: klew has none of 6.18.5\n'

const cases: [name: string, points: string[], exact: boolean, said: string][] = [
  ['lines of another kernel are owned up to', ['begin', WITH_LINE], false, NOTE],
  ['lines of this very kernel need no words', [WITH_LINE], true, ''],
  ['points without lines need none', ['begin', 'kernel.function("ip_rcv")'], false, ''],
]
for (const [name, points, exact, said] of cases) {
  test(`lines: ${name}`, () => {
    const sources = () => ({ ...NO_SOURCES, series: '7.2', exact })
    let text = ''
    const err = (more: string): void => {
      text += more
    }
    sayWhoseLines(points, { release: '6.18.5', sources }, { err })
    assert.equal(text, said)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeImage } from '../run/fake-image.ts'
import { type MonitorView, monitorLines } from './monitor-view.ts'

const image = fakeImage([
  { when: 'begin', instructions: [] },
  { when: 'end', instructions: [], text: 'kernel.function("x")' },
  { when: 'end', instructions: [], text: 'kernel.function("y")' },
])

const view: MonitorView = {
  name: 't.stp',
  upMs: 3_723_400,
  paused: false,
  image,
  times: [
    { points: [0], hits: 1n, totalNs: 50n, leastNs: 50n, mostNs: 50n, missed: 0n },
    { points: [1, 2], hits: 30n, totalNs: 60n, missed: 0n },
  ],
  globals: 'n=5\na[1]=2\na[2]=3\na[3]=4\n',
  sort: 'index',
  output: ['one', 'two', 'three'],
  hidden: false,
}
const SCREEN = { rows: 12, columns: 60 }

test('monitor: probes, globals, and the last of the output, as far as they fit', () => {
  assert.deepEqual(monitorLines(view, SCREEN), [
    'klew t.stp: running, up 1:02:03, sorted by index',
    'index       hits    min ns    avg ns    max ns  probe',
    '    0          1        50        50        50  begin',
    '    1         30                   2            kernel.funct',
    '--- globals ---',
    'n=5',
    'a[1]=2',
    'a[2]=3',
    'a[3]=4',
    '--- output ---  keys: p pause, r resume, c clear globals, s ',
    'two',
    'three',
  ])
})

test('monitor: sorted by a number, the largest comes first', () => {
  const first = (sort: MonitorView['sort']): string =>
    monitorLines({ ...view, sort, paused: true }, { rows: 12, columns: 90 })[2] ?? ''
  assert.match(first('hits'), /^ +1 +30 +2 +kernel\.function\("x"\) and 1 more$/)
  assert.match(first('avg'), /^ +0 +1 +50 +50 +50 {2}begin$/)
})

test('monitor: what does not fit its share is counted', () => {
  const lines = monitorLines(view, { rows: 6, columns: 80 })
  assert.equal(lines.length, 6)
  assert.deepEqual(lines.slice(4), ['--- globals ---', 'n=5'].slice(0, 2))
  const few = monitorLines(view, { rows: 9, columns: 80 })
  assert.deepEqual(few.slice(5, 8), ['n=5', 'a[1]=2', '… and 2 more'])
})

test('monitor: hidden, there is only output', () => {
  const lines = monitorLines({ ...view, hidden: true }, SCREEN)
  assert.match(lines[0] ?? '', /^--- output ---/)
  assert.deepEqual(lines.slice(1), ['one', 'two', 'three'])
})

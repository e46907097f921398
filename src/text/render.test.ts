import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Diagnostic } from './diagnostic.ts'
import { render, renderAll } from './render.ts'
import { Source } from './source.ts'

function diagnostic(text: string, marked: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const source = new Source('t.stp', text)
  const start = text.indexOf(marked)
  const span = source.span(start, start + marked.length)
  return { code: 'some-code', severity: 'error', span, text: 'what is wrong', notes: [], ...more }
}

function check(name: string, d: Diagnostic, lines: string[]): void {
  test(`render: ${name}`, () => assert.deepEqual(render(d).split('\n'), lines))
}

check(
  'a place, the line, the marked part with its label, and the hint',
  diagnostic('x = 1\ny = oops', 'oops', { label: 'why here', hint: 'try this' }),
  [
    'error[some-code]: what is wrong',
    ' --> t.stp:2:5',
    '  |',
    '2 | y = oops',
    '  |     ^^^^ why here',
    '  = hint: try this',
  ],
)

check(
  'a warning says so, and a note without a place stands alone',
  diagnostic('x', 'x', { severity: 'warning', notes: [{ text: 'as it is' }] }),
  [
    'warning[some-code]: what is wrong',
    ' --> t.stp:1:1',
    '  |',
    '1 | x',
    '  | ^',
    '  = note: as it is',
  ],
)

check('tabs and wide letters keep the marks below', diagnostic('\tx = "日本" + y', 'y'), [
  'error[some-code]: what is wrong',
  ' --> t.stp:1:13',
  '  |',
  '1 |     x = "日本" + y',
  '  |                  ^',
])

check('a wide marked part has wide marks', diagnostic('a 日本 b', '日本'), [
  'error[some-code]: what is wrong',
  ' --> t.stp:1:3',
  '  |',
  '1 | a 日本 b',
  '  |   ^^^^',
])

check('of several lines the first is marked', diagnostic('if (x) {\n  y\n}', '{\n  y\n}'), [
  'error[some-code]: what is wrong',
  ' --> t.stp:1:8',
  '  |',
  '1 | if (x) {',
  '  |        ^',
])

check('an empty place has one mark', diagnostic('x = ', ''), [
  'error[some-code]: what is wrong',
  ' --> t.stp:1:1',
  '  |',
  '1 | x =',
  '  | ^',
])

check('control characters are not sent to the terminal', diagnostic('a\x1b[31m b', 'b'), [
  'error[some-code]: what is wrong',
  ' --> t.stp:1:8',
  '  |',
  '1 | a·[31m b',
  '  |        ^',
])

const long = `${'a'.repeat(200)} bad ${'b'.repeat(200)}`
check('a very long line is cut around the marked part', diagnostic(long, 'bad'), [
  'error[some-code]: what is wrong',
  ' --> t.stp:1:202',
  '  |',
  `1 | …${'a'.repeat(29)} bad ${'b'.repeat(66)}…`,
  '  |                                ^^^',
])

test('render: a note with a place has a frame of its own, with the same gutter', () => {
  const d = diagnostic(`first\n${'\n'.repeat(8)}second`, 'second')
  const notes = [{ text: 'it began here', span: d.span.source.span(0, 5) }]
  assert.deepEqual(render({ ...d, notes }).split('\n'), [
    'error[some-code]: what is wrong',
    '  --> t.stp:10:1',
    '   |',
    '10 | second',
    '   | ^^^^^^',
    '   = note: it began here',
    '  --> t.stp:1:1',
    '   |',
    ' 1 | first',
    '   | ^^^^^',
  ])
})

test('render: colours are sequences around the same text', () => {
  const d = diagnostic('x = oops', 'oops', { label: 'why', hint: 'try' })
  const colored = render(d, { color: true })
  assert.ok(colored.includes('\x1b[1;31merror[some-code]\x1b[0m'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  assert.equal(colored.replace(/\x1b\[[0-9;]*m/g, ''), render(d))
})

test('renderAll: in the order of the text, each once', () => {
  const text = 'one two'
  const source = new Source('t.stp', text)
  const at = (start: number, code: string): Diagnostic => ({
    ...{ code, severity: 'error', span: source.span(start, start + 3), text: code, notes: [] },
  })
  const all = renderAll([at(4, 'b'), at(0, 'a'), at(4, 'b')])
  assert.deepEqual(all.match(/error\[\w\]/g), ['error[a]', 'error[b]'])
})

test('renderAll: after 20 errors the rest is counted', () => {
  const source = new Source('t.stp', 'x'.repeat(30))
  const many = Array.from({ length: 25 }, (_, i): Diagnostic => {
    const span = source.span(i, i + 1)
    return { code: 'c', severity: 'error', span, text: 't', notes: [] }
  })
  const all = renderAll(many)
  assert.equal(all.match(/error\[c\]/g)?.length, 20)
  assert.ok(all.endsWith('\n\n… and 5 more'))
})

test('renderAll: nothing to say is nothing', () => assert.equal(renderAll([]), ''))

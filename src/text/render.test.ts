import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Diagnostic } from './diagnostic.ts'
import { render, renderAll } from './render.ts'
import { parseColors } from './render-colors.ts'
import { diagnosticJson } from './render-json.ts'
import { Source } from './source.ts'
import { tokenAt } from './token-at.ts'

function diagnostic(text: string, marked: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const source = new Source('t.stp', text)
  const start = text.indexOf(marked)
  const span = source.span(start, start + marked.length)
  return {
    code: 'some-code',
    severity: 'error',
    span,
    stage: 'semantic',
    text: 'what is wrong',
    notes: [],
    ...more,
  }
}

function check(name: string, d: Diagnostic, lines: string[]): void {
  test(`render: ${name}`, () => assert.deepEqual(render(d).split('\n'), lines))
}

check(
  'a place, the line, the marked part with its label, and the hint',
  diagnostic('x = 1\ny = oops', 'oops', { label: 'why here', hint: 'try this' }),
  [
    "semantic error: what is wrong: identifier 'oops' at t.stp:2:5 [some-code]",
    '  |',
    '2 | y = oops',
    '  |     ^^^^ why here',
    '  = hint: try this',
  ],
)

check(
  'a mistake of the grammar has its place on a line of its own, as in SystemTap',
  diagnostic('x = }', '}', { stage: 'parse' }),
  [
    'parse error: what is wrong [some-code]',
    "     saw: operator '}' at t.stp:1:5",
    '  |',
    '1 | x = }',
    '  |     ^',
  ],
)

check(
  'at the end of the text the mark stands behind the last word',
  {
    ...diagnostic('x = (\n\n', 'x', { stage: 'parse' }),
    span: new Source('t.stp', 'x = (\n\n').span(7, 7),
  },
  [
    'parse error: what is wrong [some-code]',
    '     saw: t.stp EOF',
    '  |',
    '1 | x = (',
    '  |      ^',
  ],
)

check('what has to do with no pass is an ERROR', withoutStage(diagnostic('a / 0', '/')), [
  "ERROR: what is wrong: operator '/' at t.stp:1:3 [some-code]",
  '  |',
  '1 | a / 0',
  '  |   ^',
])

check(
  'names that are like the wrong one stand behind the text, five at most',
  diagnostic('ip_outptu', 'ip_outptu', { similar: ['a', 'b', 'c', 'd', 'e', 'f'] }),
  [
    "semantic error: what is wrong (similar: a, b, c, d, e): identifier 'ip_outptu' at t.stp:1:1 [some-code]",
    '  |',
    '1 | ip_outptu',
    '  | ^^^^^^^^^',
  ],
)

check(
  'a message about the whole script shows no place',
  { ...diagnostic('x', 'x'), span: new Source('t.stp', 'x').span(0, 0) },
  ['semantic error: what is wrong [some-code]'],
)

check(
  'a warning says so, and a note without a place stands alone',
  diagnostic('x', 'x', { severity: 'warning', notes: [{ text: 'as it is' }] }),
  [
    "WARNING: what is wrong: identifier 'x' at t.stp:1:1 [some-code]",
    '  |',
    '1 | x',
    '  | ^',
    '  = note: as it is',
  ],
)

const layouts: [name: string, text: string, marked: string, lines: string[]][] = [
  [
    'tabs and wide letters keep the marks below',
    '\tx = "日本" + y',
    'y',
    ['1 |     x = "日本" + y', '  |                  ^'],
  ],
  ['a wide marked part has wide marks', 'a 日本 b', '日本', ['1 | a 日本 b', '  |   ^^^^']],
  [
    'of several lines the first is marked',
    'if (x) {\n  y\n}',
    '{\n  y\n}',
    ['1 | if (x) {', '  |        ^'],
  ],
  [
    'control characters are not sent to the terminal',
    'a\x1b[31m b',
    'b',
    ['1 | a·[31m b', '  |        ^'],
  ],
  [
    'a very long line is cut around the marked part',
    `${'a'.repeat(200)} bad ${'b'.repeat(200)}`,
    'bad',
    [`1 | …${'a'.repeat(29)} bad ${'b'.repeat(66)}…`, '  |                                ^^^'],
  ],
]
for (const [name, text, marked, lines] of layouts) {
  test(`render: ${name}`, () => {
    assert.deepEqual(render(diagnostic(text, marked)).split('\n').slice(2), lines)
  })
}

test('render: a note with a place has a frame of its own, with the same gutter', () => {
  const d = diagnostic(`first\n${'\n'.repeat(8)}second`, 'second')
  const notes = [{ text: 'it began here', span: d.span.source.span(0, 5) }]
  assert.deepEqual(render({ ...d, notes }).split('\n'), [
    "semantic error: what is wrong: identifier 'second' at t.stp:10:1 [some-code]",
    '   |',
    '10 | second',
    '   | ^^^^^^',
    "   = note: it began here: identifier 'first' at t.stp:1:1",
    '   |',
    ' 1 | first',
    '   | ^^^^^',
  ])
})

test('render: colours are sequences around the same text', () => {
  const d = diagnostic('x = oops', 'oops', { label: 'why', hint: 'try' })
  const colored = render(d, { colors: parseColors(undefined) })
  assert.ok(colored.includes('\x1b[01;31msemantic error:\x1b[0m'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  assert.equal(colored.replace(/\x1b\[[0-9;]*m/g, ''), render(d))
})

const colorTexts: [name: string, text: string | undefined, error: string | undefined][] = [
  ['without a wish the usual ones', undefined, '01;31'],
  ['one may be given, and the rest stays', 'caret=04:error=35', '35'],
  ['an empty wish is none', '', undefined],
  ['a wish of another form is none', 'error=red', undefined],
  ['an unknown key is none', 'frame=01', undefined],
]
for (const [name, text, error] of colorTexts) {
  test(`colours: ${name}`, () => assert.equal(parseColors(text)?.error, error))
}

test('renderAll: in the order of the text, each once', () => {
  const text = 'one two'
  const source = new Source('t.stp', text)
  const at = (start: number, code: string): Diagnostic => ({
    ...{ code, severity: 'error', span: source.span(start, start + 3), text: code, notes: [] },
  })
  const all = renderAll([at(4, 'b'), at(0, 'a'), at(4, 'b')])
  assert.deepEqual(all.match(/\[\w\]$/gm), ['[a]', '[b]'])
})

test('renderAll: after 20 errors the rest is counted', () => {
  const source = new Source('t.stp', 'x'.repeat(30))
  const many = Array.from({ length: 25 }, (_, i): Diagnostic => {
    const span = source.span(i, i + 1)
    return { code: 'c', severity: 'error', span, text: 't', notes: [] }
  })
  const all = renderAll(many)
  assert.equal(all.match(/\[c\]$/gm)?.length, 20)
  assert.ok(all.endsWith('\n\n… and 5 more'))
})

test('renderAll: nothing to say is nothing', () => assert.equal(renderAll([]), ''))

test('json: what a program needs, and nothing that is not there', () => {
  const notes = [{ text: 'a fact' }]
  const d = diagnostic('x = 1\ny = oops', 'oops', { similar: ['ops'], notes })
  assert.deepEqual(diagnosticJson(d), {
    type: 'diagnostic',
    severity: 'error',
    code: 'some-code',
    stage: 'semantic',
    text: 'what is wrong',
    token: "identifier 'oops'",
    file: 't.stp',
    line: 2,
    column: 5,
    end: { line: 2, column: 9 },
    similar: ['ops'],
    notes: [{ text: 'a fact' }],
  })
})

const tokens: [text: string, shown: string][] = [
  ['foo(1)', "identifier 'foo'"],
  ['$skb->len', "identifier '$skb'"],
  ['@count(x)', "operator '@count'"],
  ['<<< 1', "operator '<<<'"],
  ['"a b" c', "string 'a b'"],
  ['0x1f;', "number '0x1f'"],
  ['foreach (a in b)', 'keyword'],
  ['%{ code %}', 'embedded-code'],
  ['é', "junk 'é'"],
]
for (const [text, expected] of tokens) {
  test(`token: ${text} is ${expected}`, () => {
    assert.equal(tokenAt(new Source('t.stp', text).span(0, 1)), expected)
  })
}

function withoutStage({ stage: _, ...rest }: Diagnostic): Diagnostic {
  return rest
}

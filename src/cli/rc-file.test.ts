import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { UsageError } from './options.ts'
import { rcWords } from './rc-file.ts'

function wordsOf(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'klew-rc-'))
  try {
    writeFileSync(join(folder, 'rc'), text)
    return rcWords({ SYSTEMTAP_DIR: folder, HOME: '/home/me', A: 'a b' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const cases: [name: string, text: string, words: string[]][] = [
  ['words of several lines', '-v  -w\n\n-DMAXERRORS=5\n', ['-v', '-w', '-DMAXERRORS=5']],
  ['remarks', '# -v\n-w # why\n', ['-w']],
  ['quotes of both kinds', `-e 'a "b"' "c d"'e'`, ['-e', 'a "b"', 'c de']],
  ['what is escaped', 'a\\ b "c\\"d"', ['a b', 'c"d']],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of a shell
  ['variables', '$A ${A}x "$A" \'$A\' $NOSUCH.', ['a b', 'a bx', 'a b', '$A', '.']],
  ['the home folder', '-I ~/tapset ~ a~', ['-I', '/home/me/tapset', '/home/me', 'a~']],
]
for (const [name, text, words] of cases) {
  test(`rc: ${name}`, () => assert.deepEqual(wordsOf(text), words))
}

test('rc: no command is run, and a quote has to be closed', () => {
  for (const text of ['$(id)', '`id`', '"a']) assert.throws(() => wordsOf(text), UsageError)
})

test('rc: without the file there are no words', () => {
  assert.deepEqual(rcWords({ SYSTEMTAP_DIR: '/nosuch' }), [])
  assert.deepEqual(rcWords({}), [])
})

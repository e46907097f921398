import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pageDiagnostics, pageOutput, readErrorPage, withShown } from '../support/error-page.ts'

const PAGES = new URL('../../docs/errors/', import.meta.url)
const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

// A message is made by a function of the folder's errors, or is written out as data.
const CODE = /\b(?:error|warning)\(\s*'([a-z0-9-]+)',|\bcode: '([a-z0-9-]+)'/g
/** `forbidden ? ['no-permission', …] : ['kernel-lacks', …]` */
const EITHER = /[?:] \['([a-z0-9-]+)',/g

const codes = [...new Set(sources().flatMap(codesIn))].sort()
const pages = readdirSync(PAGES)
  .filter(file => file.endsWith('.md'))
  .map(file => file.slice(0, -'.md'.length))
  .sort()

test('every code of a message has a page, and every page a code', () => {
  assert.ok(codes.length > 100, `only ${codes.length} codes were found in the sources`)
  assert.deepEqual(pages, codes)
})

for (const code of pages) {
  test(`docs/errors/${code}.md: its example gives the message that it shows`, () => {
    const url = new URL(`${code}.md`, PAGES)
    const text = readFileSync(url, 'utf8')
    const page = readErrorPage(code, text)
    assert.match(
      text,
      new RegExp(`^# ${code}\n\n[A-Z\`'].*\n`),
      'a title, and a line that says what it means',
    )
    assert.notEqual(page.script, '', 'an example')
    if (page.flags.includes('kernel')) return
    const found = pageDiagnostics(page)
    assert.ok(
      found.some(d => d.code === code),
      `the example gives ${found.map(d => `${d.code}: ${d.text}`).join('; ') || 'nothing'}`,
    )
    const shown = pageOutput(found)
    const { KLEW_UPDATE_GOLDEN } = process.env
    if (KLEW_UPDATE_GOLDEN === '1') writeFileSync(url, withShown(text, shown))
    else assert.equal(page.shown, shown, 'npm run golden writes it anew')
  })
}

function sources(): { file: string; text: string }[] {
  return readdirSync(SRC, { recursive: true })
    .map(String)
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map(file => ({ file, text: readFileSync(SRC + file, 'utf8') }))
}

function codesIn({ file, text }: { file: string; text: string }): string[] {
  const either = file.endsWith('errors.ts') ? [...text.matchAll(EITHER)] : []
  return [...text.matchAll(CODE), ...either].flatMap(m => m[1] ?? m[2] ?? [])
}

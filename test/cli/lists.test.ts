import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { klew } from '../support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'klew-lists-'))
after(() => rmSync(folder, { recursive: true }))
const library = join(folder, 'library.stp')
writeFileSync(
  library,
  `function mine:long (a:long, b:string) { return a }
  function _hidden () { println("x") }
  private function own () { println("x") }
  probe mine.open = begin, end ? { x = 1 }`,
)

test('--dump-functions and --dump-probe-aliases list what a folder brings', async () => {
  const functions = await klew(['--dump-functions', '-I', folder])
  assert.equal(functions.status, 0)
  assert.match(functions.stdout, /^mine:long \(a:long, b:string\)$/m)
  assert.match(functions.stdout, /^strlen:long \(s:string\)/m)
  assert.doesNotMatch(functions.stdout, /_hidden|^own/m)
  const all = await klew(['--dump-functions', '-v', '-I', folder])
  assert.match(all.stdout, /^_hidden:/m)
  const aliases = await klew(['--dump-probe-aliases', '-I', folder])
  assert.match(aliases.stdout, /^mine\.open = begin, end\?$/m)
})

test('--dump-probe-types lists the kinds of points, sorted, also as JSON', async () => {
  const { status, stdout } = await klew(['--dump-probe-types'])
  assert.equal(status, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.deepEqual(lines, [...lines].sort())
  for (const line of ['begin', 'kernel.function(string)', 'timer.s(number)']) {
    assert.ok(lines.includes(line), line)
  }
  const json = await klew(['--dump-probe-types', '--json'])
  assert.match(json.stdout, /^\{"type":"probe-type","text":"begin"\}$/m)
})

test('fmt: prints, checks and writes', async () => {
  const file = join(folder, 'ugly.stp')
  writeFileSync(file, 'probe begin{x=1;println( x )}')
  const neat = await klew(['fmt', file])
  assert.equal(neat.status, 0)
  assert.match(neat.stdout, /^probe begin \{?$/m)
  assert.deepEqual(await klew(['fmt', '-'], { input: 'probe begin{x=1;println( x )}' }), neat)
  const before = await klew(['fmt', '--check', file])
  assert.deepEqual([before.status, before.stdout], [1, `${file}\n`])
  assert.deepEqual(await klew(['fmt', '-w', file]), { status: 0, stdout: '', stderr: '' })
  assert.equal(readFileSync(file, 'utf8'), neat.stdout)
  assert.deepEqual(await klew(['fmt', '--check', file]), { status: 0, stdout: '', stderr: '' })
})

test('fmt: a script with errors is left alone, and told', async () => {
  const file = join(folder, 'wrong.stp')
  writeFileSync(file, 'probe begin { x = }')
  const { status, stderr } = await klew(['fmt', '-w', file])
  assert.equal(status, 1)
  assert.match(stderr, /^parse error: /)
  assert.equal(readFileSync(file, 'utf8'), 'probe begin { x = }')
})

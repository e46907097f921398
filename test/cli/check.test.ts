import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { klew } from '../support/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'klew-check-'))
after(() => rmSync(folder, { recursive: true }))

write('right.stp', 'probe begin { println("a") exit() }')
write('wrong.stp', 'probe begin { println(nosuch(1)) }')
write('more/broken.stp', 'probe begin { x = }')
write('more/other.txt', 'this is no script')
write('tapset/mine.stp', 'function mine:long () { return 5 }')
write('tapset/mine.stpm', '@define five %( 5 %)')

function write(file: string, text: string): void {
  mkdirSync(join(folder, file, '..'), { recursive: true })
  writeFileSync(join(folder, file), text)
}

test('check: a script that is right says nothing and ends with 0', async () => {
  const result = await klew(['check', 'right.stp'], { cwd: folder })
  assert.deepEqual(result, { status: 0, stdout: '', stderr: '' })
})

test('check: all mistakes of several files and of those in a folder come out of one run', async () => {
  const { status, stdout, stderr } = await klew(['check', 'right.stp', 'wrong.stp', 'more'], {
    cwd: folder,
  })
  assert.deepEqual([status, stdout], [1, ''])
  assert.match(
    stderr,
    /^semantic error: .*identifier 'nosuch' at wrong\.stp:1:23 \[unknown-function\]$/m,
  )
  assert.match(stderr, /^ {5}saw: operator '\}' at more\/broken\.stp:1:19$/m)
  assert.match(stderr, /^3 scripts checked, 2 with errors$/m)
})

test('check: reads standard input, and gives scripts their arguments', async () => {
  const script = 'probe begin { println(@1, $2) exit() }'
  const right = await klew(['check', '-', '--', 'a', '5'], { input: script })
  assert.deepEqual(right, { status: 0, stdout: '', stderr: '' })
  const wrong = await klew(['check', '-', '--', 'a'], { input: script })
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /at <stdin>:1:\d+$/m)
})

test('check: -I brings functions and macros of a folder', async () => {
  const args = ['check', '-e', 'probe begin { println(mine() + @five) exit() }']
  assert.equal((await klew(args, { cwd: folder })).status, 1)
  const result = await klew([...args, '-I', 'tapset'], { cwd: folder })
  assert.deepEqual(result, { status: 0, stdout: '', stderr: '' })
})

test('check: a text of -E is checked with each script', async () => {
  const args = [
    'check',
    '-e',
    'probe begin { println(f()) exit() }',
    '-E',
    'function f() { return 1 }',
  ]
  assert.deepEqual(await klew(args), { status: 0, stdout: '', stderr: '' })
})

test('check: what is no option of it, and nothing to check, are mistakes in the command', async () => {
  for (const args of [[], ['-c', 'true', '-'], ['tapset/..', '--frob']]) {
    const { status, stderr } = await klew(['check', ...args], { cwd: folder })
    assert.equal(status, 2, args.join(' '))
    assert.match(stderr, /^klew: /)
  }
})

test('--json: a line for each message, between a header and a summary', async () => {
  const script = 'probe begin { println(nosuch(1)) }'
  for (const args of [
    ['check', '--json', '-e', script],
    ['--json', '-p2', '-e', script],
  ]) {
    const { status, stdout, stderr } = await klew(args)
    assert.deepEqual([status, stderr], [1, ''])
    const [header, message, summary, ...rest] = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual([header.type, header.schema], ['header', 1])
    assert.deepEqual(
      [message.type, message.severity, message.code, message.stage, message.file, message.line],
      ['diagnostic', 'error', 'unknown-function', 'semantic', '<input>', 1],
    )
    assert.deepEqual(message.column, 23)
    assert.deepEqual(message.end, { line: 1, column: 29 })
    assert.deepEqual(summary, { type: 'summary', errors: 1, warnings: 0, exit: 1 })
    assert.deepEqual(rest, [])
  }
})

test('--json: a line for each probe point of a list', async () => {
  const { status, stdout } = await klew(['-l', 'begin', '--json'])
  assert.equal(status, 0)
  assert.match(stdout, /^\{"type":"point","point":"begin"\}$/m)
})

test('explain: the page of a message, as it is copied, and the list of all', async () => {
  const page = await klew(['explain', '[unknown-function]'])
  assert.equal(page.status, 0)
  assert.match(page.stdout, /^# unknown-function\n\n/)
  const list = await klew(['explain'])
  assert.equal(list.status, 0)
  assert.match(list.stdout, /^unknown-function +A function is called /m)
})

test('-E: scripts beside the main one run with it', async () => {
  const args = ['-E', 'probe end { println("end ", f()) }', '-E', 'function f() { return 7 }']
  const result = await klew([...args, '-e', 'probe begin { println("begin ", f()) exit() }'])
  assert.deepEqual(result, { status: 0, stdout: 'begin 7\nend 7\n', stderr: '' })
})

test('an argument that one of several scripts uses is used', async () => {
  const result = await klew([
    '-p1',
    '-E',
    'probe end { println(@1) }',
    '-e',
    'probe begin {}',
    'x',
    'y',
  ])
  assert.equal(result.stderr, 'WARNING: unused command line option $2/@2 [unused-argument]\n')
})

test('SYSTEMTAP_COLORS colours messages, and nothing does without a terminal', async () => {
  const args = ['-p1', '-e', 'probe begin {']
  const env = { SYSTEMTAP_COLORS: 'error=35' }
  const plain = await klew(args, { env })
  assert.ok(!plain.stderr.includes('\x1b'))
  const colored = await klew(['--color=always', ...args], { env })
  assert.ok(colored.stderr.startsWith('\x1b[35mparse error:\x1b[0m'))
  const off = await klew(['--color=always', ...args], { env: { SYSTEMTAP_COLORS: '' } })
  assert.ok(!off.stderr.includes('\x1b'))
})

test('--no-global-var-display keeps globals from being listed at the end', async () => {
  const script = ['-e', 'global n probe begin { n = 5 exit() }']
  assert.equal((await klew(script)).stdout, 'n=5\n')
  assert.equal((await klew(['--no-global-var-display', ...script])).stdout, '')
})

test('check: a file that is missing is told, and the others are checked', async () => {
  const text = await klew(['check', 'none.stp', 'wrong.stp'], { cwd: folder })
  assert.equal(text.status, 2)
  assert.match(text.stderr, /^ERROR: input file 'none\.stp' is missing$/m)
  assert.match(text.stderr, /^semantic error: .*'nosuch' at wrong\.stp/m)
  assert.match(text.stderr, /^1 script checked, 1 with errors$/m)
  const json = await klew(['check', '--json', 'none.stp', 'wrong.stp'], { cwd: folder })
  assert.match(json.stdout, /"type":"error","file":"none\.stp"/)
  assert.match(json.stdout, /"type":"summary","errors":2,.*"exit":2\}\n$/)
})

test('a command that comes behind options, or is misspelt, is told', async () => {
  const behind = await klew(['-w', 'check', 'right.stp'], { cwd: folder })
  assert.equal(behind.status, 2)
  assert.match(behind.stderr, /a command comes first: klew check/)
  const misspelt = await klew(['chekc', 'right.stp'], { cwd: folder })
  assert.match(misspelt.stderr, /'chekc' is missing\n {2}did you mean: klew check/)
})

test('--help behind a command is about it', async () => {
  for (const command of ['check', 'fmt', 'explain', 'vm', 'send']) {
    const { status, stdout } = await klew([command, '--help'])
    assert.deepEqual([command, status], [command, 0])
    assert.equal(stdout, (await klew(['help', command])).stdout)
  }
})

test('fmt: a folder stands for the scripts in it', async () => {
  const { status, stdout } = await klew(['fmt', '--check', 'tapset'], { cwd: folder })
  assert.deepEqual([status, stdout], [1, 'tapset/mine.stp\n'])
})

test('check: a file of -I that cannot be read is warned about', async () => {
  write('broken-tapset/b.stp', 'function broken( {')
  const args = ['-I', 'broken-tapset', '-p2', '-e', 'probe begin { println(1) }']
  const { status, stderr } = await klew(args, { cwd: folder })
  assert.equal(status, 0)
  assert.match(
    stderr,
    /^WARNING: tapset ".*broken-tapset\/b\.stp" has errors: .* \[tapset-errors\]$/m,
  )
  const checked = await klew(['check', '-I', 'broken-tapset', 'right.stp'], { cwd: folder })
  assert.equal(checked.status, 0)
  assert.match(checked.stderr, /\[tapset-errors\]$/m)
  assert.equal((await klew(['-w', ...args], { cwd: folder })).stderr, '')
})

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { commandScript, guestConfig, INIT, MODPROBE_WRAPPER, quote } from './init.ts'

/** What a shell prints for a script. */
function shell(script: string): string {
  return spawnSync('/bin/sh', ['-s'], { input: script, env: {} }).stdout.toString()
}

test('the scripts of the guest are read by a shell', () => {
  for (const script of [INIT, MODPROBE_WRAPPER]) {
    const { status, stderr } = spawnSync('/bin/sh', ['-n'], { input: script })
    assert.equal(stderr.toString(), '')
    assert.equal(status, 0)
  }
})

const words = ['plain', '', "it's", '"$HOME" `x` \\ *', 'two\nlines', "''"]
for (const word of words) {
  test(`quote: a shell reads ${JSON.stringify(word)} back as it is`, () => {
    assert.equal(shell(`printf %s ${quote(word)}`), word)
  })
}

test('a command runs in its folder, with its environment, its words kept', () => {
  const command = ['/bin/sh', '-c', 'echo "$1|$2|$A|$PWD"', 'sh', 'a  b', "c'd"]
  assert.equal(shell(commandScript(command, '/usr', { A: "x 'y'" })), "a  b|c'd|x 'y'|/usr\n")
})

test('a folder that the guest does not have is replaced by the root', () => {
  assert.equal(shell(commandScript(['pwd'], '/no/such/folder', {})), '/\n')
})

test('variables whose names a shell cannot set are left out', () => {
  const env = { 'BASH_FUNC_x%%': '() { :; }', GONE: undefined, OK: '1' }
  assert.ok(!/BASH_FUNC|GONE/.test(commandScript(['true'], '/', env)))
  assert.match(commandScript(['true'], '/', env), /^export OK='1'$/m)
})

test('the configuration gives each of its variables', () => {
  const run = {
    release: '6.1',
    ownTree: true,
    outDir: "/a b'c",
    terminal: { rows: 24, columns: 80 },
  }
  const print = 'echo "$RELEASE|$TREE|$OUT|$TERMINAL|$ROWS|$COLUMNS"'
  assert.equal(shell(guestConfig(run) + print), "6.1|1|/a b'c|1|24|80\n")
  assert.equal(shell(guestConfig({ release: '6.1', ownTree: false }) + print), '6.1||||0|0\n')
})

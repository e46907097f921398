import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { KLEW, klew } from '../support/cli.ts'
import { matchGolden } from '../support/golden.ts'

// Messages that depend on nothing but the command line: the whole text is held.
const cases: readonly (readonly [name: string, ...args: string[]])[] = [
  ['a syntax error', '-e', 'probe begin { x = ( }'],
  ['two errors in one run', '-e', 'probe begin { x = ; y = 1 + } probe end { z ( }'],
  ['an unknown function', '-e', 'probe begin { println(strln("a")) exit() }'],
  ['a clash of types', '-e', 'probe begin { s = "a"; s = 3; println(s) }'],
  ['a wrong type in a format', '-e', 'probe begin { printf("%d\\n", "a") }'],
  ['too few arguments for a format', '-e', 'probe begin { printf("%d %d\\n", 1) }'],
  ['a missing argument', '-e', 'probe begin { println(@1) exit() }'],
  ['an unused argument', '-e', 'probe begin { exit() }', 'left', 'over'],
  ['an undeclared array', '-e', 'probe begin { a[1] = 2 }'],
  [
    'an array changed while foreach walks it',
    '-e',
    'global a probe end { foreach (k in a) delete a[k] }',
  ],
  ['an unknown probe point', '-e', 'probe nosuch.thing { exit() }'],
  ['a timer out of range', '-e', 'probe timer.s(0) { exit() }'],
  [
    'a construct of a later version',
    '-e',
    'probe procfs.read { $value = "x" } probe procfs.write { print($value) }',
  ],
  ['an empty script', '-e', ''],
  ['division by zero', '-e', 'probe begin { println(1 / (strlen("") + 0)) }'],
  [
    'an error of the script',
    '-e',
    'probe begin { error("enough") } probe end { println("no") } probe error { println("cleaned") }',
  ],
  [
    'an error in an end probe',
    '-e',
    'probe begin { exit() } probe end { error("late") } probe end(1) { println("no") } probe error { println("cleaned") }',
  ],
  ['a full array', '-e', 'global a[2] probe begin { for (i = 0; i < 5; i++) a[i] = 1 }'],
  ['an unknown option', '--frobnicate'],
  ['an unknown letter', '-Q'],
  ['an option without its value', '-e'],
  ['a bad pass number', '-p', '6', '-e', 'probe begin {}'],
  ['an option of stap that is refused', '-b', '-e', 'probe begin {}'],
  ['a process id that is none', '-x', '1.5', '-e', 'probe begin {}'],
  ['a time that is longer than a timer takes', '-T', '9999999', '-e', 'probe begin {}'],
  ['a frame without a device', 'send', 'packet'],
  ['a frame that is no hex', 'send', 'packet', 'lo', '--hex'],
  ['a guest with too little memory', 'vm', 'run', '--memory', '10', '--', 'true'],
  ['output of a guest to a folder that is not there', '--vm', '-o', '/nosuch/x', '-e', ''],
  ['-c and -x together', '-c', 'true', '-x', '1', '-e', 'probe begin {}'],
  ['no script', '-v'],
  ['two scripts', '-e', 'probe begin {}', '-e', 'probe end {}'],
  ['a limit that is none', '-D', '1x', '-e', 'probe begin {}'],
  ['a folder of the library that is not there', '-I', '/nosuch', '-e', 'probe begin {}'],
  ['a value for no global', '-G', 'y=1', '-e', 'global x = 1 probe begin { println(x) }'],
  ['two lists', '-l', 'begin', '--dump-functions'],
  ['a list and a script', '-l', 'begin', '-e', 'probe begin {}'],
  ['an option that is not whole', '--dump'],
  ['an example that is not there', '--example', 'nosuch.stp'],
  ['a message that is not there', 'explain', 'unknown-functio'],
  ['warnings as errors', '-W', '-e', 'probe begin { exit() }', 'left'],
  ['an error in a text beside the script', '-E', 'probe end { foo( }', '-e', 'probe begin {}'],
  ['a script of nothing but remarks', '-e', '# nothing'],
  ['a file that is not there', 'nosuch.stp'],
  ['a folder for a script', '/'],
  ['a command of a later version', 'follow', 'icmp'],
]

test('bad input gives one clear message and its exit code', async () => {
  const texts: string[] = []
  for (const [name, ...args] of cases) {
    const { status, stdout, stderr } = await klew(args)
    assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+\)?$/m, `${name}: a stack trace`)
    texts.push(`# ${name}: ${status}\n${stdout}${stderr}`)
  }
  matchGolden('cli/errors.txt', texts.join('\n'))
})

test('without permission the message says what is needed, and the status is 3', async t => {
  if (process.getuid?.() !== 0) return t.skip('already without permission')
  const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
  const env = { HOME: '/nonexistent', XDG_CACHE_HOME: '' }
  const [setpriv = '', ...options] = prefix
  const readable = spawnSync(setpriv, [...options, 'test', '-r', KLEW]).status === 0
  if (!readable) return t.skip('the folder of the project is closed to other users')
  const { status, stderr } = await klew(
    ['-e', 'probe kernel.trace("sched:sched_switch") { println("x") }'],
    { prefix, env },
  )
  assert.equal(status, 3)
  assert.match(stderr, /root, or the capabilities CAP_BPF and CAP_PERFMON/)
  const begin = await klew(['-e', 'probe begin { println("x") exit() }'], { prefix, env })
  assert.deepEqual(begin, { status: 0, stdout: 'x\n', stderr: '' })
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type CliResult, KLEW, klew } from '../support/cli.ts'
import { needs } from '../support/needs.ts'

// Options that say how a script runs: whole runs, with and without probes in this kernel.

const folder = mkdtempSync(join(tmpdir(), 'run-options-'))
after(() => rmSync(folder, { recursive: true }))

const ran = (stdout: string): CliResult => ({ status: 0, stdout, stderr: '' })

// --- -G

test('-G: globals start with what the command line says', async () => {
  const script = 'global n = 1, s = "a", z probe begin { printf("%d %s %d", n, s, z--) exit() }'
  assert.deepEqual(
    await klew(['-G', 'n=-0x10', '-Gs=a.b-c', '-Gz=010', '-e', script]),
    ran('-16 a.b-c 8'),
  )
})

test('-G: a longer text than any in the script is whole in the kernel too', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `global s = "a", n = 100
    probe kernel.trace("sched:sched_switch") { if (--n >= 0) println(s) else exit() }`
  const { status, stdout } = await klew([
    '-G',
    's=much.longer.than.that',
    '-G',
    'n=2',
    '-e',
    script,
  ])
  assert.deepEqual([status, stdout], [0, 'much.longer.than.that\n'.repeat(2)])
})

test('-G: a global that nothing uses may have any value', async () => {
  const script = 'global unused probe begin { println("on") exit() }'
  assert.deepEqual(await klew(['-G', 'unused=x', '-e', script]), ran('on\n'))
})

const wrongGlobals: [what: string, given: string, message: RegExp][] = [
  ['no global', 'mots=1', /no global 'mots' \(similar: most\)\n.*can be set: most, word\n/],
  ['a text for a number', 'most=x', /'most' is a number/],
  ['a number of more than 64 bits', 'most=0x10000000000000000', /64 bits/],
  ['a number with other digits', 'most=08', /'most' is a number/],
  ['an array', 'a=1', /'a' is an array/],
  ['a statistic', 'st=1', /'st' is a statistic/],
]
test('-G: what cannot be is a mistake in the command', async () => {
  const script = `global most = 3, word = "w", a, st
    probe begin { a[most] = 1; st <<< a[1]; println(word, @count(st)) }`
  for (const [what, given, message] of wrongGlobals) {
    const { status, stderr } = await klew(['-G', given, '-e', script])
    assert.equal(status, 2, what)
    assert.match(stderr, message, what)
  }
})

// --- -D

test('-DMAXMAPENTRIES: what an array holds, unless its declaration says so', async t => {
  const script = (point: string): string => `global a, b[3]
    probe ${point} { b[1] = b[2] = b[3] = 1; a[1] = 1; a[2] = 2; a[3] = 3; exit() }
    probe error { println("full") }`
  const args = ['-DMAXMAPENTRIES=2', '--no-global-var-display', '-e']
  const outside = await klew([...args, script('begin')])
  assert.deepEqual([outside.status, outside.stdout], [1, 'full\n'])
  assert.match(outside.stderr, /^ERROR: Array overflow, .* near identifier 'a' /m)
  assert.deepEqual(await klew(['-DMAXMAPENTRIES=3', ...args.slice(1), script('begin')]), ran(''))
  if (needs(t, '5.8') === undefined) return
  const inside = await klew([...args, script('kernel.trace("sched:sched_switch")')])
  assert.match(inside.stderr, /^ERROR: Array overflow, .* near identifier 'a' /m)
})

test('-DMAXERRORS: so many errors are survived, in the kernel and outside', async t => {
  const outside = (name: string): Promise<CliResult> =>
    klew([
      name,
      '-e',
      'probe begin, begin { error("ouch") } probe end { println("end") exit() } probe begin { exit() }',
    ])
  const survived = await outside('-DMAXERRORS=2')
  assert.deepEqual([survived.status, survived.stdout], [0, 'end\n'])
  const failed = await outside('-DMAXERRORS=1')
  assert.deepEqual([failed.status, failed.stdout], [1, ''])
  if (needs(t, '5.8') === undefined) return
  const script = `global n, zero probe kernel.trace("sched:sched_switch") { n++; println(1 / zero) }
    probe error { println(n > 5 ? "late" : "early") } probe begin { zero = 0 }`
  const inside = await klew(['-DMAXERRORS=5', '-e', script])
  assert.deepEqual([inside.status, inside.stdout], [1, 'late\n'])
})

test('-D: what has no effect is told, if a script could run into it', async () => {
  const args = ['-DMAXSTRINGLEN=1024', '-DMAXTRYLOCK=5', '-DMINE', '-e', 'probe begin { exit() }']
  const { status, stderr } = await klew(args)
  assert.deepEqual(
    [status, stderr],
    [0, 'WARNING: -D MAXSTRINGLEN=1024 has no effect: a string holds 511 bytes\n'],
  )
})

// --- --suppress-handler-errors

test('--suppress-handler-errors: errors are counted, and the script goes on', async t => {
  const args = ['--suppress-handler-errors', '-e']
  const script = `probe begin { error("first") } probe begin { println("next") exit() }
    probe end { error("last") } probe error { println("no") }`
  const count = 'WARNING: Number of errors: 2, skipped probes: 0\n'
  assert.deepEqual(await klew([...args, script]), { ...ran('next\n'), stderr: count })
  if (needs(t, '5.8') === undefined) return
  const inKernel = `global zero, n probe begin { zero = 0 } probe end { println(n > 20) }
    probe kernel.trace("sched:sched_switch") { if (n++ > 20) exit(); println(1 / zero) }`
  const { status, stdout, stderr } = await klew([...args, inKernel])
  assert.deepEqual([status, stdout], [0, '1\n'])
  assert.match(stderr, /^WARNING: Number of errors: \d\d+, skipped probes: 0\n$/)
})

// --- -o, -S, SIGUSR2

test('-o: the time may stand in the name of the file', async () => {
  const script = 'probe begin { println("in") exit() }'
  assert.deepEqual(await klew(['-o', join(folder, 'at-%Y%%'), '-e', script]), ran(''))
  const [name = ''] = readdirSync(folder).filter(f => f.startsWith('at-'))
  assert.match(name, /^at-20\d\d%$/)
  assert.equal(readFileSync(join(folder, name), 'utf8'), 'in\n')
})

test('-S: files of that size, of which the newest stay', async () => {
  const script = 'probe begin { for (i = 0; i < 50000; i++) printf("%059d\\n", i) exit() }'
  assert.deepEqual(await klew(['-S', '1,2', '-o', join(folder, 'big'), '-e', script]), ran(''))
  assert.deepEqual(filesOf('big'), ['big.1', 'big.2'])
  const text = readFileSync(join(folder, 'big.2'), 'latin1')
  assert.ok(text.endsWith(`${String(49999).padStart(59, '0')}\n`))
  const before = readFileSync(join(folder, 'big.1'), 'latin1')
  assert.ok(before.length <= 2 ** 20 && before.length > 2 ** 20 - 60, `${before.length}`)
  // Each line is whole, and in one of them.
  const [last, first] = [before.slice(-60), text.slice(0, 60)].map(Number)
  assert.equal(first, (last ?? 0) + 1)
})

test('SIGUSR2: output goes on in the next file', async () => {
  const script = `global n probe timer.ms(100) { println(n++) } probe end { println("end") }`
  const result = await klew(['-o', join(folder, 'next'), '-T', '3', '-e', script], {
    started: async pid => {
      await wait(1500)
      process.kill(pid, 'SIGUSR2')
    },
  })
  assert.deepEqual(result, ran(''))
  assert.deepEqual(filesOf('next'), ['next', 'next.1'])
  const [one = '', two = ''] = filesOf('next').map(f => readFileSync(join(folder, f), 'utf8'))
  const lines = `${one}${two}`.trimEnd().split('\n')
  assert.deepEqual(
    lines,
    [...lines.keys()].map(i => (i === lines.length - 1 ? 'end' : `${i}`)),
  )
  assert.ok(one.startsWith('0\n') && two.endsWith('end\n'), one)
})

// --- -F

test('-F: goes on in the background, and says by which process', async () => {
  const file = join(folder, 'flight')
  const script = 'probe timer.ms(50) { println("tick") } probe end { println("end") error("late") }'
  const { status, stdout, stderr } = await klew(['-F', '-o', file, '-e', script])
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /^\d+\n$/)
  const pid = Number(stdout)
  await wait(500)
  process.kill(pid, 'SIGTERM')
  for (let i = 0; i < 50 && isRunning(pid); i++) await wait(100)
  assert.match(readFileSync(file, 'utf8'), /^(tick\n)+end\n$/)
  assert.match(readFileSync(`${file}.err`, 'utf8'), /^ERROR: late\nWARNING: Number of errors: 1/)
})

test('-F: what goes wrong before the script runs is told at once', async () => {
  const file = join(folder, 'no-flight')
  const wrong = await klew(['-F', '-o', file, '-e', 'probe begin { nosuch() }'])
  assert.deepEqual([wrong.status, wrong.stdout], [1, ''])
  assert.match(wrong.stderr, /unresolved function 'nosuch'/)
  assert.deepEqual(await klew(['-F', '-o', file, '-e', 'probe begin { exit() }']), ran(''))
})

// --- -t

test('-t: tells how often each probe ran, and how long', async t => {
  const own = 'probe begin { println("b") } probe timer.ms(50) { if (++n == 3) exit() }'
  const outside = await klew(['-t', '-e', `global n ${own}`])
  assert.deepEqual([outside.status, outside.stdout], [0, 'b\n'])
  assert.match(
    outside.stderr,
    /^----- probe hit report:\nbegin, \(<input>:1:16\), hits: 1, ns: \d+min\/\d+avg\/\d+max, index: 0\ntimer\.ms\(50\), \(.*\), hits: 3, /,
  )
  if (needs(t, '5.8') === undefined) return
  const script = `global n probe kernel.trace("sched:sched_switch") { if (++n == 20) exit() }
    probe kernel.trace("sched:sched_process_hang") { n++ }`
  const { stderr } = await klew(['-t', '--no-global-var-display', '-e', script])
  const [, hits, average] =
    /^kernel\.trace\("sched:sched_switch"\), .* hits: (\d+), ns: (\d+)avg, index: 0$/m.exec(
      stderr,
    ) ?? []
  assert.ok(Number(hits) >= 20 && Number(average) > 0, stderr)
  assert.doesNotMatch(stderr, /sched_process_hang/)
})

// --- --monitor

test('--monitor: a screen with keys, on a terminal only', async t => {
  const script = `global n probe timer.ms(50) { n++ } probe begin { println("hello") }`
  const { status, stderr } = await klew(['--monitor', '-e', script])
  assert.equal(status, 2)
  assert.match(stderr, /^klew: --monitor needs a terminal/)
  if (!existsSync('/usr/bin/script')) return t.skip('needs script(1)')
  const command = [process.execPath, KLEW, '--monitor=0.1', '-e', script]
    .map(w => `'${w}'`)
    .join(' ')
  const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'])
  t.after(() => child.kill('SIGKILL'))
  let screen = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
  })
  for (let i = 0; i < 100 && !/timer\.ms\(50\)/.test(screen); i++) await wait(100)
  child.stdin.write('p')
  for (let i = 0; i < 100 && !/paused/.test(screen); i++) await wait(100)
  child.stdin.write('q')
  const [code] = await Promise.race([once(child, 'exit'), wait(10_000, ['held up'])])
  assert.equal(code, 0, screen)
  assert.match(screen, /klew -e: running, up 0:00:0\d, sorted by index/)
  assert.match(screen, /klew -e: paused/)
  assert.match(screen, /\nn=\d+/)
  // What was printed is there when the screen is gone.
  assert.match(screen, /1049lhello\r?\n/)
})

// --- --json

test('--json: a run as objects, a line each: output, messages, and the end', async t => {
  const script = `probe begin { print("one\\n\\377") warn("careful") error("ouch") }
    probe error { println("cleaned") }`
  const { status, stdout, stderr } = await klew(['--json', '-e', script])
  assert.deepEqual([status, stderr], [1, ''])
  const [header, ...objects] = objectsOf(stdout)
  assert.deepEqual([header?.['type'], header?.['schema']], ['header', 1])
  assert.deepEqual(objects, [
    { type: 'output', probe: 'begin', text: 'one\n\udcff' },
    { type: 'warning', text: 'careful' },
    { type: 'error', probe: 'begin', text: 'ouch' },
    { type: 'output', probe: 'error', text: 'cleaned\n' },
    { type: 'warning', text: 'Number of errors: 1, skipped probes: 0' },
    { type: 'summary', errors: 1, warnings: 2, handlerErrors: 1, skipped: 0, lost: 0, exit: 1 },
  ])
  if (needs(t, '5.8') === undefined) return
  const kernel = `global n probe kernel.trace("sched:sched_switch") { if (n++ < 2) printf("%d;", n) else exit() }`
  const inside = await klew(['--json', '-o', join(folder, 'objects'), '-e', kernel])
  assert.deepEqual(inside, ran(''))
  const kinds = objectsOf(readFileSync(join(folder, 'objects'), 'utf8'))
  const probe = 'kernel.trace("sched:sched_switch")'
  assert.deepEqual(
    kinds.slice(1, -1),
    ['1;', '2;'].map(text => ({ type: 'output', probe, text })),
  )
  assert.deepEqual([kinds[0]?.['type'], kinds.at(-1)?.['type']], ['header', 'summary'])
})

function objectsOf(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

function filesOf(prefix: string): string[] {
  return readdirSync(folder)
    .filter(name => name.startsWith(prefix))
    .sort()
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type CliResult, KLEW, klew } from '../support/cli.ts'
import { needs } from '../support/needs.ts'

// Probes of files and of what is typed: whole runs, with cat and echo as their users.

const ROOT = process.getuid?.() === 0
const BASE = ROOT ? '/run/klew' : join(process.env['XDG_RUNTIME_DIR'] ?? '/run', 'klew')
const ran = (stdout: string): CliResult => ({ status: 0, stdout, stderr: '' })

let runs = 0

interface Serving {
  readonly folder: string
  readonly pid: number
  readonly result: Promise<CliResult>
}

/** Starts a script that serves files, and waits for the folder. */
async function serve(script: string, ...options: string[]): Promise<Serving> {
  const name = `test_${process.pid}_${runs++}`
  const folder = join(BASE, name)
  let pid = 0
  const result = klew(
    [...options, '-m', name, '-e', `${script} probe procfs("quit").write { exit() }`],
    {
      started: started => {
        pid = started
      },
    },
  )
  // Once a file is there, its pipe holds what is written till klew takes it.
  while (!existsSync(join(folder, 'quit'))) await wait(10)
  return { folder, pid, result }
}

/** What a shell prints that runs this in the folder. */
function shell({ folder }: Serving, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', command], { cwd: folder }, (error, stdout) => {
      if (error) reject(error)
      else resolve(stdout)
    })
  })
}

test('procfs: each reader gets what the handler gives then', async () => {
  const serving = await serve(`global n
    probe procfs("count").read { $value = sprintf("%d", ++n); $value .= "\\n" }
    probe procfs.read { if (n > 2) $value = "many" }`)
  assert.equal(
    await shell(serving, 'cat count count; cat command; cat count command'),
    '1\n2\n3\nmany',
  )
  await shell(serving, 'echo >quit')
  assert.deepEqual(await serving.result, ran(''))
  assert.equal(existsSync(serving.folder), false)
})

test('procfs: a line that is written is a value, and so is the rest at the end', async () => {
  const serving = await serve(`probe procfs("a/b").write { printf("[%s]", $value) }`)
  await shell(
    serving,
    'echo 1 >a/b; echo 2 >a/b; printf "3\\n4" >a/b; sleep 0.3; printf 5 >a/b; : >a/b; echo >quit',
  )
  assert.deepEqual(await serving.result, ran('[1\n][2\n][3\n][4][5]'))
})

test('procfs: a buffer is as large as maxsize says, and else as a string', async () => {
  const fill = '{ for (i = 0; i < 30000; i++) $value .= "123456789\\n" }'
  const serving = await serve(`probe procfs("usual").read ${fill}
    probe procfs("small").read.maxsize(5) ${fill}
    probe procfs("large").read.maxsize(200001) ${fill}`)
  const sizes = await shell(
    serving,
    'for f in usual small large; do cat $f | wc -c; done; cat small; echo >quit',
  )
  assert.equal(sizes, '511\n4\n200000\n1234')
  assert.equal((await serving.result).status, 0)
})

test('procfs: permissions are those that the umask leaves', async () => {
  const serving = await serve(`probe procfs("r").read { $value = "" }
    probe procfs("ru").umask(0040).read { $value = "" }
    probe procfs("wu").umask(0022).write { print($value) }`)
  const modes = ['r', 'ru', 'quit', 'wu'].map(f =>
    (statSync(join(serving.folder, f)).mode & 0o777).toString(8),
  )
  assert.deepEqual(modes, ['400', '404', '200', '200'])
  await shell(serving, 'echo >quit')
  await serving.result
})

test('procfs: handlers share globals with timers, and one that fails ends the script', async () => {
  const serving = await serve(`global ticks
    probe timer.ms(1) { ticks++ }
    probe procfs("ticks").read { $value = ticks > 0 ? "on" : "off"; $value .= sprint(1 / (ticks - ticks)) }
    probe end { print("end") } probe error { print("error") }`)
  await wait(200)
  assert.equal(await shell(serving, 'cat ticks'), 'on')
  const { status, stdout, stderr } = await serving.result
  assert.deepEqual([status, stdout], [1, 'error'])
  assert.match(stderr, /^ERROR: division by 0 near operator '\/' at <input>:3:/)
  assert.equal(existsSync(serving.folder), false)
})

test('procfs: what probes in the kernel count is read and set outside', async t => {
  if (needs(t, '5.8') === undefined) return
  const serving = await serve(`global n, on = 1
    probe kernel.trace("sched:sched_switch") { if (on) n++ }
    probe procfs("n").read { $value = sprint(n > 0) }
    probe procfs("on").write { on = strtol($value, 10); n = 0 }`)
  await wait(500)
  const shown = await shell(serving, 'cat n; echo 0 >on; sleep 0.2; cat n; echo >quit')
  assert.equal(shown, '10')
  assert.deepEqual(await serving.result, ran(''))
})

test('procfs: ^C and SIGTERM take the files away, and a waiting reader sees the end', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const serving = await serve('probe procfs("r").read { $value = "x" }')
    process.kill(serving.pid, signal)
    assert.deepEqual(await serving.result, ran(''))
    assert.equal(existsSync(serving.folder), false, signal)
  }
})

test('procfs: files of a killed run go when the next one starts', async () => {
  const killed = await serve('probe procfs("r").read { $value = "x" }')
  process.kill(killed.pid, 'SIGKILL')
  await killed.result
  assert.equal(existsSync(killed.folder), true)
  const next = await serve('')
  assert.equal(existsSync(killed.folder), false)
  await shell(next, 'echo >quit')
  await next.result
})

test('procfs: a folder that another run has is refused, and -v says where it is', async () => {
  const serving = await serve('', '--vp', '00001')
  const name = serving.folder.slice(BASE.length + 1)
  const second = await klew(['-m', name, '-e', 'probe procfs.write { print($value) }'])
  assert.equal(second.status, 3)
  assert.match(second.stderr, /process \d+ serves some by the same name; -m NAME gives another/)
  await shell(serving, 'echo >quit')
  const { stderr } = await serving.result
  assert.ok(stderr.includes(`Files of procfs probes are in ${serving.folder}\n`), stderr)
})

test('procfs: a script that has none makes no folder', async () => {
  assert.deepEqual(await klew(['-m', 'test_none', '-e', 'probe begin { exit() }']), ran(''))
  assert.equal(existsSync(join(BASE, 'test_none')), false)
})

const INPUT = `probe input.char { printf("[%s]", char); if (char == "q") exit() }
  probe input.line { printf("{%s}", line) }`

test('input: characters and lines of standard input, until exit()', async () => {
  const result = await klew(['-e', INPUT], { input: 'a\nbqc\n' })
  assert.deepEqual(result, ran('[a][\n]{a\n}[b][q]'))
})

test('input: its end ends nothing, and gives the last line', async () => {
  const script =
    'probe input.line { printf("{%s}", line) } probe timer.ms(300) { print("on") exit() }'
  assert.deepEqual(await klew(['-e', script], { input: 'a\nb' }), ran('{a\n}{b}on'))
})

test('input: there is none when the script was', async () => {
  const script = `${INPUT} probe timer.ms(200) { print("on") exit() }`
  assert.deepEqual(await klew(['-'], { input: script }), ran('on'))
})

test('input: a script without such probes leaves it to others', () => {
  const command = `"${process.execPath}" "${KLEW}" -e 'probe begin { exit() }'; cat`
  const { stdout } = spawnSync('/bin/sh', ['-c', command], { input: 'left\n', encoding: 'utf8' })
  assert.equal(stdout, 'left\n')
})

test('input: a terminal gives keys without echo, and is as it was afterwards', async t => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('no script(1), which makes a terminal')
    return
  }
  const modes = `stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(icanon|echo|isig)' | tr '\\n' ' '`
  const log = join(tmpdir(), `klew-input-${process.pid}`)
  t.after(() => rmSync(log, { force: true }))
  const runs = `"${process.execPath}" "${KLEW}" -v -e '${INPUT}' 2>${log}`
  const run = `trap : INT; ${modes}; ${runs}; echo; ${modes}`
  // What is typed before the script runs is echoed.
  const started = `until grep -q starting ${log}; do sleep 0.1; done; sleep 0.5`
  for (const [keys, shown] of [
    ["printf 'ab\\nq'", '[a][b][\n]{ab\n}[q]'],
    // The terminal drops what is unread when it sees ^C.
    ["printf ab; sleep 0.5; printf '\\003'", '[a][b]'],
  ] as const) {
    rmSync(log, { force: true })
    const typed = `(${started}; ${keys}; sleep 0.5) | script -qec "$0" /dev/null`
    const { stdout } = spawnSync('/bin/sh', ['-c', typed, run], { encoding: 'utf8' })
    const whole = stdout.replaceAll('\r', '')
    assert.equal(whole, `isig icanon echo ${shown}\nisig icanon echo `, keys)
  }
})

test('input: --monitor wants the same keys', async t => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('no script(1), which makes a terminal')
    return
  }
  const command = `"${process.execPath}" "${KLEW}" --monitor -e 'probe input.char { print(char) }'`
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
  })
  assert.equal(status, 2)
  assert.match(stdout, /--monitor takes the keys, which the script wants/)
})

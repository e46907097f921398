import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { klew } from '../support/cli.ts'

test('a script of begin and end runs, prints in order and ends with 0', async () => {
  const script = `global total
    probe begin { for (i = 1; i <= 4; i++) total += i; printf("%d\\n", total); exit() }
    probe end { println("end ", total * 2) }`
  assert.deepEqual(await klew(['-e', script]), { status: 0, stdout: '10\nend 20\n', stderr: '' })
})

test('a script comes from a file, from standard input and from the command line alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'klew-cli-'))
  const file = join(folder, 'hello.stp')
  const text = '#!/usr/bin/env klew\nprobe begin { println("hello ", @1, $2) exit() }\n'
  writeFileSync(file, text)
  try {
    const expected = { status: 0, stdout: 'hello x7\n', stderr: '' }
    assert.deepEqual(await klew([file, 'x', '7']), expected)
    assert.deepEqual(await klew(['run', file, 'x', '7']), expected)
    assert.deepEqual(await klew(['-', 'x', '7'], { input: text }), expected)
    assert.deepEqual(await klew(['-e', text, 'x', '7']), expected)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('bytes of a script that are not UTF-8 are printed as they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'klew-cli-'))
  try {
    const file = join(folder, 'latin1.stp')
    const out = join(folder, 'out')
    writeFileSync(file, Buffer.from('probe begin { print("caf\xe9 \xc3\xa9") exit() }', 'latin1'))
    const { status } = await klew(['-o', out, file])
    assert.equal(status, 0)
    assert.equal(readFileSync(out, 'latin1'), 'caf\xe9 \xc3\xa9')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('arrays keep insertion order, and sort by value or key when asked', async () => {
  const script = `global a
    probe begin { a["x"] = 2 a["y"] = 9 a["b"] = 5; exit() }
    probe end {
      foreach (k in a) printf("%s ", k)
      foreach (k in a-) printf("%s ", k)
      foreach (k+ in a limit 2) printf("%s ", k)
      println("y" in a, "z" in a)
      delete a["y"]; foreach (v = k in a) printf("%s=%d ", k, v)
    }`
  const { status, stdout } = await klew(['-e', script])
  assert.deepEqual({ status, stdout }, { status: 0, stdout: 'x y b y b x b x 10\nx=2 b=5 ' })
})

test('a timer fires until the time is up, and ^C ends like exit()', async () => {
  const script = `global n
    probe timer.ms(50) { n++ }
    probe end { println(n > 2 ? "ticked" : "stuck") }`
  const timed = await klew(['-T', '0.5', '-e', script])
  assert.deepEqual(timed, { status: 0, stdout: 'ticked\n', stderr: '' })
  const interrupted = await klew(['-e', script], {
    started: pid => setTimeout(() => process.kill(pid, 'SIGINT'), 1500),
  })
  assert.deepEqual(interrupted, { status: 0, stdout: 'ticked\n', stderr: '' })
})

test('-c runs a command, target() is its pid, and its failure is told', async () => {
  const script = 'probe end { println(target() > 1 ? "target" : "none") }'
  const fine = await klew(['-c', 'true', '-e', script])
  assert.deepEqual(fine, { status: 0, stdout: 'target\n', stderr: '' })
  const failing = await klew(['-c', 'sh -c "exit 3"', '-e', script])
  assert.equal(failing.stdout, 'target\n')
  assert.equal(failing.status, 1)
  assert.match(failing.stderr, /^WARNING: Child process exited with status 3$/m)
})

test('-o writes the output of the script to a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'klew-cli-'))
  const file = join(folder, 'out')
  try {
    const result = await klew(['-o', file, '-e', 'probe begin { println("kept") exit() }'])
    assert.deepEqual(result, { status: 0, stdout: '', stderr: '' })
    assert.equal(readFileSync(file, 'utf8'), 'kept\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('-v tells every pass with its times', async () => {
  const { status, stderr } = await klew(['-v', '-e', 'probe begin { exit() }'])
  assert.equal(status, 0)
  for (const pass of [1, 2, 3, 4]) {
    assert.match(stderr, new RegExp(`^Pass ${pass}: .* in \\d+usr/\\d+sys/\\d+real ms\\.$`, 'm'))
  }
  assert.match(stderr, /^Pass 5: starting run\.$/m)
  assert.match(stderr, /^Pass 5: run completed in \d+usr\/\d+sys\/\d+real ms\.$/m)
})

test('-p1 to -p4 stop after their pass and run nothing', async () => {
  for (const pass of ['1', '2', '3', '4']) {
    const { status, stdout } = await klew(['-p', pass, '-e', 'probe begin { println("ran") }'])
    assert.equal(status, 0, `-p${pass}`)
    assert.doesNotMatch(stdout, /^ran$/m)
  }
})

test('--version and --help answer on standard output', async () => {
  const version = await klew(['--version'])
  assert.match(version.stdout, /^klew \d+\.\d+\.\d+\n$/)
  for (const ask of [['--help'], ['-h'], ['help']]) {
    const { status, stdout } = await klew(ask)
    assert.equal(status, 0)
    assert.match(stdout, /-c CMD/)
    assert.match(stdout, /klew vm run/)
  }
})

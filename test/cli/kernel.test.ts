import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Kernel } from '../../src/sys/kernel.ts'
import { KLEW, klew } from '../support/cli.ts'
import { needs } from '../support/needs.ts'

// Whole runs with probes in this kernel: on tracepoints, which every kernel lets root probe.

/** A command that makes many system calls: two for each byte, and some more. */
const BUSY = 'dd if=/dev/zero of=/dev/null bs=1 status=none count='
const BUSY_COUNT = 200_000

test('the command of -c is the target itself, whatever stands in its words', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `global n
    probe kernel.trace("raw_syscalls:sys_enter") { if (pid() == target()) n++ }
    probe end { println(n > 2000 ? "all" : "few") }`
  const result = await klew(['-c', `${BUSY}1000`, '-e', script])
  assert.deepEqual(result, { status: 0, stdout: 'all\n', stderr: '' })
})

test('-c takes words as a shell does: quotes, variables, lists', async () => {
  const script = 'probe end { println("end") }'
  const commands: [command: string, output: string, status: number][] = [
    ['echo "a;b" c\\;d', 'a;b c;d\nend\n', 0],
    ['A=5 printenv A', '5\nend\n', 0],
    ['echo a && exit 4', 'a\nend\n', 1],
    ['/nosuch/command', 'end\n', 1],
    ['echo "unclosed', 'end\n', 1],
  ]
  for (const [command, output, status] of commands) {
    const result = await klew(['-c', command, '-e', script])
    assert.deepEqual([result.stdout, result.status], [output, status], command)
  }
})

test('exit() in a busy handler is the end: nothing is printed after it', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `global n
    probe kernel.trace("raw_syscalls:sys_enter") { println(++n); if (n == 5) exit() }`
  const result = await klew(['-c', BUSY + BUSY_COUNT, '-e', script])
  assert.deepEqual(result.stdout.split('\n').slice(0, 5), ['1', '2', '3', '4', '5'])
  // The other CPUs may have been about to print.
  assert.ok(result.stdout.split('\n').length < 12, result.stdout)
})

test('an error in a busy handler is told once, and ends the script', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `global zero
    probe kernel.trace("raw_syscalls:sys_enter") { println(1 / zero) }
    probe error { println("cleaned") }`
  const { status, stdout, stderr } = await klew(['-c', BUSY + BUSY_COUNT, '-e', script])
  assert.deepEqual([status, stdout], [1, 'cleaned\n'])
  assert.equal(stderr.match(/^ERROR: division by 0/gm)?.length, 1, stderr)
})

test('records that find no room are counted and told, with their probe', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `probe kernel.trace("raw_syscalls:sys_enter") {
    if (execname() == "dd") printf("%d %200s\\n", $id, "x")
  }`
  const { lines, stderr } = await slowly(['-c', BUSY + BUSY_COUNT, '-e', script], 8)
  const [, lost = '0'] =
    /^WARNING: lost (\d+) records of kernel\.trace\("raw_syscalls:sys_enter"\)/m.exec(stderr) ?? []
  assert.ok(Number(lost) > 0, stderr)
  // What was delivered and what was lost is all that there was.
  assert.ok(lines + Number(lost) >= 2 * BUSY_COUNT, `${lines} lines, ${lost} lost`)
})

test('a long list reaches a slow reader whole', async t => {
  if (needs(t, '5.8') === undefined) return
  const args = ['-L', 'kernel.trace("*")']
  const whole = await klew(args)
  assert.ok(whole.stdout.length > 100_000)
  const { lines } = await slowly(args, 1)
  assert.equal(lines, whole.stdout.split('\n').length - 1)
})

test('every signal that asks klew to end has the end probes run, once', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `global n
    probe kernel.trace("sched:sched_switch") { n++ }
    probe end { println(n > 0 ? "end" : "nothing") }`
  const cases = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).flatMap(s => [1, 2].map(n => ({ s, n })))
  const results = await Promise.all(
    cases.map(({ s, n }) => klew(['-e', script], { started: pid => signals(pid, s, n) })),
  )
  results.forEach((result, i) => {
    assert.deepEqual(result, { status: 0, stdout: 'end\n', stderr: '' }, JSON.stringify(cases[i]))
  })
})

test('two scripts probe the same events at the same time', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `global n
    probe kernel.trace("sched:*") { n++ }
    probe timer.ms(500) { exit() }
    probe end { println(n > 0 ? "seen" : "nothing") }`
  const both = await Promise.all([klew(['-e', script]), klew(['-e', script])])
  for (const result of both) {
    assert.deepEqual(result, { status: 0, stdout: 'seen\n', stderr: '' })
  }
})

test('klew killed by SIGKILL leaves no program and no link in the kernel', async t => {
  const kernel = needs(t, '5.8')
  if (kernel === undefined) return
  const script = 'global n probe kernel.trace("sched:*") { n++ } probe begin { println("begun") }'
  const child = spawn(process.execPath, [KLEW, '-v', '-e', script])
  t.after(() => child.kill('SIGKILL'))
  await new Promise<void>(resolve => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Attached')) resolve()
    })
  })
  const held = objectsOf(child.pid ?? 0)
  assert.ok(held.some(o => o.kind === 'prog') && held.some(o => o.kind === 'link'))
  assert.deepEqual(
    held.filter(o => !isThere(kernel, o)),
    [],
  )
  child.kill('SIGKILL')
  await once(child, 'close')
  // The kernel frees programs some time after their last descriptor is gone.
  for (let i = 0; i < 50 && held.some(o => isThere(kernel, o)); i++) await wait(100)
  assert.deepEqual(
    held.filter(o => isThere(kernel, o)),
    [],
  )
})

/** Sends a signal, so many times, when the process has its probes in place. */
async function signals(pid: number, signal: NodeJS.Signals, times: number): Promise<void> {
  await wait(4000)
  for (let i = 0; i < times; i++) process.kill(pid, signal)
}

/** Runs klew into a pipe whose reader begins so many seconds late, and counts the lines. */
async function slowly(
  args: readonly string[],
  seconds: number,
): Promise<{ lines: number; stderr: string }> {
  const pipeline = `"$@" | { sleep ${seconds}; wc -l; }`
  const child = spawn('/bin/sh', ['-c', pipeline, 'sh', process.execPath, KLEW, ...args])
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (more: string) => {
      text[stream] += more
    })
  }
  await once(child, 'close')
  return { lines: Number(text.stdout), stderr: text.stderr }
}

interface BpfObject {
  readonly kind: string
  readonly id: number
}

/** The programs, links and maps that a process holds, as /proc/PID/fdinfo tells them. */
function objectsOf(pid: number): BpfObject[] {
  const folder = `/proc/${pid}/fdinfo`
  return readdirSync(folder).flatMap(fd => {
    const text = readFileSync(`${folder}/${fd}`, 'latin1')
    const [, kind, id] = /^(link|prog|map)_id:\t(\d+)$/m.exec(text) ?? []
    return kind === undefined ? [] : [{ kind, id: Number(id) }]
  })
}

// enum bpf_cmd: BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_LINK_GET_FD_BY_ID
const BY_ID: Readonly<Record<string, number>> = { prog: 13, map: 14, link: 30 }

function isThere(kernel: Kernel, { kind, id }: BpfObject): boolean {
  const attr = new Uint8Array(16)
  new DataView(attr.buffer).setUint32(0, id, true)
  const fd = kernel.bpf(BY_ID[kind] ?? 0, attr)
  if (fd >= 0) kernel.close(fd)
  return fd >= 0
}

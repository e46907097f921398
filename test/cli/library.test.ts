import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { klew } from '../support/cli.ts'
import { needs } from '../support/needs.ts'

// Aliases of the library that are tracepoints, on what this machine does.

test('the library tells of tasks that are put off a CPU, and made to run again', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `
    probe scheduler.ctxswitch {
      if (prev_pid == target() && prevtsk_state & 1)
        printf("%s off %s %d %d %d, %d\\n", name, prev_task_name, prev_pid == pid(), prev_tid == tid(),
               prev_priority, next_pid != prev_pid)
      if (next_pid == target())
        printf("%s on %s %d %d\\n", name, next_task_name, next_tid == target(), next_priority)
    }
    probe scheduler.wakeup {
      if (task_pid == target())
        printf("%s %d %d, %d\\n", name, task_tid == target(), task_priority, task_prio(task))
    }`
  const result = await klew(['-c', 'nice -n 3 sleep 0.2', '-e', script])
  assert.deepEqual([result.status, result.stderr], [0, ''])
  const lines = result.stdout.split('\n')
  // 120 is that of a task that is not nice.
  for (const line of [
    'ctxswitch off sleep 1 1 123, 1',
    'wakeup 1 123, 23',
    'ctxswitch on sleep 1 123',
  ]) {
    assert.ok(lines.includes(line), `${line} is not in ${result.stdout}`)
  }
})

test('the library tells of signals and the ends of processes', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `
    probe signal.send {
      if (sig == 10)
        printf("%s %d from %d to %s %d, %d %s\\n", sig_name, sig, pid() == target(), pid_name,
               sig_pid == target() && task_pid(task) == target(), shared, si_code)
    }
    probe kprocess.exit { if (pid() == target()) printf("exit %d\\n", code) }`
  const command = `bash -c 'trap : USR1; kill -USR1 $$; exit 7'`
  const { status, stdout } = await klew(['-c', command, '-e', script])
  assert.deepEqual([status, stdout], [1, 'SIGUSR1 10 from 1 to bash 1, 1 SI_USER\nexit 1792\n'])
})

test('the library tells of soft interrupts, each from its entry to its exit', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `
    global begun, whole, other
    probe softirq.entry { begun[cpu()] = vec_nr + 1 }
    probe softirq.exit {
      if (begun[cpu()] == vec_nr + 1) whole++
      else if (begun[cpu()]) other++
      begun[cpu()] = 0
    }
    probe end { printf("%d %d\\n", whole > 0, other) }`
  const result = await klew(['-c', 'sleep 0.3', '-e', script])
  assert.deepEqual(result, { status: 0, stdout: '1 0\n', stderr: '' })
})

test('the library tells of requests to block devices', async t => {
  if (needs(t, '5.8') === undefined) return
  const script = `
    probe ioblock.request {
      if (execname() == "dd" && size)
        printf("%d %d %s %d\\n", devname != "", sector % 8, bio_rw_str(rw), size)
    }`
  const path = `/var/tmp/klew-${process.pid}`
  const command = `dd if=/dev/zero of=${path} bs=8192 count=1 oflag=direct status=none`
  try {
    const result = await klew(['-c', command, '-e', script])
    if (/Invalid argument/.test(result.stderr)) return t.skip('no direct writing here')
    assert.deepEqual([result.status, result.stderr], [0, ''])
    assert.ok(result.stdout.split('\n').includes('1 0 W 8192'), result.stdout)
  } finally {
    await rm(path, { force: true })
  }
})

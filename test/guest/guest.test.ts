import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { test } from 'node:test'
import { allInGuest, guestMissing, inGuest } from '../support/guest.ts'

const skip = await guestMissing()

test('a guest is a machine of its own with the files of this one', { skip }, async () => {
  const results = await allInGuest({
    release: 'uname -r',
    clock: 'date +%s',
    streams: 'echo out; echo err >&2; exit 7',
    folder: 'ls package.json && pwd',
    mounts:
      'cd /sys && ls -d kernel/tracing/events kernel/debug/tracing fs/bpf fs/cgroup/cgroup.procs kernel/btf/vmlinux',
    loopback: 'ping -c 1 -W 5 127.0.0.1 >/dev/null && echo answered',
    modules: 'ip link add type veth && ls /sys/class/net',
    writes: 'echo "nothing of this" >/etc/klew-guest-test && cat /etc/klew-guest-test',
  })
  assert.match(results.release.stdout, /^6\.1\.\d+-\d+-amd64\n$/)
  assert.notEqual(results.release.stdout.trim(), release())
  assert.ok(Math.abs(Number(results.clock.stdout) - Date.now() / 1000) < 60)
  assert.deepEqual(results.streams, { status: 7, stdout: 'out\n', stderr: 'err\n' })
  assert.equal(results.folder.stdout, `package.json\n${process.cwd()}\n`)
  assert.equal(results.mounts.stderr, '')
  assert.equal(results.loopback.stdout, 'answered\n')
  assert.equal(results.modules.stdout, 'lo\nveth0\nveth1\n')
  assert.equal(results.writes.stdout, 'nothing of this\n')
  assert.ok(!readdirSync('/etc').includes('klew-guest-test'))
})

test('a guest gives the streams and the status of its command', { skip }, async () => {
  // The sleeping child holds the output open, and must not hold up the end.
  const script = 'sleep 1000 & echo err >&2; seq 100000; exit 9'
  const { status, stdout, stderr } = await inGuest(script)
  assert.deepEqual({ status, stderr }, { status: 9, stderr: 'err\n' })
  assert.equal(stdout.length, 588_895)
  assert.ok(stdout.endsWith('\n100000\n'))
})

test('a guest that dies gives 125 and the end of its log', { skip }, async () => {
  const { status, stderr } = await inGuest('echo c >/proc/sysrq-trigger; sleep 100')
  assert.equal(status, 125)
  assert.match(stderr, /the guest died:\n.*Kernel panic - not syncing: sysrq triggered crash/)
})

test('a guest past its time is ended with 124, and leaves nothing behind', { skip }, async () => {
  const { status } = await inGuest('sleep 100', { timeoutMs: 1000 })
  assert.equal(status, 124)
  const left = readdirSync(tmpdir()).filter(name => name.startsWith(`klew-guest-${process.pid}-`))
  assert.deepEqual(left, [])
})

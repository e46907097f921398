import assert from 'node:assert/strict'
import { test } from 'node:test'
import { klew } from '../support/cli.ts'
import { needs } from '../support/needs.ts'

// Whole runs with probes on perf events and netfilter hooks of this kernel.

/** Keeps one CPU busy in user space for a while. */
const SPIN = 'perl -e "for (1..8000000) {}"'

test('timer.profile comes upon what runs, on the CPU it runs on', async t => {
  if (needs(t, '5.10') === undefined) return
  const script = `global hits, own, wrong
    probe timer.profile.freq.hz(499) {
      hits++
      if (pid() == target() && execname() == "perl") own++
      if (addr() == 0 || cpu() < 0) wrong++
    }
    probe end { printf("%d %d %d %s\\n", hits > own, own > 20, wrong, "done") }`
  const { stdout, stderr, status } = await klew(['-c', SPIN, '-e', script])
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '1 1 0 done\n', stderr: '' })
})

test('timer.profile fires at each tick, and its backtrace is that of the kernel', async t => {
  if (needs(t, '5.10') === undefined) return
  const script = `global shown
    probe timer.profile {
      if (addr() < 0 && !shown++) { printf("%s\\n", pp()); print_backtrace(); exit() }
    }`
  const command = 'dd if=/dev/zero of=/dev/null bs=1 count=3000000 status=none'
  const { stdout } = await klew(['-c', command, '-e', script])
  assert.match(stdout, /^timer\.profile(\.tick)?\n 0xffff[0-9a-f]{12} : [\w.]+\+0x/)
})

test('a software counter fires once in so many events, of one program where it is named', async t => {
  if (needs(t, '5.10') === undefined) return
  // PERF_COUNT_SW_PAGE_FAULTS
  const script = `global all, perl, other, target
    probe perf.type(1).config(2).sample(1) { all++ }
    probe perf.type(1).config(0).process("/usr/bin/perl") { if (execname() == "perl") perl++ }
    probe perf.type(1).config(0).process { pid() == target() ? target++ : other++ }
    probe end { printf("%d %d %d %d\\n", all > 100, perl > 20, target > 20, other) }`
  const { stdout, status } = await klew(['-c', SPIN, '-e', script])
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '1 1 1 0\n' })
})

test('what a counter loses is counted, and -t tells how long its program ran', async t => {
  if (needs(t, '5.10') === undefined) return
  const script = `probe timer.profile.freq.hz(2000) {
      for (i = 0; i < 900; i++) printf("%400s\\n", "x")
    }
    probe timer.ms(500) { exit() }`
  const { stderr } = await klew(['-t', '-o', '/dev/null', '-e', script])
  assert.match(stderr, /^WARNING: lost \d+ records of timer\.profile\.freq\.hz\(2000\)/m)
  assert.match(stderr, /^timer\.profile\.freq\.hz\(2000\), .*hits: [1-9]\d*, ns: \d+avg/m)
})

test('a counter that this machine does not have fails the run, with the reason', async t => {
  if (needs(t, '5.10') === undefined) return
  const { status, stderr } = await klew(['-e', 'probe perf.type(9999).config(0) { println(1) }'])
  assert.equal(status, 1)
  assert.match(stderr, /^WARNING: probe perf\.type\(9999\).*: this machine does not have it/)
})

test('a process that nothing names cannot be sampled', async () => {
  const script = 'probe perf.type(1).config(0).process { println(1) }'
  const { status, stderr } = await klew(['-e', script])
  assert.equal(status, 1)
  assert.match(stderr, /without a -c COMMAND/)
})

test('a program that is not there cannot be sampled', async t => {
  if (needs(t, '5.10') === undefined) return
  const script = 'probe perf.type(1).config(0).process("/no/such") { println(1) }'
  const { status, stderr } = await klew(['-e', script])
  assert.equal(status, 3)
  assert.match(stderr, /process\("\/no\/such"\): there is no such file/)
})

/** In a network of its own, where nobody else's packets are. */
const ALONE = ['unshare', '-n']
const SEND = `sh -c "ip link set lo up; exec bash -c 'for n in 1 2 3; do echo xxxxxxxxxxxxxxxx >/dev/udp/127.0.0.1/9; done; true'"`

test('a netfilter hook sees packets, and drops those that its verdict says', async t => {
  if (needs(t, '6.4') === undefined) return
  const script = `global out, got
    probe netfilter.hook("NF_INET_LOCAL_OUT").pf("NFPROTO_IPV4") {
      if ($skb->len != 45 || execname() != "bash") next
      for (i = 0; i < 3; i++) if (i == 1 && out == 1) $verdict = 0
      out++
      printf("%d %d %s\\n", $hooknum, $verdict, kernel_string($out->name))
    }
    probe netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4") { if ($skb->len == 45) got++ }
    probe end { printf("%d %d\\n", out, got) }`
  const { stdout } = await klew(['-g', '-c', SEND, '-e', script], { prefix: ALONE })
  assert.equal(stdout, '3 1 lo\n3 0 lo\n3 1 lo\n3 2\n')
})

test('a hook that no program can be on is refused with the reason', async t => {
  if (needs(t, '6.4') === undefined) return
  const script = 'probe netfilter.hook("NF_ARP_OUT").pf("NFPROTO_ARP") { println(1) }'
  const { status, stderr } = await klew(['-e', script], { prefix: ALONE })
  assert.equal(status, 1)
  assert.match(stderr, /: the kernel puts programs on hooks of IPv4 and IPv6 only$/m)
})

import assert from 'node:assert/strict'
import { datagram, type GuestCheck, klewLine } from '../support/guest-checks.ts'

// The third probe asks for the address, which attaches it another way.
const SIZES = `
probe kernel.function("inet_sendmsg").call {
  if (execname() == "bash") printf("entry %d\\n", $size)
}
probe kernel.function("inet_sendmsg").return {
  if (execname() == "bash") printf("return %d of %d\\n", $return, @entry($size))
}
probe kernel.function("inet_sendmsg").return {
  if (execname() == "bash" && addr()) printf("kretprobe %d of %d\\n", $return, @entry($size))
}`

const FIELDS = `
probe kernel.function("inet_sendmsg") {
  sk = $sock->sk
  printf("family=%d type=%d protocol=%d\\n", $sock->sk->__sk_common->skc_family,
         $sock->type, $sock->sk->sk_protocol)
  printf("same=%d\\n", sk == &$sock->sk->__sk_common)
}
probe kernel.function("dev_hard_start_xmit") {
  printf("device=%s length=%d ", kernel_string($dev->name), $first->len)
  printf("skb_device=%s ", kernel_string($first->dev->name))
  printf("ethertype=%x checksum=%d pkt_type=%d\\n", ntohs($first->protocol),
         $first->ip_summed, $first->pkt_type)
}`

const SLEEPERS = `
global asked
probe kernel.function("hrtimer_nanosleep").call { asked[tid()] = $rqtp }
probe kernel.function("hrtimer_nanosleep").return {
  if (execname() == "sleep") printf("fexit %d %d\\n", asked[tid()], @entry($rqtp))
}
probe kernel.function("hrtimer_nanosleep").return {
  if (execname() == "sleep" && addr()) printf("kretprobe %d %d\\n", asked[tid()], @entry($rqtp))
}`
// Two, for Linux 5.10 follows as many calls of a function to their return as there are processors.
const SLEEP = "bash -c 'sleep 1.75 & sleep 1.5 & wait'"

/** Arguments, return values, fields. */
export const valueChecks: readonly GuestCheck[] = [
  {
    name: 'a function has its argument at its entry and its value at its return',
    scripts: { run: klewLine(SIZES, datagram(17)) },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      const lines = stdout.trimEnd().split('\n')
      assert.deepEqual(lines.shift(), 'entry 17')
      assert.deepEqual(lines.sort(), ['kretprobe 17 of 17', 'return 17 of 17'])
    },
  },
  {
    name: 'chains of fields are followed: numbers, bitfields, texts',
    scripts: { run: klewLine(FIELDS, datagram(17)) },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      // AF_INET, SOCK_DGRAM, IPPROTO_UDP
      assert.match(stdout, /^family=2 type=2 protocol=17\nsame=1\n/)
      // 14 of Ethernet, 20 of IPv4, 8 of UDP; CHECKSUM_PARTIAL; PACKET_HOST
      assert.match(
        stdout,
        /^device=lo length=59 skb_device=lo ethertype=800 checksum=3 pkt_type=0$/m,
      )
    },
  },
  {
    name: 'an argument at the return is that of the entry, in threads that wait at the same time',
    scripts: { run: klewLine(SLEEPERS, SLEEP) },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      const times = [1_500_000_000, 1_750_000_000]
      const wanted = ['fexit', 'kretprobe'].flatMap(way => times.map(t => `${way} ${t} ${t}`))
      assert.deepEqual(stdout.trimEnd().split('\n').sort(), wanted)
    },
  },
  {
    name: 'an address that cannot be read ends the run with its place',
    scripts: {
      low: klewLine(
        'probe kernel.function("inet_sendmsg") { println(kernel_long(8)) }',
        datagram(),
      ),
      chain: klewLine(
        `probe kernel.function("inet_sendmsg") {
  printf("%d\\n", $sock->sk->sk_protocol)
  printf("%d\\n", $sock->sk->sk_rx_dst->dev->mtu)
  println("never")
}`,
        datagram(),
      ),
    },
    verify(results) {
      const low = results('low')
      assert.equal(low.status, 1)
      assert.equal(low.stdout, '')
      assert.match(
        low.stderr,
        /^ERROR: read fault \[man error::fault\] at 0x8 near identifier 'kernel_long' at <input>:1:49$/m,
      )
      const chain = results('chain')
      assert.equal(chain.status, 1)
      assert.equal(chain.stdout, '17\n')
      assert.match(
        chain.stderr,
        /^ERROR: read fault \[man error::fault\] at 0x[0-9a-f]+ near identifier '\w+' at <input>:3:\d+$/m,
      )
    },
  },
]

const COUNTS = `
global calls, sizes, first, faults, rounds, texts
probe kernel.function("inet_sendmsg") {
  name = execname()
  calls[name]++
  sizes[name, $size] += $size
  if (!(name in first)) first[name] = sprintf("%s sent %d", name, $size)
  for (i = 0; i < $size; i++) {
    if (i == 2) continue
    rounds++
  }
  if (name > "c" && name != "bash") try {
    println(kernel_long(16))
  } catch (text) {
    texts[++faults] = text
  }
  if ($size == 9) exit()
}
probe end {
  foreach (name in calls+) printf("calls %s %d\\n", name, calls[name])
  foreach ([name, size] in sizes-) printf("sizes %s %d %d\\n", name, size, sizes[name, size])
  foreach (name+ in first) printf("first %s\\n", first[name])
  foreach (n in texts) printf("fault %d %s\\n", n, texts[n])
  printf("rounds %d\\n", rounds)
}`

/** Globals, arrays and control flow in the handler of a function. */
export const languageCheck: GuestCheck = {
  name: 'handlers of functions count in arrays, loop, compare texts, catch errors and exit',
  scripts: {
    run: [
      'ln -sf "$(command -v bash)" /tmp/sender',
      klewLine(
        COUNTS,
        [
          datagram(2),
          datagram(5),
          datagram(2),
          datagram(4, '/tmp/sender'),
          datagram(3, '/tmp/sender'),
          datagram(9),
          'sleep 1000',
        ].join('; '),
      ),
    ].join('\n'),
  },
  verify(results) {
    const { status, stdout } = results('run')
    assert.equal(status, 0)
    const place = "near identifier 'kernel_long' at <input>:13:13"
    assert.equal(
      stdout,
      [
        'calls sender 2',
        'calls bash 4',
        'sizes bash 9 9',
        'sizes bash 5 5',
        'sizes bash 2 4',
        'sizes sender 4 4',
        'sizes sender 3 3',
        'first bash sent 2',
        'first sender sent 4',
        `fault 1 read fault [man error::fault] at 0x10 ${place}`,
        `fault 2 read fault [man error::fault] at 0x10 ${place}`,
        // 2 + 4 + 2, 3 + 2, 8: each but one round.
        'rounds 21',
        '',
      ].join('\n'),
    )
  },
}

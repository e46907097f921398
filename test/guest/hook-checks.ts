import assert from 'node:assert/strict'
import { type GuestCheck, klewLine } from '../support/guest-checks.ts'

/** Of three datagrams the second is dropped on its way out. Others are the answers, as nobody listens. */
const HOOKS = `
global n
probe netfilter.hook("NF_INET_LOCAL_OUT").pf("NFPROTO_IPV4").priority("NF_IP_PRI_FIRST") {
  if (execname() != "bash" || uid() != 0 || $skb->len != 45) next
  if (++n == 2) $verdict = 0
  printf("out %d to %s: %d, hook %d, %d %d\\n", n, kernel_string($out->name), $verdict, $hooknum, $in,
         pid() == target())
}
probe netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4") {
  if ($skb->len == 45) printf("in from %s\\n", kernel_string($in->name))
}`
const SEND = "bash -c 'for n in 1 2 3; do echo xxxxxxxxxxxxxxxx >/dev/udp/127.0.0.1/9; done; true'"

/** Netfilter hooks, which take programs since Linux 6.4. */
export const hookCheck: GuestCheck = {
  name: 'a netfilter hook has its packet and decides what becomes of it',
  scripts: { run: klewLine(HOOKS, SEND, '-g') },
  verify(results) {
    const { stdout } = results('run')
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'out 1 to lo: 1, hook 3, 0 1',
      'in from lo',
      'out 2 to lo: 0, hook 3, 0 1',
      'out 3 to lo: 1, hook 3, 0 1',
      'in from lo',
    ])
  },
}

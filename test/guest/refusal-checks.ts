import assert from 'node:assert/strict'
import { type GuestCheck, klewLine } from '../support/guest-checks.ts'

interface Refusal {
  readonly script: string
  readonly code: string
  readonly says: string
  readonly hint?: string
}

const POINTS: readonly Refusal[] = [
  {
    script: 'probe kernel.function("ip_outptu") { }',
    code: 'unknown-kernel-function',
    says: "there is no function 'ip_outptu' in the kernel",
    hint: "did you mean 'ip_output' or 'ip6_output'?",
  },
  {
    script: 'probe kernel.function("ip_output@net/ipv4/ip_input.c") { }',
    code: 'function-not-in-file',
    says: "'ip_output' is not in 'net/ipv4/ip_input.c'",
    hint: 'it is in net/ipv4/ip_output.c',
  },
  {
    script: 'probe kernel.function("ip_copy_addrs@net/ipv4/ip_output.c") { }',
    code: 'no-code',
    says: "'ip_copy_addrs' of net/ipv4/ip_output.c has no code of its own in this kernel",
    hint: 'the compiler put it into its callers (inlined), or it is not built in: probe a caller',
  },
  {
    script: 'probe kernel.function("packet_init") { }',
    code: 'cannot-probe',
    says: "'packet_init' cannot be probed: it runs only while the kernel starts (__init)",
  },
  {
    script: 'probe module("brigde").function("br_dev_xmit") { }',
    code: 'unknown-module',
    says: "no match: no module 'brigde' is loaded",
    hint: "did you mean 'bridge'?",
  },
  {
    script: 'probe module("bridge").function("br_dev_xmti") { }',
    code: 'unknown-kernel-function',
    says: "there is no function 'br_dev_xmti' in module 'bridge'",
    hint: "did you mean 'br_dev_xmit'?",
  },
  {
    script: 'probe kernel.function("*@net/packet/af_pakcet.c") { }',
    code: 'unknown-source-file',
    says: "no source file that klew knows matches 'net/packet/af_pakcet.c'",
  },
  {
    script: 'probe kernel.function("inet_sendmsg") { println($siz) }',
    code: 'unknown-target-variable',
    says: "there is no '$siz' in kernel.function(\"inet_sendmsg@",
    hint: 'it has $sock, $msg, $size',
  },
  {
    script: 'probe kernel.function("inet_sendmsg") { println($sock->skk) }',
    code: 'unknown-member',
    says: "unable to find member 'skk' for struct socket",
    hint: "did you mean 'sk'?",
  },
]

/** Names that a script has wrong, told all at once. Needs the bridge of `bridgeChecks`. */
export const namesCheck: GuestCheck = {
  name: 'names that are wrong are told, with those that are near, and nothing is run',
  scripts: {
    run: klewLine(POINTS.map(({ script }) => script).join('\n'), 'touch /tmp/has-run'),
    after: 'test ! -e /tmp/has-run',
  },
  verify(results) {
    const { status, stdout, stderr } = results('run')
    assert.equal(status, 1)
    assert.equal(stdout, '')
    assert.equal(results('after').status, 0)
    const told = stderr.split('\n\n')
    POINTS.forEach(({ code, says, hint }, line) => {
      const text = told.find(one => one.includes(` at <input>:${line + 1}:`)) ?? ''
      const [first = ''] = text.split('\n')
      assert.ok(first.startsWith(`semantic error: ${says}`), `${says}:\n${stderr}`)
      assert.ok(first.endsWith(` [${code}]`), first)
      if (hint !== undefined) assert.ok(text.includes(`= hint: ${hint}`), text)
    })
  },
}

/** Needs nothing but a kernel with kprobes. */
export const killedCheck: GuestCheck = {
  name: 'nothing stays in the kernel when klew is killed',
  scripts: {
    run: `
bin/klew -e 'probe kernel.function("inet_sendmsg").call, kernel.function("udp_sendmsg").return {
  print_backtrace()
}' & pid=$!
attached() { grep -q inet_sendmsg /sys/kernel/debug/kprobes/list && grep -q udp_sendmsg /sys/kernel/debug/kprobes/list; }
for i in $(seq 300); do attached && break; sleep 0.1; done
attached || exit 9
# Not every machine has bpftool.
programs() { ! command -v bpftool >/dev/null || bpftool prog list | grep "name handler"; }
programs
kill -9 $pid
wait $pid
echo "killed: $?"
for i in $(seq 100); do grep -q . /sys/kernel/debug/kprobes/list || break; sleep 0.1; done
cat /sys/kernel/debug/kprobes/list
programs`,
  },
  verify(results) {
    const { stdout, stderr } = results('run')
    const [before = '', after] = stdout.split(/^killed: 137$/m)
    assert.equal(after, '\n', stderr)
    const programs = before.trimEnd().split('\n')
    assert.ok(before === '' || programs.length === 2, before)
  },
}

import assert from 'node:assert/strict'
import { type Call, callsOf, flat } from '../support/call-tree.ts'
import { type GuestCheck, klewLine } from '../support/guest-checks.ts'

/**
 * A bridge br0 with one leg, v0, whose other end, v1, is in the network namespace `far`. The
 * neighbours are told to each other, and there is no IPv6, which would send frames of its own at
 * any time: so the first frame is the one that is sent.
 */
const NETWORK = `
set -e
modprobe bridge
modprobe veth
ip netns add far
for at in all default; do
  echo 1 >/proc/sys/net/ipv6/conf/$at/disable_ipv6
  ip netns exec far sh -c "echo 1 >/proc/sys/net/ipv6/conf/$at/disable_ipv6"
done
ip link add br0 type bridge
ip addr add 10.9.0.1/24 dev br0
ip link add v0 type veth peer name v1
ip link set v1 netns far address 02:00:00:00:00:02
ip link set v0 master br0 up
ip link set br0 up
ip -n far addr add 10.9.0.2/24 dev v1
ip -n far link set v1 up
ip neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev br0 nud permanent
ip -n far neigh replace 10.9.0.1 lladdr "$(cat /sys/class/net/br0/address)" dev v1 nud permanent
while [ "$(cat /sys/class/net/v0/brport/state)" != 3 ]; do sleep 0.1; done
sleep 0.5`
const ACROSS = "bash -c 'echo across >/dev/udp/10.9.0.2/9'"

function tree(points: string): string {
  return `
probe ${points}.call { printf("%s -> %s\\n", thread_indent(1), probefunc()) }
probe ${points}.return { printf("%s <- %s\\n", thread_indent(-1), probefunc()) }`
}

const FORWARD = `${tree('module("bridge").function("*@net/bridge/br_forward.c")')}
probe module("br*dge").function("br_dev_xmit") {
  printf("%s sends on %s at %s\\n", execname(), kernel_string($dev->name), pp())
}`

const NESTED = `
probe kernel.function("dev_hard_start_xmit").call {
  printf("%s -> %s %s\\n", thread_indent(1), ppfunc(), kernel_string($dev->name))
}
probe kernel.function("dev_hard_start_xmit").return {
  printf("%s <- %s %s\\n", thread_indent(-1), ppfunc(), kernel_string(@entry($dev->name)))
}`

// In the order of their calls; the compiler may have put some of them into others.
const PATH = ['__br_forward', 'br_forward_finish', 'br_dev_queue_push_xmit']

/** The network is made by the first, and stays for the others. */
export const bridgeChecks: readonly GuestCheck[] = [
  {
    name: 'functions of a module are probed by their file, with variables, and by a glob of modules',
    scripts: { network: NETWORK, run: klewLine(FORWARD, ACROSS, '-v') },
    verify(results) {
      assert.deepEqual(results('network'), { status: 0, stdout: '', stderr: '' })
      const { status, stdout, stderr } = results('run')
      assert.equal(status, 0, stderr)
      assert.doesNotMatch(stderr, /WARNING|ERROR|lost/)
      const point =
        /^bash sends on (\S*) at module\("bridge"\)\.function\("br_dev_xmit@net\/bridge\/br_device\.c:\d+"\)$/m
      assert.equal(point.exec(stdout)?.[1], 'br0')
      const outer = callsOf(stdout, 'bash', 1)
      const first = outer[0] ?? assert.fail(stdout)
      assert.deepEqual(chain(first, '__br_forward'), PATH)
      assert.equal(first.to, 'br_dev_xmit')
    },
  },
  {
    name: 'an argument at the return is that of the entry, when the function calls itself',
    scripts: { run: klewLine(NESTED, ACROSS) },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      const lines = stdout.split('\n').filter(line => line.includes(' bash('))
      const texts = lines.map(line => line.replace(/^.*:/, ''))
      const name = 'dev_hard_start_xmit'
      assert.deepEqual(texts.slice(0, 4), [
        ` -> ${name} br0`,
        `  -> ${name} v0`,
        `  <- ${name} v0`,
        ` <- ${name} br0`,
      ])
    },
  },
]

/** Of a call and what it calls: the functions from the one named on, one in the other. */
function chain(call: Call, from: string): string[] {
  const [start] = flat([call]).filter(one => one.name === from)
  const names: string[] = []
  for (let at = start; at !== undefined; at = at.inner[0]) names.push(at.name)
  return names
}

/** A module of three functions; loading another one calls into it. */
export const smallModuleCheck: GuestCheck = {
  name: 'all functions of a module are probed by one pattern',
  scripts: {
    run: `modprobe stp; ${klewLine(tree('module("stp").function("*")'), 'modprobe bridge', '-v')}`,
  },
  verify(results) {
    const { status, stdout, stderr } = results('run')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /^Attached 6 probes: /m)
    const [call, ...more] = callsOf(stdout, 'modprobe', 1)
    assert.deepEqual(more, [])
    assert.equal(call?.name, 'stp_proto_register')
  },
}

/** After `bridgeChecks`: hundreds of functions, for kernels that attach them all at once. */
export const wholeBridgeCheck: GuestCheck = {
  name: 'all functions of the module bridge are probed at once',
  scripts: {
    functions: "grep -c ' [tT] .*\\[bridge\\]' /proc/kallsyms",
    run: klewLine(tree('module("bridge").function("*")'), ACROSS, '-v'),
  },
  verify(results) {
    const { status, stdout, stderr } = results('run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stderr, /WARNING|ERROR|lost/)
    const [, entries, returns] =
      /^Attached \d+ probes: (\d+) by kprobe-multi, (\d+) by kretprobe-multi$/m.exec(stderr) ??
      assert.fail(stderr)
    assert.equal(entries, returns)
    const all = Number(results('functions').stdout)
    assert.ok(Number(entries) > 400 && Number(entries) <= all, `${entries} of ${all}`)
    const names = flat(callsOf(stdout, 'bash', 1)).map(call => call.name)
    for (const name of ['br_dev_xmit', ...PATH]) assert.ok(names.includes(name), stdout)
  },
}

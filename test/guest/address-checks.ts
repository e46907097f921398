import assert from 'node:assert/strict'
import { datagram, type GuestCheck, klewLine } from '../support/guest-checks.ts'

// Debian's 6.1 has no landing pads: `call __fentry__`, five bytes, is a function's first instruction.
const PLACES = `
probe kernel.statement($1).absolute {
  printf("%s+%d called by %s\\n", probefunc(), addr() - $1, caller())
}
probe kprobe.statement($2).absolute { printf("%s+%d %s\\n", probefunc(), addr() - $1, pp()) }
probe kprobe.statement($3).absolute { println("wrong") }
probe kprobe.statement(0x1000).absolute { println("wrong") }`

const BY_SYMBOL = `
probe kprobe.function("inet_sendmsg") { printf("in %s\\n", pp()) }
probe kprobe.function("inet_sendmsg").return.maxactive(9) { printf("out %s\\n", pp()) }
probe kernel.statement("inet_sendmsg@net/ipv4/af_inet.c") { printf("at %s\\n", ppfunc()) }
probe kprobe.module("nosuch").function("nothing") { println("wrong") }`

const IN_MODULE = `
probe module("bridge").statement($1) { printf("%s+%d\\n", probefunc(), addr() - $2) }
probe module("bridge").function($1).return { printf("%s\\n", pp()) }`

const WRITTEN = `
probe kernel.data("panic_timeout").write {
  printf("%s writes in %s\\n", execname(), probefunc())
  print_backtrace()
}
probe kernel.data("panic_timeout").rw { n++ }
probe end { println(n, " in all") }
probe kernel.data($1).length(4).rw { println("wrong") }
global n`

function address(name: string, symbol: string): string {
  return `${name}=0x$(grep -m1 ' ${symbol}\\b' /proc/kallsyms | cut -d' ' -f1)`
}

function plus(expression: string): string {
  return `$(printf 0x%x $((${expression})))`
}

/** Probes that name an instruction or a place in memory. */
export const addressChecks: readonly GuestCheck[] = [
  {
    name: 'an instruction is probed by its address, and refused where none starts',
    scripts: {
      run: [
        address('start', 'inet_sendmsg'),
        `${klewLine(PLACES, datagram(), '-g')} $start ${plus('start+5')} ${plus('start+1')}`,
      ].join('\n'),
    },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.equal(status, 0)
      const lines = stdout.trimEnd().split('\n')
      assert.match(lines[0] ?? '', /^inet_sendmsg\+0 called by _*sock_\w+ 0x[0-9a-f]{16}$/)
      assert.match(lines[1] ?? '', /^inet_sendmsg\+5 kprobe\.statement\(0x[0-9a-f]+5\)\.absolute$/)
      assert.equal(lines.length, 2)
      assert.match(stderr, /registration error: 0x[0-9a-f]{16}: no instruction starts there/)
      assert.match(stderr, /registration error: 0x1000: no probe can be set there/)
    },
  },
  {
    name: 'kprobe.function and kernel.statement find functions by their symbols',
    scripts: { run: klewLine(BY_SYMBOL, datagram()) },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.equal(status, 0)
      assert.deepEqual(stdout.trimEnd().split('\n').sort(), [
        'at inet_sendmsg',
        'in kprobe.function("inet_sendmsg")',
        'out kprobe.function("inet_sendmsg").return.maxactive(9)',
      ])
      assert.match(stderr, /nosuch:nothing: there is no such function/)
    },
  },
  {
    name: 'addresses in a module count from the start of its text',
    scripts: {
      run: [
        'modprobe bridge',
        address('start', 'br_dev_setup'),
        `offset=${plus('start-$(cat /sys/module/bridge/sections/.text)')}`,
        `${klewLine(IN_MODULE, 'ip link add name brx type bridge', '')} $offset $start`,
      ].join('\n'),
    },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      assert.match(
        stdout,
        /^br_dev_setup\+0\nmodule\("bridge"\)\.function\(0x[0-9a-f]+\)\.return\n$/,
      )
    },
  },
  {
    name: 'who reads and writes a variable of the kernel is seen by a hardware breakpoint',
    scripts: {
      run: [
        address('where', 'panic_timeout'),
        `${klewLine(WRITTEN, "bash -c 'echo 1 >/proc/sys/kernel/panic'")} ${plus('where+1')}`,
      ].join('\n'),
    },
    verify(results) {
      const { status, stdout, stderr } = results('run')
      assert.equal(status, 0)
      const [first = '', frame = ''] = stdout.split('\n')
      assert.match(first, /^bash writes in do_proc_dointvec_conv$/)
      assert.match(frame, /^ 0x[0-9a-f]{16} : do_proc_dointvec_conv\+0x/)
      assert.match(stdout, /^\d+ in all$/m)
      assert.match(stderr, /the processor watches 4 bytes only at a multiple of 4/)
    },
  },
]

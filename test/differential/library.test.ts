import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFacts } from '../../src/load/facts.ts'
import { runInKernel, runOutside } from '../support/both-sides.ts'
import { fakeFacts } from '../support/fake-facts.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// Functions of the library that take numbers only: the same in the kernel and out of it. The number
// of an argument is a global, so that no pass can work the call out.

const library = tapset()

const cases: [call: string, argument: bigint, prints: string][] = [
  ['ntohs(x)', 0x1234n, '13330'],
  ['htonl(x)', 0x01020304n, '67305985'],
  ['ntohll(x)', 0x0102030405060708n, '578437695752307201'],
  ['ip_ntop(x)', 0x0403a8c0n, '192.168.3.4'],
  ['ip_ntop(x)', 0n, '0.0.0.0'],
  ['format_ipaddr(1, x)', 1n, '*unknown address family*'],
  // As the kernel has them: 20 bits of minor number. /dev/vda1 is 254, 1.
  ['MAJOR(x)', 0x0fe00001n, '254'],
  ['MINOR(x)', 0x0fe12345n, '74565'],
  ['MKDEV(x, 1)', 254n, '266338305'],
  // As programs have them: glibc says 1022, 4677.
  ['usrdev2kerndev(x)', 0x123fe45n, '1071649349'],
  ['bio_rw_str(x)', 0x801n, 'W'],
  ['bio_rw_str(x)', 0x80700n, 'R'],
  ['irqflags_str(x)', 0n, ''],
  ['irqflags_str(x)', 0x2080n, 'IRQF_SHARED|IRQF_ONESHOT'],
  ['signal_str(x)', 1n, 'SIGHUP'],
  ['signal_str(x)', 9n, 'SIGKILL'],
  ['signal_str(x)', 16n, 'SIGSTKFLT'],
  ['signal_str(x)', 17n, 'SIGCHLD'],
  ['signal_str(x)', 26n, 'SIGVTALRM'],
  ['signal_str(x)', 31n, 'SIGSYS'],
  ['signal_str(x)', 34n, 'SIGRTMIN+2'],
  ['signal_str(x)', 65n, '65'],
  ['vm_fault_contains(x, VM_FAULT_MAJOR)', 3n, '1'],
  ['vm_fault_contains(x, VM_FAULT_OOM)', 3n, '0'],
]

for (const [call, argument, prints] of cases) {
  test(`${call} of ${argument} is ${prints}, in the kernel and out of it`, t => {
    const script = { before: `global x = ${argument}`, body: `println(${call})\nx = 0` }
    const outside = runOutside(script, { facts: fakeFacts(), library })
    assert.equal(outside.printed, `${prints}\n`)
    const kernel = needs(t, '5.10')
    if (kernel === undefined) return
    const inside = runInKernel(kernel, script, { facts: readFacts(kernel), library })
    assert.equal(inside.printed, `${prints}\n`)
  })
}

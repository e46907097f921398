import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { test } from 'node:test'
import { UnsupportedError } from '../sys/error.ts'
import { fakeKernel } from '../sys/fake-kernel.ts'
import { openKernel } from '../sys/native.ts'
import { readFacts } from './facts.ts'
import { countCpus } from './facts-files.ts'

const lists: [list: string, count: number][] = [
  ['0', 1],
  ['0-3', 4],
  ['0-1,8\n', 3],
  ['0,2-3,7-9', 6],
]
for (const [list, count] of lists) {
  test(`facts: '${list.trim()}' are ${count} CPUs`, () => assert.equal(countCpus(list), count))
}

test('facts: asking for nothing reads nothing', () => {
  const kernel = fakeKernel()
  const facts = readFacts(kernel)
  assert.deepEqual([facts.release, facts.arch], ['6.18.0-fake', 'x64'])
  assert.deepEqual(kernel.calls, [])
})

test('facts: the running system is read', t => {
  if (!existsSync('/sys/kernel/btf/vmlinux')) return t.skip('the kernel has no BTF')
  const facts = readFacts(openKernel())
  assert.ok(facts.cpus >= cpus().length)
  assert.equal(facts.types(), facts.types())
  assert.equal(facts.types().function('ip_rcv')?.parameters[0]?.name, 'skb')
  const [rcv] = facts.symbols().functions('ip_rcv')
  assert.ok(rcv)
  assert.equal(facts.sources().place(rcv)?.file, 'net/ipv4/ip_input.c')
  const [xmit] = facts.tracepoints().matching('net_dev_xmit', 'net')
  assert.equal(xmit?.system, 'net')
  assert.deepEqual(
    xmit?.prototype.parameters.map(p => p.name),
    ['skb', 'rc', 'dev', 'skb_len'],
  )
})

test('facts: BTF that is none is refused in words', t => {
  if (!existsSync('/sys/kernel/btf/vmlinux')) return t.skip('the kernel has no BTF')
  // This kernel maps zeros.
  assert.throws(
    () => readFacts(fakeKernel()).types(),
    (error: unknown) => error instanceof UnsupportedError && /not BTF/.test(error.message),
  )
})

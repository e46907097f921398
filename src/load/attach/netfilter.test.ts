import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttachTarget } from '../../image.ts'
import { Errno } from '../../sys/errno.ts'
import { fakeKernel } from '../../sys/fake-kernel.ts'
import { attachHooks } from './netfilter.ts'

/** Attaches to a hook where the first so many priorities are taken; which were asked for. */
async function attach(
  priority: number,
  errno: number,
  refusals: number,
): Promise<{ readonly tried: readonly number[]; readonly reason: string | undefined }> {
  const tried: number[] = []
  const kernel = fakeKernel(({ bytes }) => {
    tried.push(new DataView(bytes.buffer).getInt32(24, true))
    return tried.length <= refusals ? -errno : 100
  })
  const on = { kind: 'hook', family: 2, hook: 3, priority } as const
  const target: AttachTarget = { point: 0, name: '', address: 0n, btfId: 0, optional: false, on }
  let reason: string | undefined
  await attachHooks({
    kernel,
    attachment: { program: 0, method: 'netfilter', targets: [target] },
    program: () => 9,
    own: fd => fd,
    attached: () => {},
    failed: (_, error) => {
      reason = error instanceof Error ? error.message : String(error)
    },
    pause: () => Promise.resolve(),
  })
  return { tried, reason }
}

test('netfilter: where a priority is taken, the one before it is asked for', async () => {
  assert.deepEqual(await attach(0, Errno.EBUSY, 2), { tried: [0, -1, -2], reason: undefined })
})

test('netfilter: the first and the last priority are the kernel’s own', async () => {
  assert.deepEqual((await attach(-(2 ** 31), 0, 0)).tried, [-(2 ** 31) + 1])
  assert.deepEqual((await attach(2 ** 31 - 1, 0, 0)).tried, [2 ** 31 - 2])
})

const refusals: [name: string, errno: number, reason: RegExp][] = [
  ['every priority near is taken', Errno.EBUSY, /^netfilter hook 3 .*: all priorities near/],
  ['a family without programs', Errno.EAFNOSUPPORT, /hooks of IPv4 and IPv6 only$/],
  ['a user without rights', Errno.EPERM, /run klew as root, or with CAP_NET_ADMIN$/],
  ['a kernel without links', Errno.EINVAL, /CONFIG_NETFILTER_BPF_LINK/],
]
for (const [name, errno, reason] of refusals) {
  test(`netfilter: refused for ${name}`, async () => {
    assert.match((await attach(0, errno, 1000)).reason ?? '', reason)
  })
}

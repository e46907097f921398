import type { TestContext } from 'node:test'
import { tryMapCreate } from '../../src/sys/bpf-map.ts'
import { Errno, errnoName } from '../../src/sys/errno.ts'
import type { Kernel } from '../../src/sys/kernel.ts'
import { openKernel } from '../../src/sys/native.ts'

/**
 * The kernel, for a test that makes BPF objects; undefined where the test was skipped, which is
 * so without permission and on kernels older than `since` (`5.17`). On newer ones what is missing
 * is a failure.
 */
export function needs(t: TestContext, since: string): Kernel | undefined {
  if (process.platform !== 'linux') return skip(t, 'needs Linux')
  const kernel = openKernel()
  const { release } = kernel.uname()
  if (version(release) < version(since)) return skip(t, `needs Linux ${since}, this is ${release}`)
  kernel.raiseMemlock()
  const fd = tryMapCreate(kernel, {
    type: 2,
    keySize: 4,
    valueSize: 8,
    maxEntries: 1,
    name: 'needs',
  })
  if (fd === -Errno.EPERM || fd === -Errno.EACCES || fd === -Errno.ENOSYS) {
    return skip(t, `may not use bpf(2): ${errnoName(-fd)}`)
  }
  if (fd >= 0) kernel.close(fd)
  return kernel
}

function skip(t: TestContext, reason: string): undefined {
  t.skip(reason)
  return undefined
}

function version(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(part => Number.parseInt(part, 10))
  return major * 1000 + minor
}

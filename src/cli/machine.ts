import { join } from 'node:path'
import type { Facts } from '../kernel/facts.ts'
import { readFacts } from '../load/facts.ts'
import type { Kernel } from '../sys/kernel.ts'
import { openKernel } from '../sys/native.ts'
import type { CliContext } from './context.ts'

/** This machine's kernel, and what can be known about it. */
export function openMachine({ env, root }: CliContext): { kernel: Kernel; facts: Facts } {
  const kernel = openKernel()
  const cache = env['XDG_CACHE_HOME'] ?? ''
  const facts = readFacts(kernel, {
    dataDirectory: join(root, 'data'),
    ...(cache.startsWith('/') ? { cacheDirectory: join(cache, 'klew') } : {}),
  })
  return { kernel, facts }
}

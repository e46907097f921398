import type { Facts } from './facts.ts'

/** What most distributions build with, where the kernel's configuration is not to be read. */
const USUAL_HZ = 250n

/** How often the kernel's clock ticks (CONFIG_HZ). */
export function ticksPerSecond(facts: Facts): bigint {
  const hz = facts.config('CONFIG_HZ') ?? ''
  return /^[1-9][0-9]*$/.test(hz) ? BigInt(hz) : USUAL_HZ
}

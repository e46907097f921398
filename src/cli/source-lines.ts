import type { Facts } from '../kernel/facts.ts'
import type { CliContext } from './context.ts'

/** `kernel.function("ip_rcv@net/ipv4/ip_input.c:603")` */
const LINE = /@[^"]+:\d+"/

/**
 * For -v: says which kernel the lines in these probe points were read from, where that is not the
 * one that runs.
 */
export function sayWhoseLines(
  points: readonly string[],
  facts: Pick<Facts, 'release' | 'sources'>,
  context: Pick<CliContext, 'err'>,
): void {
  // Only then: opening the index takes time.
  if (!points.some(point => LINE.test(point))) return
  const { exact, series } = facts.sources()
  if (exact) return
  context.err(
    `lines of source files are those of Linux ${series}: klew has none of ${facts.release}\n`,
  )
}

import { isDeepStrictEqual } from 'node:util'
import type { Kernel } from '../../src/sys/kernel.ts'
import { type Both, runAllInKernel, runAllOutside } from '../support/both-sides.ts'
import { Random } from '../support/ir-random.ts'
import { GLOBALS, PRINT_GLOBALS, randomBody } from '../support/random-script.ts'

/** Loading maps takes longer than running a program: so many share them. */
const TOGETHER = 10

/** A program that does another thing in the kernel than out of it, or is refused there. */
export interface Difference {
  readonly program: string
  readonly what: string
}

export function tryPrograms(
  kernel: Kernel,
  both: Both,
  { seed, programs }: { readonly seed: number; readonly programs: number },
): readonly Difference[] {
  const found: Difference[] = []
  for (let first = 0; first < programs; first += TOGETHER) {
    const count = Math.min(TOGETHER, programs - first)
    const bodies = Array.from({ length: count }, (_, n) =>
      randomBody(new Random(seed * 100_003 + first + n)),
    )
    if (compare(kernel, both, bodies) === undefined) continue
    // One alone is easier to read, where it differs alone.
    const alone = bodies.flatMap(body => difference(kernel, both, [body]))
    found.push(...(alone.length > 0 ? alone : difference(kernel, both, bodies)))
  }
  return found
}

function difference(kernel: Kernel, both: Both, bodies: readonly string[]): readonly Difference[] {
  const what = compare(kernel, both, bodies)
  return what === undefined ? [] : [{ program: bodies.join('\n--\n'), what }]
}

function compare(kernel: Kernel, both: Both, bodies: readonly string[]): string | undefined {
  const scripts = { before: GLOBALS, bodies: [...bodies, PRINT_GLOBALS] }
  try {
    const inside = runAllInKernel(kernel, scripts, both)
    // Without may_goto fewer rounds are allowed.
    if (inside.printed.includes('MAXACTION') && !both.facts.has('may-goto')) return undefined
    const outside = runAllOutside(scripts, both)
    if (isDeepStrictEqual(inside, outside)) return undefined
    return `in the kernel\n${JSON.stringify(inside)}\noutside\n${JSON.stringify(outside)}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

import type { AttachTarget } from '../../image.ts'
import { Errno } from '../../sys/errno.ts'
import { UnsupportedError } from '../../sys/error.ts'
import { tryOpenBreakpoint } from '../../sys/perf.ts'
import { type Attaching, attachEach } from './attaching.ts'
import { attachOnEachCpu } from './each-cpu.ts'
import { refusedEvent } from './event-errors.ts'

/** Hardware breakpoints on memory of the kernel: each takes one of the few that every CPU has. */
export function attachBreakpoints(attaching: Attaching): Promise<void> {
  return attachEach(attaching, target => {
    const { on, address } = target
    if (on?.kind !== 'memory') throw new Error('a breakpoint without its memory')
    if (address === 0n) throw unknownAddress(target)
    const { length, access } = on
    attachOnEachCpu(
      attaching,
      attaching.program(target),
      cpu => tryOpenBreakpoint(attaching.kernel, { address, length, access, cpu }),
      errno => refusal(target, length, errno),
    )
  })
}

function unknownAddress({ name }: AttachTarget): Error {
  return new UnsupportedError(`watching ${name === '' ? 'address 0' : name}`, UNKNOWN)
}

const UNKNOWN =
  'the kernel tells no address for it: the name must be one of /proc/kallsyms, ' +
  'which shows addresses to root while kernel.kptr_restrict is below 2'

function refusal({ address }: AttachTarget, length: number, errno: number): Error {
  const at = `0x${BigInt.asUintN(64, address).toString(16)}`
  const own = {
    [Errno.ENOSPC]:
      'all hardware breakpoints are taken (x86 has 4): watch fewer places, or end the debugger that has them',
    [Errno.EINVAL]:
      address % BigInt(length) === 0n
        ? 'the processor cannot watch it: it must be memory of the kernel'
        : `the processor watches ${length} bytes only at a multiple of ${length}`,
    [Errno.EOPNOTSUPP]: NO_BREAKPOINTS,
    [Errno.ENODEV]: NO_BREAKPOINTS,
    [Errno.ENOENT]: NO_BREAKPOINTS,
  }
  const call = `perf_event_open(breakpoint, ${at})`
  return refusedEvent({ what: `watching ${at}`, call, own }, errno)
}

const NO_BREAKPOINTS = 'this machine has no hardware breakpoints'

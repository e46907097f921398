import type { AttachPlace } from '../../image.ts'
import { Errno } from '../../sys/errno.ts'
import { tryOpenCounter } from '../../sys/perf.ts'
import { readText } from '../facts-files.ts'
import { type Attaching, attachEach } from './attaching.ts'
import { attachOnEachCpu } from './each-cpu.ts'
import { refusedEvent } from './event-errors.ts'

/** Counters that run a program once in so many events, on every CPU and in every process. */
export function attachCounters(attaching: Attaching): Promise<void> {
  return attachEach(attaching, target => {
    const { on } = target
    if (on?.kind !== 'counter') throw new Error('a perf event without its counter')
    attachOnEachCpu(
      attaching,
      attaching.program(target),
      cpu => tryOpenCounter(attaching.kernel, { ...on, pid: -1, cpu }),
      errno => refusal(on, errno),
    )
  })
}

type Counter = Extract<AttachPlace, { kind: 'counter' }>

function refusal({ type, config, every }: Counter, errno: number): Error {
  const what = `${KINDS[type] ?? `counter of type ${type}`}, config ${config}`
  const call = `perf_event_open(type ${type}, config ${config})`
  const limit = readText('/proc/sys/kernel/perf_event_max_sample_rate')?.trim() ?? 'its limit'
  const period = every.kind === 'frequency' ? `it samples up to ${limit} times a second` : PERIOD
  const own = {
    [Errno.ENOENT]: MISSING,
    [Errno.EOPNOTSUPP]: MISSING,
    [Errno.ENODEV]: MISSING,
    [Errno.EINVAL]: `the kernel does not take these numbers; ${period}`,
  }
  return refusedEvent({ what, call, own }, errno)
}

const MISSING =
  'this machine does not have it, and virtual machines seldom have those of the processor; ' +
  'timer.profile and perf.type(1) work everywhere'
const PERIOD = 'perf list names the counters that there are'

/** By enum perf_type_id. */
const KINDS: Readonly<Record<number, string>> = {
  0: 'hardware counter',
  1: 'software counter',
  2: 'tracepoint counter',
  3: 'cache counter',
  4: 'raw counter',
}

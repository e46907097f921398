import { Errno } from '../../sys/errno.ts'
import { enable, setBpf } from '../../sys/perf.ts'
import { cpuNumbers, readText } from '../facts-files.ts'
import type { Attaching } from './attaching.ts'

/**
 * Opens one event for each CPU that is online and has it run the program; all or none. A CPU that
 * comes later has none. `open` gives a descriptor or a negated errno, which `refusal` explains.
 */
export function attachOnEachCpu(
  { kernel, own }: Attaching,
  program: number,
  open: (cpu: number) => number,
  refusal: (errno: number) => Error,
): void {
  const events: number[] = []
  try {
    for (const cpu of onlineCpus()) {
      const event = open(cpu)
      if (event >= 0) events.push(event)
      else if (-event !== Errno.ENODEV || !isGone(cpu)) throw refusal(-event)
    }
    for (const event of events) setBpf(kernel, event, program)
    for (const event of events) enable(kernel, event)
  } catch (error) {
    for (const event of events) kernel.close(event)
    throw error
  }
  for (const event of events) own(event)
}

function onlineCpus(): readonly number[] {
  return cpuNumbers(readText('/sys/devices/system/cpu/online') ?? '0')
}

/** Whether a CPU went offline since the list was read. */
function isGone(cpu: number): boolean {
  return !onlineCpus().includes(cpu)
}

import { readFileSync } from 'node:fs'
import type { AttachTarget } from '../../image.ts'
import { tryLinkPerfEvent } from '../../sys/bpf.ts'
import { UnsupportedError } from '../../sys/error.ts'
import { enable, openKprobe, setBpf } from '../../sys/perf.ts'
import { type Attaching, attachEach } from './attaching.ts'

/**
 * Kprobes by the perf PMU: an event for each function, which lives as long as its descriptor. The
 * link carries the number of the point as its cookie; where there are no such links (before 5.15),
 * the number is in the program.
 */
export function attachKprobes(attaching: Attaching): Promise<void> {
  const { kernel, attachment } = attaching
  const at = attachment.method === 'kretprobe' ? 'return' : 'entry'
  return attachEach(attaching, target => {
    const program = attaching.program(target)
    const pmu = kprobePmu()
    const event = attaching.own(openKprobe(kernel, { pmu, target: kprobeTarget(target), at }))
    const link = tryLinkPerfEvent(kernel, program, event, BigInt(target.point))
    if (link >= 0) {
      attaching.own(link)
    } else {
      setBpf(kernel, event, program)
      enable(kernel, event)
    }
  })
}

function kprobeTarget({
  name,
  address,
}: AttachTarget):
  | { kind: 'address'; address: bigint }
  | { kind: 'symbol'; name: string; offset: number } {
  // By address, since static functions share names.
  return address === 0n ? { kind: 'symbol', name, offset: 0 } : { kind: 'address', address }
}

const PMU_TYPE = '/sys/bus/event_source/devices/kprobe/type'

function kprobePmu(): number {
  try {
    return Number(readFileSync(PMU_TYPE, 'latin1'))
  } catch {
    throw new UnsupportedError('kprobes', `${PMU_TYPE} is not there`)
  }
}

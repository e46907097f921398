import type { AttachTarget } from '../../image.ts'
import { tryLinkPerfEvent } from '../../sys/bpf.ts'
import { Errno } from '../../sys/errno.ts'
import { UnsupportedError } from '../../sys/error.ts'
import { enable, type KprobeEvent, setBpf, tryOpenKprobe } from '../../sys/perf.ts'
import { readText } from '../facts-files.ts'
import { type Attaching, attachEach } from './attaching.ts'
import { refusedEvent } from './event-errors.ts'

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
    const wanted: KprobeEvent = { pmu, target: kprobeTarget(target), at }
    const opened = tryOpenKprobe(kernel, wanted)
    if (opened < 0) throw refused(target, wanted, -opened)
    const event = attaching.own(opened)
    const link = tryLinkPerfEvent(kernel, program, event, BigInt(target.point))
    if (link >= 0) {
      attaching.own(link)
    } else {
      setBpf(kernel, event, program)
      enable(kernel, event)
    }
  })
}

function kprobeTarget({ name, module, address }: AttachTarget): KprobeEvent['target'] {
  if (name === '' && module !== undefined) {
    return { kind: 'address', address: moduleText(module) + address }
  }
  if (address !== 0n) {
    // By address, since static functions share names.
    return { kind: 'address', address }
  }
  const symbol = module === undefined ? name : `${module}:${name}`
  return { kind: 'symbol', name: symbol, offset: 0 }
}

/** Where the text of a module starts. */
function moduleText(module: string): bigint {
  const file = `/sys/module/${module.replaceAll('-', '_')}/sections/.text`
  const start = BigInt(readText(file)?.trim() || 0)
  if (start !== 0n) return start
  const why = `${file} does not tell where it is: load the module, and run klew as root`
  throw new UnsupportedError(`module ${module}`, why)
}

/** What the kernel says of an address that it puts no probe at. */
function refused({ name }: AttachTarget, event: KprobeEvent, errno: number): Error {
  const { target } = event
  const what = target.kind === 'symbol' ? target.name : `0x${target.address.toString(16)}`
  const own = name === '' ? AT_ADDRESS : AT_SYMBOL
  return refusedEvent({ what, call: `perf_event_open(kprobe, ${what})`, own }, errno)
}

const NO_CODE = 'no probe can be set there: it is no code of the kernel, or code that probes use'

const AT_ADDRESS: Readonly<Record<number, string>> = {
  [Errno.EILSEQ]: 'no instruction starts there: objdump -d shows where they do',
  [Errno.EINVAL]: NO_CODE,
  [Errno.ENOENT]: NO_CODE,
}

const AT_SYMBOL: Readonly<Record<number, string>> = {
  [Errno.ENOENT]: 'there is no such function: load the module that has it',
}

const PMU_TYPE = '/sys/bus/event_source/devices/kprobe/type'

function kprobePmu(): number {
  const type = readText(PMU_TYPE)
  if (type === undefined) throw new UnsupportedError('kprobes', `${PMU_TYPE} is not there`)
  return Number(type)
}

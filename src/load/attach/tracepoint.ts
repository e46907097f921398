import { rawTracepointOpen } from '../../sys/bpf.ts'
import { type Attaching, attachEach } from './attaching.ts'

/** Tracepoints: tp_btf programs know theirs since they were loaded, raw ones are told its name. */
export function attachTracepoints(attaching: Attaching): Promise<void> {
  const { kernel, attachment } = attaching
  return attachEach(attaching, target => {
    const name = attachment.method === 'raw-tracepoint' ? target.name : undefined
    attaching.own(rawTracepointOpen(kernel, attaching.program(target), name))
  })
}

import { rawTracepointOpen } from '../../sys/bpf.ts'
import { type Attaching, attachEach } from './attaching.ts'

/** BPF trampolines (fentry, fexit): a program of its own for each function, loaded for it. */
export function attachTrampolines(attaching: Attaching): Promise<void> {
  return attachEach(attaching, target => {
    attaching.own(rawTracepointOpen(attaching.kernel, attaching.program(target), undefined))
  })
}

import type { AttachTarget } from '../../image.ts'
import { tryLinkKprobeMulti } from '../../sys/bpf.ts'
import { Errno } from '../../sys/errno.ts'
import { SyscallError } from '../../sys/error.ts'
import type { Attaching } from './attaching.ts'

/** kprobe_multi: all functions by one link. One bad function fails it; bisecting finds which. */
export async function attachKprobeMulti(attaching: Attaching): Promise<void> {
  const { targets } = attaching.attachment
  const [first] = targets
  if (first === undefined) return
  try {
    const program = attaching.program(first)
    await linkSome(attaching, program, targets)
  } catch (error) {
    for (const target of targets) attaching.failed(target, error)
  }
}

async function linkSome(
  attaching: Attaching,
  program: number,
  targets: readonly AttachTarget[],
): Promise<void> {
  const result = link(attaching, program, targets)
  await attaching.pause()
  if (result >= 0) {
    attaching.own(result)
    for (const target of targets) attaching.attached(target)
    return
  }
  if (targets.length === 1 || concernsAll(-result)) {
    const error = new SyscallError('bpf(BPF_LINK_CREATE, kprobe_multi)', -result)
    for (const target of targets) attaching.failed(target, error)
    return
  }
  const middle = targets.length >> 1
  await linkSome(attaching, program, targets.slice(0, middle))
  await linkSome(attaching, program, targets.slice(middle))
}

/** Not the fault of a single function. */
function concernsAll(errno: number): boolean {
  return errno === Errno.EOPNOTSUPP || errno === Errno.EPERM || errno === Errno.EACCES
}

function link(attaching: Attaching, program: number, targets: readonly AttachTarget[]): number {
  const { kernel, attachment } = attaching
  const known = targets.every(target => target.address !== 0n)
  return tryLinkKprobeMulti(kernel, program, {
    targets: known
      ? { kind: 'addresses', addresses: targets.map(target => target.address) }
      : { kind: 'symbols', symbols: targets.map(target => target.name) },
    cookies: targets.map(target => BigInt(target.point)),
    at: attachment.method === 'kretprobe-multi' ? 'return' : 'entry',
  })
}

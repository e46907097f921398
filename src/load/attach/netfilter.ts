import type { AttachPlace } from '../../image.ts'
import { tryLinkNetfilter } from '../../sys/bpf.ts'
import { Errno } from '../../sys/errno.ts'
import { type Attaching, attachEach } from './attaching.ts'
import { refusedEvent } from './event-errors.ts'

type Hook = Extract<AttachPlace, { kind: 'hook' }>

/** Programs on netfilter hooks, by links that take them off when they are closed. */
export function attachHooks(attaching: Attaching): Promise<void> {
  return attachEach(attaching, target => {
    const { on } = target
    if (on?.kind !== 'hook') throw new Error('a hook without its place')
    const link = linkNear(attaching, attaching.program(target), on)
    if (link < 0) throw refusedEvent(refusal(on), -link)
    attaching.own(link)
  })
}

// What is kept for the kernel's own: INT_MIN and INT_MAX.
const FIRST = -(2 ** 31) + 1
const LAST = 2 ** 31 - 2
const TRIES = 16

/**
 * The kernel gives no program the priority that something else has on the hook. A hook comes before
 * older ones of its priority: so does what is one less.
 */
function linkNear({ kernel }: Attaching, program: number, hook: Hook): number {
  const wanted = Math.min(LAST, Math.max(FIRST, hook.priority))
  let result = -Errno.EBUSY
  for (let n = 0; n < TRIES && result === -Errno.EBUSY; n++) {
    const priority = Math.max(FIRST, wanted - n)
    result = tryLinkNetfilter(kernel, program, { ...hook, priority })
  }
  return result
}

function refusal({ family, hook }: Hook): Parameters<typeof refusedEvent>[0] {
  const none = 'the kernel puts programs on hooks of IPv4 and IPv6 only'
  const missing = 'the kernel is built without CONFIG_NETFILTER_BPF_LINK (Linux 6.4)'
  return {
    what: `netfilter hook ${hook} of family ${family}`,
    call: `bpf(BPF_LINK_CREATE, netfilter hook ${hook})`,
    own: {
      [Errno.EAFNOSUPPORT]: none,
      [Errno.EPERM]: 'this user may not: run klew as root, or with CAP_NET_ADMIN',
      [Errno.EINVAL]: missing,
      [Errno.EOPNOTSUPP]: missing,
      [Errno.EBUSY]: 'all priorities near to it are taken: give another by .priority("N")',
    },
  }
}

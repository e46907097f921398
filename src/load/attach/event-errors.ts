import { Errno } from '../../sys/errno.ts'
import { SyscallError, UnsupportedError } from '../../sys/error.ts'

// Why the kernel does not open a perf event, and what to do about it.

export interface RefusedEvent {
  /** In the user's words: `hardware counter 0`. */
  readonly what: string
  readonly call: string
  /** Reasons that only this kind of event has. */
  readonly own: Readonly<Record<number, string>>
}

export function refusedEvent({ what, call, own }: RefusedEvent, errno: number): Error {
  const why = own[errno] ?? COMMON[errno]
  return why === undefined ? new SyscallError(call, errno) : new UnsupportedError(what, why)
}

const RIGHTS =
  'this user may not open it: run klew as root, or lower kernel.perf_event_paranoid by sysctl'

const COMMON: Readonly<Record<number, string>> = {
  [Errno.EPERM]: RIGHTS,
  [Errno.EACCES]: RIGHTS,
  [Errno.EMFILE]: 'klew may not open so many files: raise the limit by ulimit -n',
}

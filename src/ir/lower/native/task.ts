import { number } from '../../instruction.ts'
import type { Native } from './native.ts'

/** Who runs: the current task and CPU. */
export const task: Readonly<Record<string, Native>> = {
  // The kernel's pid is SystemTap's tid, its tgid is SystemTap's pid.
  pid: b => b.binary('ushr', b.context('pid-tgid'), number(32n)),
  tid: b => b.binary('and', b.context('pid-tgid'), number(0xffffffffn)),
  ppid: b => b.context('ppid'),
  uid: b => b.binary('and', b.context('uid-gid'), number(0xffffffffn)),
  gid: b => b.binary('ushr', b.context('uid-gid'), number(32n)),
  cpu: b => b.context('cpu'),
  execname: b => b.context('comm'),
  target: b => b.context('target'),
}

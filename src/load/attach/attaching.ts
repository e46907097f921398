import type { Attachment, AttachTarget } from '../../image.ts'
import type { Kernel } from '../../sys/kernel.ts'

/** One attachment on its way: what the ways of attaching share. */
export interface Attaching {
  readonly kernel: Kernel
  readonly attachment: Attachment
  /** A descriptor of the program; one made for this target where each needs its own. Throws. */
  program(target: AttachTarget): number
  /** Takes over the descriptor of a link or an event: closing it detaches. */
  own(fd: number): number
  attached(target: AttachTarget): void
  failed(target: AttachTarget, error: unknown): void
  /** Lets the event loop go on, where that is due. */
  pause(): Promise<void>
}

/** Attaches target by target; one that fails does not keep the others. */
export async function attachEach(
  attaching: Attaching,
  attach: (target: AttachTarget) => void,
): Promise<void> {
  for (const target of attaching.attachment.targets) {
    try {
      attach(target)
      attaching.attached(target)
    } catch (error) {
      attaching.failed(target, error)
    }
    await attaching.pause()
  }
}

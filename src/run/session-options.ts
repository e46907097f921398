import type { Symbolizer } from '../host/pure.ts'
import type { Image } from '../image.ts'
import type { AttachReport, Loaded } from '../load/loaded.ts'
import type { Kernel } from '../sys/kernel.ts'
import type { SessionHandle } from './handle.ts'
import type { Output } from './output.ts'
import type { FolderPlace } from './session-folder.ts'
import type { ProbeTime } from './timing.ts'
import type { InputStream } from './typed-input.ts'

export interface SessionOptions {
  readonly image: Image
  /** Undefined when the image has nothing for the kernel. The session closes it. */
  readonly loaded: Loaded | undefined
  /** Needed with `loaded`, and for files and input. */
  readonly kernel: Kernel | undefined
  readonly output: Output
  readonly onMessage: (message: Message) => void
  /** Told when there is nothing more to come but what waits for its reader. */
  readonly onEnd?: ((result: SessionResult) => void) | undefined
  /** Output as objects, a line each, with the probe that printed it. */
  readonly json?: boolean | undefined
  /** Errors and skipped probes are counted, and told only if `verbose`. */
  readonly suppressErrors?: boolean | undefined
  /** How often and how long each probe ran is in the result. */
  readonly timing?: boolean | undefined
  /** Names for addresses; without, they print as numbers. */
  readonly symbols?: Symbolizer | undefined
  /** -c: held until everything is attached; the session ends with it. */
  readonly command?: string | undefined
  /** -x */
  readonly targetPid?: number | undefined
  readonly timeoutMs?: number | undefined
  /** Value of the variable TZ. */
  readonly timeZone?: string | undefined
  /** Where files of procfs probes are made. */
  readonly files?: FolderPlace | undefined
  /** Told where they are. */
  readonly onFiles?: ((folder: string) => void) | undefined
  /** For probes of input: what is typed. */
  readonly input?: (() => InputStream) | undefined
  /** Repeated warnings too. */
  readonly verbose?: boolean | undefined
  /**
   * Told when everything is attached and the script runs, with what could not be attached: that
   * is then the caller's to report. Without this the session warns itself.
   */
  readonly onRunning?:
    | ((report: AttachReport | undefined, handle: SessionHandle) => void)
    | undefined
  readonly onAttaching?: ((done: number, total: number) => void) | undefined
  /** A third ^C: leave at once. */
  readonly exitHard: () => void
}

/** For people, beside the output. */
export interface Message {
  readonly severity: 'error' | 'warning'
  /** A byte string without a line break. */
  readonly text: string
  /** Of the probe that it is about. */
  readonly point?: number
  /** Records of it that found no room. */
  readonly lost?: bigint
}

export interface SessionResult {
  /** Soft errors, in the kernel and here. */
  readonly errors: number
  readonly skipped: number
  /** Records that found no room, by point. */
  readonly lost: readonly { readonly point: number; readonly count: bigint }[]
  /** Of the command of -c: its exit status, or 128 + signal. */
  readonly childStatus: number | undefined
  /** With the option `timing`. */
  readonly times: readonly ProbeTime[]
  readonly exitCode: 0 | 1
}

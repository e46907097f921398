import type { HostHandler, Image } from '../image.ts'
import type { Kernel, Watch } from '../sys/kernel.ts'
import { ServedFiles } from './served-files.ts'
import type { FolderPlace } from './session-folder.ts'
import { followInput, type InputStream } from './typed-input.ts'

export interface SourcesOptions {
  readonly image: Image
  readonly kernel: Kernel | undefined
  readonly files: FolderPlace | undefined
  /** Absent where there is no input. */
  readonly input: (() => InputStream) | undefined
  /** Runs a handler on what came; gives what the one who reads a file gets. */
  readonly run: (handler: HostHandler, text: string) => string
  /** Told why files cannot be served any longer. */
  readonly failed: (error: unknown) => void
}

/** Where events come from that are neither the kernel's nor timers: files and what is typed. */
export interface Sources {
  /** Of the files. */
  readonly folder: string | undefined
  /** From now on handlers run. */
  start(): void
  close(): void
}

/** Whether handlers of the image need such sources, and with them a kernel. */
export function needsSources({ handlers }: Image): boolean {
  return handlers.some(({ when }) => when.kind === 'file' || when.kind === 'input')
}

/** Files are there when it returns. @throws UnsupportedError where they cannot be made */
export function openSources(options: SourcesOptions): Sources {
  const { image, kernel, files: place, input, run, failed } = options
  const most = image.limits.maxStringLength - 1
  const ofFiles = image.handlers.filter(({ when }) => when.kind === 'file')
  const ofInput = image.handlers.filter(({ when }) => when.kind === 'input')
  const files =
    ofFiles.length === 0 || kernel === undefined || place === undefined
      ? undefined
      : new ServedFiles({ kernel, place, handlers: ofFiles, most, run, failed })
  let typed: Watch | undefined
  return {
    folder: files?.folder,
    start: () => {
      files?.start()
      if (ofInput.length === 0 || kernel === undefined || input === undefined) return
      typed = followInput({ stream: input(), kernel, handlers: ofInput, most, run })
    },
    close: () => {
      files?.close()
      typed?.close()
    },
  }
}

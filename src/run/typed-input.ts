import type { HostHandler } from '../image.ts'
import type { Kernel, Watch } from '../sys/kernel.ts'
import { LineSplitter, scriptString } from './line-splitter.ts'
import { takeKeys } from './terminal-keys.ts'

/** What of a stream is needed; process.stdin is one. */
export interface InputStream {
  readonly fd?: number
  readonly isTTY?: boolean
  on(event: 'data', listener: (bytes: Buffer) => void): unknown
  on(event: 'end' | 'error', listener: () => void): unknown
  pause(): unknown
}

export interface TypedInput {
  readonly stream: InputStream
  readonly kernel: Kernel
  /** Handlers of input; each gets what is typed. */
  readonly handlers: readonly HostHandler[]
  /** The most bytes of a line. */
  readonly most: number
  readonly run: (handler: HostHandler, text: string) => void
}

/** Gives handlers what is typed until closed. The end of the input ends nothing. */
export function followInput({ stream, kernel, handlers, most, run }: TypedInput): Watch {
  const of = (unit: 'char' | 'line'): HostHandler[] =>
    handlers.filter(({ when }) => when.kind === 'input' && when.unit === unit)
  const chars = of('char')
  const lines = of('line')
  let closed = false
  const give = (to: readonly HostHandler[], text: string): void => {
    for (const handler of to) if (!closed) run(handler, text)
  }
  const splitter = new LineSplitter(most, line => give(lines, line))
  const keys =
    stream.isTTY === true && chars.length > 0 ? takeKeys(kernel, stream.fd ?? 0) : undefined

  stream.on('data', bytes => {
    const text = bytes.toString('latin1')
    if (chars.length === 0) {
      splitter.push(text)
      return
    }
    for (const char of text) {
      give(chars, scriptString(char))
      if (lines.length > 0) splitter.push(char)
    }
  })
  stream.on('end', () => splitter.end())
  // A terminal that is gone has no more input.
  stream.on('error', () => splitter.end())

  return {
    close: () => {
      closed = true
      stream.pause()
      keys?.close()
    },
  }
}

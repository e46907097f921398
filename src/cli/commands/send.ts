import { openKernel } from '../../sys/native.ts'
import { sendFrame } from '../../traffic/send.ts'
import { type CliContext, EXIT } from '../context.ts'
import { UsageError } from '../options.ts'

const FORM = 'klew send packet DEVICE [--hex BYTES]'

/** `klew send packet lo`: one frame through an AF_PACKET socket. */
export function send(argv: readonly string[], context: CliContext): number {
  const [kind, device, ...rest] = argv
  if (kind === undefined) throw new UsageError('klew send: expected packet', FORM)
  if (kind !== 'packet') throw new UsageError(`klew send ${kind}: expected packet`, FORM)
  if (device === undefined || device.startsWith('-')) throw new UsageError('no device given', FORM)
  const bytes = sendFrame(openKernel(), device, frameFrom(rest))
  context.err(`klew: sent a frame of ${bytes} bytes on ${device}\n`)
  return EXIT.ok
}

function frameFrom([option, ...rest]: readonly string[]): Uint8Array | undefined {
  if (option === undefined) return undefined
  const [, joined] = /^--hex=(.*)$/s.exec(option) ?? []
  if (joined === undefined && option !== '--hex') {
    throw new UsageError(`klew send packet: ${option} has no meaning here`, FORM)
  }
  const [hex, extra] = joined === undefined ? rest : [joined, ...rest]
  if (extra !== undefined) throw new UsageError(`klew send packet: ${extra} is too much`, FORM)
  const digits = (hex ?? '').replace(/[\s:]/g, '')
  if (!/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new UsageError('--hex wants pairs of hex digits', FORM)
  }
  return Buffer.from(digits, 'hex')
}

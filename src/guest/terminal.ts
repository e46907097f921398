import type { Duplex } from 'node:stream'

const END_OF_INPUT = '\x04'

/**
 * Joins the terminal of this process to the guest's: every key goes there, ^C too. Returns what
 * gives the terminal back; that also happens when the process exits.
 */
export function joinTerminal(guest: Duplex): () => void {
  const { stdin, stdout } = process
  const restore = (): void => {
    if (stdin.isTTY) stdin.setRawMode(false)
  }
  const send = (bytes: Buffer): void => {
    guest.write(bytes)
  }
  const end = (): void => {
    guest.write(END_OF_INPUT)
  }
  if (stdin.isTTY) stdin.setRawMode(true)
  process.once('exit', restore)
  stdin.on('data', send)
  stdin.on('end', end)
  guest.pipe(stdout, { end: false })
  return () => {
    stdin.removeListener('data', send)
    stdin.removeListener('end', end)
    // Otherwise the open input would keep the process alive.
    stdin.pause()
    process.removeListener('exit', restore)
    restore()
  }
}

/** The size of this process's terminal; that of an old one when there is none. */
export function terminalSize(): { rows: number; columns: number } {
  const { rows, columns } = process.stdout
  return { rows: rows ?? 24, columns: columns ?? 80 }
}

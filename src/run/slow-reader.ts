import { Socket } from 'node:net'

/** Writes to a pipe as its reader takes it, and closes it; one that goes away ends it. */
export function writeSlowly(fd: number, bytes: Buffer): void {
  const socket = new Socket({ fd, readable: false, writable: true })
  socket.on('error', () => socket.destroy())
  socket.end(bytes)
}

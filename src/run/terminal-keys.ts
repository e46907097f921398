import type { Kernel, Watch } from '../sys/kernel.ts'

// include/uapi/asm-generic/ioctls.h, termbits.h: the same on both processors.
const TCGETS = 0x5401
const TCSETS = 0x5402
const ICANON = 0o2
const ECHO = 0o10
/** struct termios: four words of flags, c_line, c_cc. */
const TERMIOS_BYTES = 36
const LOCAL_FLAGS = 12
const CONTROL_CHARACTERS = 17
const VTIME = 5
const VMIN = 6

/**
 * Has a terminal give each key when it is pressed, and not show it. Other than with Node's raw
 * mode ^C and ^Z still are signals, and Enter a newline. Undone by `close`, and when klew ends in
 * any way that lets it; done again when it goes on after ^Z. Undefined for what is no terminal.
 */
export function takeKeys(kernel: Kernel, fd: number): Watch | undefined {
  const before = new Uint8Array(TERMIOS_BYTES)
  if (kernel.ioctl(fd, TCGETS, kernel.address(before)) < 0) return undefined
  const keys = withKeys(before)
  const set = (mode: Uint8Array): void => {
    kernel.ioctl(fd, TCSETS, kernel.address(mode))
  }
  const undo = (): void => set(before)
  const redo = (): void => set(keys)
  redo()
  process.on('exit', undo)
  process.on('SIGCONT', redo)
  return {
    close: () => {
      process.off('exit', undo)
      process.off('SIGCONT', redo)
      undo()
    },
  }
}

function withKeys(mode: Uint8Array): Uint8Array {
  const keys = Uint8Array.from(mode)
  const view = new DataView(keys.buffer)
  const flags = view.getUint32(LOCAL_FLAGS, true)
  view.setUint32(LOCAL_FLAGS, (flags & ~(ICANON | ECHO)) >>> 0, true)
  keys[CONTROL_CHARACTERS + VMIN] = 1
  keys[CONTROL_CHARACTERS + VTIME] = 0
  return keys
}

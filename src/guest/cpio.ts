/**
 * Writes cpio archives in the "newc" form, the one the kernel reads an initramfs from
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export interface CpioEntry {
  /** Without a leading slash. */
  readonly path: string
  /** File type and permission bits, as in st_mode. */
  readonly mode: number
  readonly data?: Uint8Array
}

export const DIRECTORY = 0o040755
export const EXECUTABLE = 0o100755
export const PLAIN_FILE = 0o100644

const HEADER_BYTES = 110
const TRAILER = 'TRAILER!!!'

/** Directories must stand before what they hold. Archives may be joined end to end. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.map((entry, index) => record(entry, index + 1))
  parts.push(record({ path: TRAILER, mode: 0 }, 0))
  return Buffer.concat(parts)
}

function record(entry: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`)
  const data = entry.data ?? new Uint8Array(0)
  const dataAt = align4(HEADER_BYTES + name.length)
  const bytes = Buffer.alloc(dataAt + align4(data.length))
  // Owner, group and time stay 0; every entry has one link and no device.
  const fields = [inode, entry.mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0]
  bytes.write(`070701${fields.map(hex8).join('')}`, 'latin1')
  name.copy(bytes, HEADER_BYTES)
  bytes.set(data, dataAt)
  return bytes
}

function hex8(n: number): string {
  return n.toString(16).padStart(8, '0')
}

function align4(n: number): number {
  return (n + 3) & ~3
}

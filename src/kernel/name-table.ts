/**
 * Finds entries by the bytes of their names, which stay where they are: open addressing, no
 * strings made. A name ends before the first byte that is not printable (a NUL, tab or line break).
 */
export class NameTable {
  readonly #bytes: Uint8Array
  /** Pairs of a name's start and an entry's value + 1; zero where free. */
  readonly #slots: Uint32Array
  readonly #mask: number

  /** Room for `capacity` entries. */
  constructor(bytes: Uint8Array, capacity: number) {
    let size = 16
    while (size < capacity * 2) size *= 2
    this.#bytes = bytes
    this.#slots = new Uint32Array(size * 2)
    this.#mask = size - 1
  }

  /** Adds the entry whose name starts at this byte. */
  add(start: number, value: number): void {
    const slots = this.#slots
    let at = hashAt(this.#bytes, start) & this.#mask
    while (slots[at * 2 + 1] !== 0) at = (at + 1) & this.#mask
    slots[at * 2] = start
    slots[at * 2 + 1] = value + 1
  }

  /** Values of all entries of this name, in the order they were added. */
  find(name: string): number[] {
    const wanted = Buffer.from(name, 'latin1')
    const slots = this.#slots
    const found: number[] = []
    for (let at = hashAt(wanted, 0) & this.#mask; ; at = (at + 1) & this.#mask) {
      const value = slots[at * 2 + 1] ?? 0
      if (value === 0) return found
      if (startsWith(this.#bytes, slots[at * 2] ?? 0, wanted)) found.push(value - 1)
    }
  }
}

/** FNV-1a over the printable bytes from a place on. */
function hashAt(bytes: Uint8Array, start: number): number {
  let hash = 0x811c9dc5
  for (let i = start; ; i++) {
    const byte = bytes[i] ?? 0
    if (byte <= 0x20) break
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}

function startsWith(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return (bytes[start + name.length] ?? 0) <= 0x20
}

import type { Kernel } from './kernel.ts'

/**
 * The bytes of one `union bpf_attr` (or a like structure), written field by field at the offsets
 * of the kernel's header.
 *
 * Holds every buffer it points to until the call is over: an address alone would not keep the
 * garbage collector from taking the buffer.
 */
export class Attribute {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #kernel: Kernel
  readonly #kept: Uint8Array[] = []

  constructor(kernel: Kernel, size: number) {
    this.#kernel = kernel
    this.bytes = new Uint8Array(size)
    this.#view = new DataView(this.bytes.buffer)
  }

  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true)
    return this
  }

  u64(offset: number, value: bigint): this {
    this.#view.setBigUint64(offset, BigInt.asUintN(64, value), true)
    return this
  }

  /** The buffer's address; NULL where there is no buffer, or an empty one. */
  pointer(offset: number, buffer: Uint8Array | undefined): this {
    if (buffer === undefined || buffer.length === 0) return this
    this.#kept.push(buffer)
    return this.u64(offset, this.#kernel.address(buffer))
  }

  /** The address of a copy of the text, NUL ended. */
  textPointer(offset: number, text: string): this {
    return this.pointer(offset, nulEnded(text))
  }

  /** The text itself, cut to `size` with its NUL. */
  text(offset: number, text: string, size: number): this {
    this.bytes.set(Buffer.from(text.slice(0, size - 1), 'latin1'), offset)
    return this
  }

  /** Addresses of NUL-ended copies, as an array of pointers. */
  textPointers(offset: number, texts: readonly string[]): this {
    const addresses = new BigUint64Array(texts.length)
    texts.forEach((text, i) => {
      const copy = nulEnded(text)
      this.#kept.push(copy)
      addresses[i] = this.#kernel.address(copy)
    })
    return this.pointer(offset, new Uint8Array(addresses.buffer))
  }

  u64Pointer(offset: number, values: readonly bigint[]): this {
    return this.pointer(offset, new Uint8Array(BigUint64Array.from(values).buffer))
  }

  readU32(offset: number): number {
    return this.#view.getUint32(offset, true)
  }

  readU64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true)
  }

  /** bpf(2) with these bytes: its result, or the negated errno. */
  bpf(command: number): number {
    const result = this.#kernel.bpf(command, this.bytes)
    this.#kept.length = 0
    return result
  }

  /** perf_event_open(2) with these bytes: its result, or the negated errno. */
  perfEventOpen(pid: number, cpu: number, group: number, flags: number): number {
    const result = this.#kernel.perfEventOpen(this.bytes, pid, cpu, group, flags)
    this.#kept.length = 0
    return result
  }
}

/** A buffer's text up to its first NUL. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('latin1')
}

function nulEnded(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'latin1')
}

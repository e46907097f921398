/**
 * Writes BTF for a program of ours (Documentation/bpf/btf.rst): the types of its functions, and
 * the strings that line_info refers to.
 */
export class BtfWriter {
  readonly #types: number[] = []
  readonly #strings = new Map<string, number>([['', 0]])
  #stringBytes = 1
  #last = 0

  /** Offset of a text in the string section; every text is stored once. */
  string(text: string): number {
    const known = this.#strings.get(text)
    if (known !== undefined) return known
    const offset = this.#stringBytes
    this.#strings.set(text, offset)
    this.#stringBytes += Buffer.byteLength(text, 'utf8') + 1
    return offset
  }

  /** An integer type; its id. */
  int(name: string, bytes: number, { signed }: { readonly signed: boolean }): number {
    const encoding = signed ? BTF_INT_SIGNED : 0
    return this.#add(this.string(name), info(BTF_KIND_INT, 0), bytes, [
      (encoding << 24) | (bytes * 8),
    ])
  }

  /** A pointer to a type, 0 being void; its id. */
  pointer(to: number): number {
    return this.#add(0, info(BTF_KIND_PTR, 0), to, [])
  }

  functionPrototype(
    returns: number,
    parameters: readonly { readonly name: string; readonly type: number }[],
  ): number {
    const fields = parameters.flatMap(({ name, type }) => [this.string(name), type])
    return this.#add(0, info(BTF_KIND_FUNC_PROTO, parameters.length), returns, fields)
  }

  /** Static functions are verified in each place that calls them, global ones once. */
  func(name: string, prototype: number, linkage: 'static' | 'global'): number {
    const kind = info(BTF_KIND_FUNC, linkage === 'static' ? BTF_FUNC_STATIC : BTF_FUNC_GLOBAL)
    return this.#add(this.string(name), kind, prototype, [])
  }

  finish(): Uint8Array {
    const strings = Buffer.from([...this.#strings.keys()].map(text => `${text}\0`).join(''), 'utf8')
    const typeBytes = this.#types.length * 4
    const bytes = Buffer.alloc(HEADER_BYTES + typeBytes + strings.length)
    bytes.writeUInt16LE(BTF_MAGIC, 0)
    bytes.writeUInt8(BTF_VERSION, 2)
    bytes.writeUInt32LE(HEADER_BYTES, 4)
    bytes.writeUInt32LE(0, 8)
    bytes.writeUInt32LE(typeBytes, 12)
    bytes.writeUInt32LE(typeBytes, 16)
    bytes.writeUInt32LE(strings.length, 20)
    this.#types.forEach((word, i) => {
      bytes.writeUInt32LE(word >>> 0, HEADER_BYTES + i * 4)
    })
    strings.copy(bytes, HEADER_BYTES + typeBytes)
    return bytes
  }

  /** struct btf_type: name, info, size or type; then what its kind adds. */
  #add(name: number, kind: number, sizeOrType: number, fields: readonly number[]): number {
    this.#types.push(name, kind, sizeOrType, ...fields)
    return ++this.#last
  }
}

// include/uapi/linux/btf.h
const BTF_MAGIC = 0xeb9f
const BTF_VERSION = 1
const HEADER_BYTES = 24
const BTF_KIND_INT = 1
const BTF_KIND_PTR = 2
const BTF_KIND_FUNC = 12
const BTF_KIND_FUNC_PROTO = 13
const BTF_INT_SIGNED = 1
const BTF_FUNC_STATIC = 0
const BTF_FUNC_GLOBAL = 1

function info(kind: number, count: number): number {
  return (kind << 24) | count
}

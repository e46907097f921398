/**
 * BTF made by hand, for tests: each method adds one type and gives its id. Strings are stored
 * once, as pahole stores them; a module's come behind the base's.
 */
export class BtfMaker {
  readonly #types: number[] = []
  readonly #offsets = new Map<string, number>([['', 0]])
  readonly #base: BtfMaker | undefined
  #strings = ''
  #nextId: number

  constructor(base?: BtfMaker) {
    this.#base = base
    this.#nextId = base === undefined ? 1 : base.#nextId
    if (base === undefined) this.#strings = '\0'
  }

  int(name: string, size: number, encoding = 0, bits: number = size * 8): number {
    return this.#add(name, 1, 0, size, [(encoding << 24) | bits])
  }
  pointer(to: number): number {
    return this.#add('', 2, 0, to)
  }
  array(element: number, count: number): number {
    return this.#add('', 3, 0, 0, [element, 1, count])
  }
  struct(name: string, size: number, members: readonly MadeMember[], kind: 4 | 5 = 4): number {
    const bits = members.some(m => m.width !== undefined)
    return this.#add(
      name,
      kind,
      members.length,
      size,
      members.flatMap(m => [this.#text(m.name), m.type, m.offset | ((m.width ?? 0) << 24)]),
      bits,
    )
  }
  union(name: string, size: number, members: readonly MadeMember[]): number {
    return this.struct(name, size, members, 5)
  }
  enum(name: string, values: Readonly<Record<string, number>>, signed = false): number {
    const entries = Object.entries(values)
    const rest = entries.flatMap(([n, v]) => [this.#text(n), v])
    return this.#add(name, 6, entries.length, 4, rest, signed)
  }
  enum64(name: string, values: Readonly<Record<string, bigint>>, signed = false): number {
    const entries = Object.entries(values)
    const rest = entries.flatMap(([n, v]) => [
      this.#text(n),
      Number(BigInt.asUintN(32, v)),
      Number(BigInt.asUintN(32, v >> 32n)),
    ])
    return this.#add(name, 19, entries.length, 8, rest, signed)
  }
  forward(name: string, union = false): number {
    return this.#add(name, 7, 0, 0, [], union)
  }
  typedef(name: string, of: number): number {
    return this.#add(name, 8, 0, of)
  }
  volatile(of: number): number {
    return this.#add('', 9, 0, of)
  }
  const(of: number): number {
    return this.#add('', 10, 0, of)
  }
  func(name: string, prototype: number): number {
    return this.#add(name, 12, 0, prototype)
  }
  prototype(
    result: number,
    parameters: readonly (readonly [name: string, type: number])[],
  ): number {
    const rest = parameters.flatMap(([n, type]) => [this.#text(n), type])
    return this.#add('', 13, parameters.length, result, rest)
  }
  float(name: string, size: number): number {
    return this.#add(name, 16, 0, size)
  }
  declTag(name: string, of: number): number {
    return this.#add(name, 17, 0, of, [0xffffffff])
  }
  typeTag(name: string, of: number): number {
    return this.#add(name, 18, 0, of)
  }
  /** A record of any kind, however wrong. */
  raw(kind: number, value: number): number {
    return this.#add('', kind, 0, value)
  }

  bytes(): Uint8Array {
    const types = Buffer.from(Uint32Array.from(this.#types).buffer)
    const strings = Buffer.from(this.#strings, 'latin1')
    const header = Buffer.alloc(24)
    header.writeUInt16LE(0xeb9f, 0)
    header.writeUInt8(1, 2)
    header.writeUInt32LE(24, 4)
    header.writeUInt32LE(types.length, 12)
    header.writeUInt32LE(types.length, 16)
    header.writeUInt32LE(strings.length, 20)
    return new Uint8Array(Buffer.concat([header, types, strings]))
  }

  #add(
    name: string,
    kind: number,
    length: number,
    value: number,
    rest: readonly number[] = [],
    flag = false,
  ): number {
    const info = ((flag ? 0x80000000 : 0) | (kind << 24) | length) >>> 0
    this.#types.push(this.#text(name), info, value, ...rest)
    return this.#nextId++
  }

  #text(text: string): number {
    const known =
      (this.#base === undefined ? undefined : this.#base.#known(text)) ?? this.#offsets.get(text)
    if (known !== undefined) return known
    const offset =
      (this.#base === undefined ? 0 : this.#base.#strings.length) + this.#strings.length
    this.#offsets.set(text, offset)
    this.#strings += `${text}\0`
    return offset
  }

  #known(text: string): number | undefined {
    return this.#offsets.get(text)
  }
}

export interface MadeMember {
  readonly name: string
  readonly type: number
  /** Bits. */
  readonly offset: number
  /** Of a bitfield. */
  readonly width?: number
}

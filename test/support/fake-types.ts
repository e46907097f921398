import type { CType, FunctionType, Member, TypeId, Types } from '../../src/kernel/types.ts'

type Fields = readonly (readonly [name: string, type: TypeId, bits?: number])[]

/** A handful of C types, laid out as a compiler would, for tests that need no kernel. */
export class FakeTypes implements Types {
  readonly #types: {
    readonly type: CType
    readonly name: string
    readonly members: Member[]
    readonly fields: Member[]
  }[] = []
  readonly #variables = new Map<string, TypeId>()
  readonly #byName = new Map<string, TypeId>()
  readonly #functions = new Map<string, FunctionType>()

  readonly void: TypeId = this.#add({ kind: 'void' }, 'void')
  readonly int: TypeId = this.integer('int', 4, { signed: true })
  readonly uint: TypeId = this.integer('unsigned int', 4, {})
  readonly u8: TypeId = this.integer('unsigned char', 1, {})
  readonly u16: TypeId = this.integer('__be16', 2, {})
  readonly be32: TypeId = this.integer('__be32', 4, {})
  readonly long: TypeId = this.integer('long', 8, { signed: true })
  readonly ulong: TypeId = this.integer('size_t', 8, {})
  readonly char: TypeId = this.integer('char', 1, { signed: true, char: true })
  readonly bool: TypeId = this.integer('bool', 1, { bool: true })

  integer(
    name: string,
    size: number,
    {
      signed = false,
      bool = false,
      char = false,
    }: Partial<Record<'signed' | 'bool' | 'char', boolean>>,
  ): TypeId {
    return this.#add({ kind: 'integer', size, signed, bool, char }, name)
  }

  pointer(target: TypeId): TypeId {
    return this.#add({ kind: 'pointer', target }, `${this.spell(target)}*`)
  }

  array(element: TypeId, count: number): TypeId {
    return this.#add({ kind: 'array', element, count }, `${this.spell(element)}[]`)
  }

  forward(name: string): TypeId {
    return this.#add({ kind: 'forward', name }, `struct ${name}`)
  }

  /** Fields with a number of bits are bitfields. A field without a name gives its own members. */
  struct(name: string, fields: Fields): TypeId {
    let bits = 0
    const members: Member[] = []
    const declared: Member[] = []
    for (const [field, type, widthBits] of fields) {
      const size = this.sizeOf(type) * 8
      if (widthBits === undefined || (bits % size) + widthBits > size) {
        const unit = this.#alignment(type) * 8
        bits = Math.ceil(bits / unit) * unit
      }
      const offsetBits = bits
      declared.push({ name: field, type, offsetBits, ...(widthBits && { widthBits }) })
      if (field !== '') {
        members.push({ name: field, type, offsetBits, ...(widthBits && { widthBits }) })
      }
      for (const inner of field === '' ? this.members(type) : []) {
        members.push({ ...inner, offsetBits: offsetBits + inner.offsetBits })
      }
      bits += widthBits ?? size
    }
    const size = Math.ceil(bits / 64) * 8
    return this.#add({ kind: 'struct', name, size }, `struct ${name || '{...}'}`, members, declared)
  }

  enum(name: string, values: Readonly<Record<string, bigint>>): TypeId {
    const list = Object.entries(values).map(([n, value]) => ({ name: n, value }))
    return this.#add({ kind: 'enum', size: 4, signed: false, values: list }, `enum ${name}`)
  }

  func(): TypeId {
    return this.#add({ kind: 'function' }, 'void () (void)')
  }

  /** A per-CPU variable. */
  global(name: string, type: TypeId): void {
    this.#variables.set(name, type)
  }

  declare(name: string, parameters: Fields, result: TypeId, module?: string): FunctionType {
    const list = parameters.map(([parameter, type]) => ({ name: parameter, type }))
    const btfId = 1000 + this.#functions.size
    const at = module === undefined ? {} : { module }
    const type = { name, btfId, parameters: list, variadic: false, result, ...at }
    this.#functions.set(`${module ?? ''}:${name}`, type)
    return type
  }

  find(name: string): TypeId | undefined {
    return this.#byName.get(name) ?? this.#byName.get(`struct ${name}`)
  }

  function(name: string, module?: string): FunctionType | undefined {
    return this.#functions.get(`${module ?? ''}:${name}`)
  }

  functionsMatching(pattern: RegExp, module?: string): readonly string[] {
    return [...this.#functions.values()]
      .filter(f => f.module === module && pattern.test(f.name))
      .map(f => f.name)
      .sort()
  }

  resolve(id: TypeId): CType {
    return this.#types[id]?.type ?? { kind: 'void' }
  }

  member(id: TypeId, name: string): Member | undefined {
    return this.members(id).find(m => m.name === name)
  }

  members(id: TypeId): readonly Member[] {
    return this.#types[id]?.members ?? []
  }

  fields(id: TypeId): readonly Member[] {
    return this.#types[id]?.fields ?? []
  }

  variable(name: string, module?: string): TypeId | undefined {
    return module === undefined ? this.#variables.get(name) : undefined
  }

  hasModule(module: string): boolean {
    return module === 'bridge'
  }

  spell(id: TypeId): string {
    return this.#types[id]?.name ?? 'void'
  }

  sizeOf(id: TypeId): number {
    const type = this.resolve(id)
    if (type.kind === 'array') return type.count * this.sizeOf(type.element)
    if (type.kind === 'pointer') return 8
    return 'size' in type ? type.size : 0
  }

  enumerator(name: string): bigint | undefined {
    const values = this.#types.flatMap(({ type }) => (type.kind === 'enum' ? type.values : []))
    return values.find(v => v.name === name)?.value
  }

  #alignment(id: TypeId): number {
    const type = this.resolve(id)
    if (type.kind === 'array') return this.#alignment(type.element)
    return type.kind === 'integer' ? type.size : 8
  }

  #add(type: CType, name: string, members: Member[] = [], fields: Member[] = []): TypeId {
    const id = this.#types.push({ type, name, members, fields }) - 1
    this.#byName.set(name, id)
    return id
  }
}

import { type Btf, BtfError, type BtfType, KIND, type Section, word } from './btf.ts'
import { spellType } from './btf-spell.ts'
import type { CType, FunctionType, Member, TypeId, Types } from './types.ts'

/** The BTF of modules, opened when first asked for. */
export interface ModuleBtf {
  /** The module's own section over the kernel's; undefined when it has none or is not loaded. */
  open(module: string): Btf | undefined
  /** Modules that have BTF. */
  names(): readonly string[]
}

/**
 * `Types` over the BTF of the kernel and its modules.
 *
 * A TypeId is the id that BTF gives, plus 2^24 times the number of the section, which counts
 * modules from 1 in the order they were first asked for. Ids of the kernel proper are BTF's own.
 */
export class BtfTypes implements Types {
  readonly #sections: Section[]
  readonly #byModule = new Map<string, Section | undefined>()
  readonly #modules: ModuleBtf
  readonly #enumerators = new Map<string, bigint | undefined>()

  constructor(kernel: Btf, modules: ModuleBtf = NO_MODULES) {
    this.#sections = [{ btf: kernel, module: undefined, offset: 0 }]
    this.#modules = modules
  }

  find(name: string, module?: string): TypeId | undefined {
    const [prefix, plain] = splitPrefix(name.trim())
    const kinds = prefix === undefined ? BY_PREFERENCE : [prefix, KIND.forward]
    const wanted = BASE_TYPES.get(words(plain)) ?? plain
    const kernel = this.section()
    const section = this.section(module)
    return (
      (section === undefined ? undefined : pick(section, wanted, kinds)) ??
      (kernel === undefined || kernel === section ? undefined : pick(kernel, wanted, kinds))
    )
  }

  function(name: string, module?: string): FunctionType | undefined {
    const section = this.section(module)
    const id = section?.btf.functionNamed(name)
    if (section === undefined || id === undefined) return undefined
    return this.prototype(section, { name, btfId: id, prototype: section.btf.type(id).value })
  }

  functionsMatching(pattern: RegExp, module?: string): readonly string[] {
    const found = this.section(module)?.btf.matching(pattern, KIND.func) ?? []
    return [...new Set(found.map(f => f.name))].sort()
  }

  resolve(id: TypeId): CType {
    const { section, type } = this.#bare(id)
    if (type === undefined) return { kind: 'void' }
    const name = section.btf.string(type.nameOffset)
    switch (type.kind) {
      case KIND.int:
        return integer(type, name)
      case KIND.float:
        return { kind: 'float', size: type.value }
      case KIND.enum:
      case KIND.enum64:
        return { kind: 'enum', size: type.value, signed: type.flag, values: values(section, type) }
      case KIND.pointer:
        return { kind: 'pointer', target: typeId(section, type.value) }
      case KIND.array:
        return {
          kind: 'array',
          element: typeId(section, word(type.words, type.at)),
          count: word(type.words, type.at + 2),
        }
      case KIND.struct:
        return { kind: 'struct', name, size: type.value }
      case KIND.union:
        return { kind: 'union', name, size: type.value }
      case KIND.forward:
        return { kind: 'forward', name }
      case KIND.func:
      case KIND.prototype:
        return { kind: 'function' }
      default:
        throw new BtfError(`type ${type.id}, a BTF kind ${type.kind}, is no C type`)
    }
  }

  member(id: TypeId, name: string): Member | undefined {
    return this.#member(id, name, 0, 0)
  }

  members(id: TypeId): readonly Member[] {
    const found: Member[] = []
    this.#flatten(id, 0, 0, found)
    return found
  }

  fields(id: TypeId): readonly Member[] {
    const { section, type } = this.#bare(id)
    if (!isRecord(type)) return []
    return Array.from({ length: type.length }, (_, i) => {
      const nameOffset = word(type.words, type.at + 3 * i)
      const name = nameOffset === 0 ? '' : section.btf.string(nameOffset)
      return { ...this.#memberAt(section, type, i, 0), name }
    })
  }

  variable(name: string, module?: string): TypeId | undefined {
    const section = this.section(module)
    if (section === undefined) return undefined
    for (const id of section.btf.named(name)) {
      const { kind, value } = section.btf.type(id)
      if (kind === KIND.variable) return typeId(section, value)
    }
    return undefined
  }

  hasModule(module: string): boolean {
    return this.section(module) !== undefined
  }

  spell(id: TypeId): string {
    return spellType(this, id)
  }

  sizeOf(id: TypeId): number {
    let count = 1
    for (let at = id, depth = 0; ; depth++) {
      const type = this.resolve(at)
      switch (type.kind) {
        case 'void':
        case 'forward':
        case 'function':
          return 0
        case 'pointer':
          return count * POINTER_SIZE
        case 'array':
          checkDepth(depth)
          count *= type.count
          at = type.element
          break
        default:
          return count * type.size
      }
    }
  }

  enumerator(name: string): bigint | undefined {
    if (!this.#enumerators.has(name)) {
      this.#enumerators.set(name, this.#findEnumerator(name))
    }
    return this.#enumerators.get(name)
  }

  /** The section of the kernel, or of a module; undefined where the module has none. */
  section(module?: string): Section | undefined {
    if (module === undefined) return this.#sections[0]
    if (!this.#byModule.has(module)) {
      const btf = this.#modules.open(module)
      const section = btf && { btf, module, offset: this.#sections.length * SECTION_SIZE }
      if (section !== undefined) this.#sections.push(section)
      this.#byModule.set(module, section)
    }
    return this.#byModule.get(module)
  }

  /** Modules that have BTF. */
  modules(): readonly string[] {
    return this.#modules.names()
  }

  /** The section and record of a type as it stands, modifiers and all; no record for void. */
  record(id: TypeId): { section: Section; type: BtfType | undefined } {
    const section = this.#sections[Math.floor(id / SECTION_SIZE)]
    if (section === undefined) throw new BtfError(`type ${id} is of no known section`)
    const local = id % SECTION_SIZE
    return { section, type: local === 0 ? undefined : section.btf.type(local) }
  }

  /** A function's type from the ids of a FUNC_PROTO and of what names it. */
  prototype(
    section: Section,
    of: { readonly name: string; readonly btfId: number; readonly prototype: number },
  ): FunctionType {
    const type = section.btf.type(of.prototype)
    if (type.kind !== KIND.prototype) throw new BtfError(`type ${type.id} is no prototype`)
    const parameters: { name: string; type: TypeId }[] = []
    let variadic = false
    for (let i = 0; i < type.length; i++) {
      const name = word(type.words, type.at + 2 * i)
      const id = word(type.words, type.at + 2 * i + 1)
      if (id === 0) variadic = true
      else parameters.push({ name: section.btf.string(name), type: typeId(section, id) })
    }
    return {
      name: of.name,
      ...(section.module === undefined ? {} : { module: section.module }),
      btfId: of.btfId,
      parameters,
      variadic,
      result: typeId(section, type.value),
    }
  }

  #bare(id: TypeId): { section: Section; type: BtfType | undefined } {
    let { section, type } = this.record(id)
    for (let depth = 0; type !== undefined && MODIFIERS.has(type.kind); depth++) {
      checkDepth(depth)
      type = type.value === 0 ? undefined : section.btf.type(type.value)
    }
    return { section, type }
  }

  #member(id: TypeId, name: string, base: number, depth: number): Member | undefined {
    checkDepth(depth)
    const { section, type } = this.#bare(id)
    if (!isRecord(type)) return undefined
    for (let i = 0; i < type.length; i++) {
      const nameOffset = word(type.words, type.at + 3 * i)
      const member = this.#memberAt(section, type, i, base)
      if (nameOffset === 0) {
        const inner = this.#member(member.type, name, member.offsetBits, depth + 1)
        if (inner !== undefined) return inner
      } else if (section.btf.string(nameOffset) === name) {
        return { ...member, name }
      }
    }
    return undefined
  }

  #flatten(id: TypeId, base: number, depth: number, into: Member[]): void {
    checkDepth(depth)
    const { section, type } = this.#bare(id)
    if (!isRecord(type)) return
    for (let i = 0; i < type.length; i++) {
      const nameOffset = word(type.words, type.at + 3 * i)
      const member = this.#memberAt(section, type, i, base)
      // Without a name: a struct or union to look into, or a bitfield that only fills up.
      if (nameOffset === 0) this.#flatten(member.type, member.offsetBits, depth + 1, into)
      else into.push({ ...member, name: section.btf.string(nameOffset) })
    }
  }

  #memberAt(section: Section, type: BtfType, index: number, base: number): Member {
    const id = typeId(section, word(type.words, type.at + 3 * index + 1))
    const place = word(type.words, type.at + 3 * index + 2)
    // With kind_flag the upper byte is the width of a bitfield; before Linux 5.0 the INT had it.
    const offset = type.flag ? place & 0xffffff : place
    const { offsetBits, widthBits } = type.flag
      ? { offsetBits: offset, widthBits: place >>> 24 }
      : this.#integerBits(id, offset)
    return {
      name: '',
      type: id,
      offsetBits: base + offsetBits,
      ...(widthBits === 0 ? {} : { widthBits }),
    }
  }

  #integerBits(id: TypeId, offset: number): { offsetBits: number; widthBits: number } {
    const { type } = this.#bare(id)
    if (type?.kind !== KIND.int) return { offsetBits: offset, widthBits: 0 }
    const encoding = word(type.words, type.at)
    const bits = encoding & 0xff
    const shift = (encoding >>> 16) & 0xff
    if (bits === type.value * 8 && shift === 0) return { offsetBits: offset, widthBits: 0 }
    return { offsetBits: offset + shift, widthBits: bits }
  }

  #findEnumerator(name: string): bigint | undefined {
    const kernel = this.section()
    const [hit] = kernel?.btf.enumerators(name) ?? []
    if (kernel === undefined || hit === undefined) return undefined
    const [id, index] = hit
    return values(kernel, kernel.btf.type(id))[index]?.value
  }
}

const NO_MODULES: ModuleBtf = { open: () => undefined, names: () => [] }
/** No kernel is near to as many types. */
const SECTION_SIZE = 2 ** 24
const POINTER_SIZE = 8
/** What damaged BTF may nest or chain before it is called damaged. */
const MAX_DEPTH = 64

const MODIFIERS: ReadonlySet<number> = new Set([
  KIND.typedef,
  KIND.volatile,
  KIND.const,
  KIND.restrict,
  KIND.typeTag,
  KIND.declTag,
])

/** Where a bare name means several things, a type that has members is what was meant. */
const BY_PREFERENCE: readonly number[] = [
  KIND.struct,
  KIND.union,
  KIND.typedef,
  KIND.int,
  KIND.enum,
  KIND.enum64,
  KIND.float,
  KIND.forward,
]

/** The compiler's spelling of base types, by the words that C allows in any order. */
const BASE_TYPES: ReadonlyMap<string, string> = new Map(
  [
    ['long unsigned int', 'unsigned long'],
    ['long int', 'long', 'signed long', 'int long signed'],
    ['unsigned int', 'unsigned'],
    ['int', 'signed', 'int signed'],
    ['short unsigned int', 'unsigned short'],
    ['short int', 'short', 'short signed', 'int short signed'],
    ['unsigned char'],
    ['signed char'],
    ['long long unsigned int', 'unsigned long long'],
    ['long long int', 'long long', 'signed long long', 'int long long signed'],
    ['_Bool', 'bool'],
  ].flatMap(([name = '', ...others]) =>
    [name, ...others].map((spelling): [string, string] => [words(spelling), name]),
  ),
)

function words(spelling: string): string {
  return spelling.split(/\s+/).sort().join(' ')
}

function splitPrefix(name: string): [kind: number | undefined, plain: string] {
  const match = /^(struct|union|enum)\s+(.+)$/.exec(name)
  if (match === null) return [undefined, name]
  const kinds = { struct: KIND.struct, union: KIND.union, enum: KIND.enum }
  const [, prefix = '', plain = ''] = match
  return [kinds[prefix === 'struct' || prefix === 'union' ? prefix : 'enum'], plain]
}

function pick(section: Section, name: string, kinds: readonly number[]): TypeId | undefined {
  let best: { id: number; rank: number } | undefined
  for (const id of section.btf.named(name)) {
    const { kind } = section.btf.type(id)
    // `enum x` may be either size.
    const rank = kinds.indexOf(kind === KIND.enum64 ? KIND.enum : kind)
    if (rank >= 0 && (best === undefined || rank < best.rank)) best = { id, rank }
  }
  return best === undefined ? undefined : typeId(section, best.id)
}

/** Types of the kernel proper have one TypeId, whichever section names them. */
function typeId(section: Section, id: number): TypeId {
  return id < section.btf.firstId ? id : section.offset + id
}

function isRecord(type: BtfType | undefined): type is BtfType {
  return type?.kind === KIND.struct || type?.kind === KIND.union
}

function integer(type: BtfType, name: string): CType {
  const encoding = (word(type.words, type.at) >>> 24) & 0xf
  return {
    kind: 'integer',
    size: type.value,
    signed: (encoding & 1) !== 0,
    bool: (encoding & 4) !== 0,
    // Compilers leave the char bit out: the name tells.
    char: (encoding & 2) !== 0 || (type.value === 1 && /\bchar$/.test(name)),
  }
}

function values(section: Section, type: BtfType): { name: string; value: bigint }[] {
  const wide = type.kind === KIND.enum64
  const stride = wide ? 3 : 2
  return Array.from({ length: type.length }, (_, i) => {
    const at = type.at + stride * i
    const low = BigInt(word(type.words, at + 1))
    const bits = wide ? (BigInt(word(type.words, at + 2)) << 32n) | low : low
    // `kind_flag` says that the enum is signed, since Linux 6.0; before that none seems to be.
    const value = type.flag ? BigInt.asIntN(wide ? 64 : 32, bits) : bits
    return { name: section.btf.string(word(type.words, at)), value }
  })
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new BtfError('types refer to each other without end')
}

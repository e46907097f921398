import { exactName, literalPrefix } from './glob.ts'
import { NameTable } from './name-table.ts'

/**
 * A reader of BTF, the kernel's own type information (Documentation/bpf/btf.rst), over bytes that
 * stay where they are. Opening costs nothing; the first question makes one pass that notes where
 * each type starts; names are looked up in the bytes.
 */
export class Btf {
  readonly base: Btf | undefined
  /** Id of the first type of this section: 1, or behind the last of the base. */
  readonly firstId: number
  readonly #bytes: Buffer
  readonly #words: Uint32Array
  readonly #header: Header
  /** What a name offset counts from: strings of the base come first. */
  readonly #firstString: number
  #starts: Uint32Array | undefined
  #text: string | undefined
  #functions: { find(name: string): number | undefined } | undefined
  #lookups = 0

  /** Names that were asked for: finding one reads the whole section. */
  readonly #named = new Map<string, readonly number[]>()

  /** Throws BtfError where the bytes are not BTF. `base` is given for the BTF of a module. */
  constructor(bytes: Uint8Array, base?: Btf) {
    // Words are read in place, which takes an aligned start.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
    this.#bytes = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.byteLength)
    this.#words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2)
    this.#header = readHeader(this.#bytes)
    this.base = base
    this.firstId = base === undefined ? 1 : base.endId
    this.#firstString = base === undefined ? 0 : base.#firstString + base.#header.stringLength
  }

  /** One more than the last id. */
  get endId(): number {
    return this.firstId + this.#index().length
  }

  /** A type's record; throws BtfError where there is no such type. */
  type(id: number): BtfType {
    if (id < this.firstId && this.base !== undefined) return this.base.type(id)
    const at = this.#index()[id - this.firstId]
    if (at === undefined) throw new BtfError(`type ${id} does not exist`)
    const info = word(this.#words, at + 1)
    return {
      id,
      kind: (info >>> 24) & 31,
      length: info & 0xffff,
      flag: info >>> 31 === 1,
      nameOffset: word(this.#words, at),
      value: word(this.#words, at + 2),
      words: this.#words,
      at: at + 3,
    }
  }

  /** A string by its offset, as types name it. */
  string(offset: number): string {
    if (offset < this.#firstString && this.base !== undefined) return this.base.string(offset)
    const { stringStart, stringLength } = this.#header
    const start = stringStart + offset - this.#firstString
    if (start >= stringStart + stringLength) throw new BtfError(`string ${offset} does not exist`)
    const end = this.#bytes.indexOf(0, start)
    return this.#bytes.toString('latin1', start, end < 0 ? stringStart + stringLength : end)
  }

  /** Ids of the types of this section that have this name, in order; not those of the base. */
  named(name: string): readonly number[] {
    let ids = this.#named.get(name)
    if (ids === undefined) {
      ids = this.#occurrences(name).flatMap(([id, position]) => (position === 0 ? [id] : []))
      this.#named.set(name, ids)
    }
    return ids
  }

  /**
   * Ids of enum types of this section with an enumerator of this name, and its index among the
   * values of that enum.
   */
  enumerators(name: string): [id: number, index: number][] {
    const found: [number, number][] = []
    for (const [id, position] of this.#occurrences(name)) {
      const { kind, length } = this.type(id)
      const stride = kind === KIND.enum ? 2 : kind === KIND.enum64 ? 3 : 0
      const index = (position - 3) / stride
      if (stride > 0 && Number.isInteger(index) && index >= 0 && index < length) {
        found.push([id, index])
      }
    }
    return found
  }

  /** Id of the first function of this section with this name. */
  functionNamed(name: string): number | undefined {
    // A few names are found in the bytes in less time than a table takes.
    if (this.#functions === undefined && ++this.#lookups <= LOOKUPS_BEFORE_TABLE) {
      return this.named(name).find(id => this.type(id).kind === KIND.func)
    }
    this.#functions ??= this.base === undefined ? this.#functionTable() : this.#functionMap()
    return this.#functions.find(name)
  }

  /** Types of one kind in this section whose names match, in order of id. */
  matching(pattern: RegExp, kind: number): { id: number; name: string }[] {
    const only = exactName(pattern)
    if (only !== undefined) {
      const ids = this.named(only).filter(id => this.type(id).kind === kind)
      return ids.map(id => ({ id, name: only }))
    }
    const text = this.#strings()
    const starts = this.#index()
    const words = this.#words
    const found: { id: number; name: string }[] = []
    const prefix = literalPrefix(pattern)
    for (let i = 0; i < starts.length; i++) {
      const at = word(starts, i)
      if (((word(words, at + 1) >>> 24) & 31) !== kind) continue
      const from = word(words, at) - this.#firstString
      if (from >= 0 && !text.startsWith(prefix, from)) continue
      // A module names by the base's string what the base names too.
      const name =
        from < 0 ? this.string(word(words, at)) : text.slice(from, text.indexOf('\0', from))
      if (pattern.test(name)) found.push({ id: this.firstId + i, name })
    }
    return found
  }

  /** Where this name's offset stands in the type section: owner's id, words from its start. */
  #occurrences(name: string): [id: number, position: number][] {
    const offset = this.#stringOffset(name)
    if (offset === undefined) return []
    const words = this.#words
    const end = this.#header.typeEnd
    const found: [number, number][] = []
    for (let at = words.indexOf(offset, this.#header.typeStart); at >= 0 && at < end; ) {
      const i = this.#ownerOf(at)
      found.push([this.firstId + i, at - word(this.#index(), i)])
      at = words.indexOf(offset, at + 1)
    }
    return found
  }

  /** Index of the type whose record holds the word at this place. */
  #ownerOf(at: number): number {
    const starts = this.#index()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (word(starts, middle) <= at) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Strings are stored once, so that a name has one offset. */
  #stringOffset(name: string): number | undefined {
    if (name === '') return undefined
    const inBase = this.base === undefined ? undefined : this.base.#stringOffset(name)
    if (inBase !== undefined) return inBase
    const { stringStart, stringLength } = this.#header
    const wanted = Buffer.from(`\0${name}\0`, 'latin1')
    const at = this.#bytes.indexOf(wanted, stringStart)
    if (at < 0 || at + wanted.length > stringStart + stringLength) {
      // The strings of a module need not begin with the empty one.
      const first = this.#bytes.toString('latin1', stringStart, stringStart + name.length + 1)
      return first === `${name}\0` ? this.#firstString : undefined
    }
    return this.#firstString + at + 1 - stringStart
  }

  #strings(): string {
    const { stringStart, stringLength } = this.#header
    this.#text ??= this.#bytes.toString('latin1', stringStart, stringStart + stringLength)
    return this.#text
  }

  #functionTable(): { find(name: string): number | undefined } {
    const starts = this.#index()
    const words = this.#words
    const table = new NameTable(this.#bytes, starts.length)
    for (let i = 0; i < starts.length; i++) {
      const at = word(starts, i)
      if (((word(words, at + 1) >>> 24) & 31) !== KIND.func) continue
      table.add(this.#header.stringStart + word(words, at), this.firstId + i)
    }
    return { find: name => table.find(name)[0] }
  }

  /** The same for a module, whose names are few and partly strings of the base. */
  #functionMap(): { find(name: string): number | undefined } {
    const ids = new Map<string, number>()
    for (let id = this.firstId; id < this.endId; id++) {
      const { kind, nameOffset } = this.type(id)
      if (kind !== KIND.func) continue
      const name = this.string(nameOffset)
      if (!ids.has(name)) ids.set(name, id)
    }
    return { find: name => ids.get(name) }
  }

  /** Word index of each type's record. */
  #index(): Uint32Array {
    this.#starts ??= indexTypes(this.#words, this.#header)
    return this.#starts
  }
}

/** One record of the type section: `struct btf_type` (uapi/linux/btf.h), and where its rest is. */
export interface BtfType {
  readonly id: number
  readonly kind: number
  /** Members, parameters or values that follow. */
  readonly length: number
  /** `kind_flag` */
  readonly flag: boolean
  readonly nameOffset: number
  /** `size` or `type`, as the kind has it. */
  readonly value: number
  readonly words: Uint32Array
  /** Index in `words` of what follows the record. */
  readonly at: number
}

/** One BTF section that ids may be from. */
export interface Section {
  readonly btf: Btf
  /** Undefined for the kernel proper. */
  readonly module: string | undefined
  /** What is added to an id of this section to make a TypeId of it. */
  readonly offset: number
}

/** BTF_KIND_* (uapi/linux/btf.h) */
export const KIND = {
  void: 0,
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  prototype: 13,
  variable: 14,
  section: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const

/** The bytes are not the BTF they should be. */
export class BtfError extends Error {
  override readonly name = 'BtfError'
}

/** An element that is there, or the bytes are damaged. */
export function word(words: Uint32Array, at: number): number {
  const value = words[at]
  if (value === undefined) throw new BtfError(`the type section ends in the middle of a type`)
  return value
}

const LOOKUPS_BEFORE_TABLE = 8
const MAGIC = 0xeb9f

interface Header {
  /** Word indexes. */
  readonly typeStart: number
  readonly typeEnd: number
  /** Bytes. */
  readonly stringStart: number
  readonly stringLength: number
}

function readHeader(bytes: Buffer): Header {
  if (bytes.length < 24 || bytes.readUInt16LE(0) !== MAGIC) {
    throw new BtfError('this is not BTF of a little-endian machine')
  }
  const headerLength = bytes.readUInt32LE(4)
  const typeStart = headerLength + bytes.readUInt32LE(8)
  const typeLength = bytes.readUInt32LE(12)
  const stringStart = headerLength + bytes.readUInt32LE(16)
  const stringLength = bytes.readUInt32LE(20)
  if (typeStart % 4 !== 0 || typeStart + typeLength > bytes.length) {
    throw new BtfError('the type section reaches beyond the end')
  }
  if (stringStart + stringLength > bytes.length) {
    throw new BtfError('the string section reaches beyond the end')
  }
  return {
    typeStart: typeStart / 4,
    typeEnd: (typeStart + typeLength) >> 2,
    stringStart,
    stringLength,
  }
}

/** Words behind the three of `struct btf_type`: some kinds have a fixed number. */
const FIXED = Uint8Array.of(0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0)
/** And some have as many for each member, parameter or value. */
const EACH = Uint8Array.of(0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3)

function indexTypes(words: Uint32Array, header: Header): Uint32Array {
  const { typeStart, typeEnd } = header
  const starts = new Uint32Array(Math.floor((typeEnd - typeStart) / 3))
  let at = typeStart
  let count = 0
  // In short calls, so that the loop is compiled while it still matters.
  while (at < typeEnd) [at, count] = indexSome(words, starts, at, typeEnd, count)
  if (at !== typeEnd) throw new BtfError('the type section ends in the middle of a type')
  return starts.subarray(0, count)
}

function indexSome(
  words: Uint32Array,
  starts: Uint32Array,
  from: number,
  end: number,
  first: number,
): [at: number, count: number] {
  let at = from
  let count = first
  const last = Math.min(first + 512, starts.length)
  while (at < end && count < last) {
    starts[count++] = at
    const info = words[at + 1] ?? 0
    const kind = (info >>> 24) & 31
    const fixed = FIXED[kind]
    if (fixed === undefined || kind === 0) throw new BtfError(`type kind ${kind} is not known`)
    at += 3 + fixed + (EACH[kind] ?? 0) * (info & 0xffff)
  }
  if (at < end && count === starts.length) throw new BtfError('the type section is damaged')
  return [at, count]
}

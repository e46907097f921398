import { AddressTable } from './address-table.ts'
import type { KernelSymbol, Symbols } from './facts.ts'
import { exactNames, literalPrefix } from './glob.ts'
import { NameTable } from './name-table.ts'
import { nearest } from './near.ts'

/**
 * The kernel's symbol table over the text of /proc/kallsyms, which is searched and not split: of
 * some hundred thousand lines a script asks about a few. A line is
 * `ADDRESS(16) TYPE NAME` and, for a module, tab and `[MODULE]`.
 *
 * Text symbols only; `__pfx_` ones (the padding before a function) are none, and the `.cold` parts
 * of functions are no functions to match.
 */
export class KallsymsText implements Symbols {
  readonly #text: Buffer
  #names: NameTable | undefined
  #lookups = 0
  #addresses: AddressTable | undefined
  #addressesKnown: boolean | undefined
  #modules: readonly string[] | undefined
  #whole: string | undefined
  #variants: ReadonlyMap<string, readonly number[]> | undefined

  constructor(text: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  }

  get addressesKnown(): boolean {
    this.#addressesKnown ??= this.#anyAddress()
    return this.#addressesKnown
  }

  functions(name: string): readonly KernelSymbol[] {
    // A few names are found in the text in less time than a table takes.
    const lines =
      this.#names === undefined && ++this.#lookups <= LOOKUPS_BEFORE_TABLE
        ? this.#linesNamed(name)
        : this.#table().find(name)
    return lines.map(line => this.#symbol(line)).filter(isFunction)
  }

  data(name: string): readonly KernelSymbol[] {
    return this.#linesNamed(name)
      .map(line => this.#symbol(line))
      .filter(s => !TEXT.has(s.type.charCodeAt(0)))
  }

  functionsMatching(pattern: RegExp, module?: string): readonly KernelSymbol[] {
    const names = exactNames(pattern)
    const lines = names === undefined ? this.#linesMatching(pattern) : this.#linesOf(names)
    return lines
      .map(line => this.#symbol(line))
      .filter(s => s.module === module && isFunction(s) && !/\.cold(\.|$)/.test(s.name))
      .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
  }

  find(address: bigint): { symbol: KernelSymbol; offset: bigint; size: bigint } | undefined {
    if (!this.addressesKnown) return undefined
    this.#addresses ??= new AddressTable(this.#text)
    const hit = this.#addresses.find(address)
    if (hit === undefined) return undefined
    const symbol = this.#symbol(hit.line)
    if (!TEXT.has(symbol.type.charCodeAt(0)) || END_OF_TEXT.test(symbol.name)) return undefined
    return { symbol, offset: address - symbol.address, size: hit.size }
  }

  near(name: string, limit: number): readonly string[] {
    return nearest(name, this.#functionNames(), limit)
  }

  modules(): readonly string[] {
    if (this.#modules === undefined) {
      const names = new Set<string>()
      for (let at = this.#text.indexOf('\t['); at >= 0; at = this.#text.indexOf('\t[', at)) {
        const end = this.#text.indexOf(']\n', at)
        const module = this.#text.toString('latin1', at + 2, end < 0 ? this.#text.length : end)
        if (!NOT_MODULES.has(module)) names.add(module)
        at = end < 0 ? this.#text.length : end
      }
      this.#modules = [...names].sort()
    }
    return this.#modules
  }

  *#functionNames(): Iterable<string> {
    const text = this.#latin1()
    for (let line = 0; line < text.length; line = nextLine(text, line)) {
      if (!TEXT.has(text.charCodeAt(line + TYPE_AT))) continue
      const name = nameAt(text, line)
      if (!name.startsWith('__pfx_') && !name.includes('.')) yield name
    }
  }

  /** Starts of the lines whose name, or its base name, matches. */
  #linesMatching(pattern: RegExp): number[] {
    const text = this.#latin1()
    const prefix = literalPrefix(pattern)
    const found: number[] = []
    for (let line = 0; line < text.length; line = nextLine(text, line)) {
      if (!text.startsWith(prefix, line + NAME_AT)) continue
      if (TEXT.has(text.charCodeAt(line + TYPE_AT)) && matches(pattern, nameAt(text, line))) {
        found.push(line)
      }
    }
    return found
  }

  /** Starts of the lines with one of these names or base names, in the order of the text. */
  #linesOf(names: readonly string[]): number[] {
    this.#variants ??= this.#readVariants()
    const variants = this.#variants
    const found = names.flatMap(n => [...this.#table().find(n), ...(variants.get(n) ?? [])])
    return [...new Set(found)].sort((a, b) => a - b)
  }

  /** Lines by base name, of the names that are more than that. */
  #readVariants(): Map<string, number[]> {
    const text = this.#latin1()
    const variants = new Map<string, number[]>()
    for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot)) {
      const line = text.lastIndexOf('\n', dot) + 1
      const base = baseName(nameAt(text, line))
      const lines = variants.get(base)
      if (lines === undefined) variants.set(base, [line])
      else lines.push(line)
      dot = text.indexOf('\n', dot)
      if (dot < 0) break
    }
    return variants
  }

  /** Starts of the lines with exactly this name. */
  #linesNamed(name: string): number[] {
    const text = this.#text
    const found: number[] = []
    for (const end of ['\n', '\t']) {
      const wanted = Buffer.from(` ${name}${end}`, 'latin1')
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
        found.push(at + 1 - NAME_AT)
      }
    }
    return found.sort((a, b) => a - b)
  }

  #table(): NameTable {
    if (this.#names === undefined) {
      const text = this.#text
      const table = new NameTable(text, Math.ceil(text.length / SHORTEST_LINE))
      for (let line = 0; line + NAME_AT < text.length; ) {
        if (TEXT.has(text[line + TYPE_AT] ?? 0)) table.add(line + NAME_AT, line)
        const end = text.indexOf(10, line + NAME_AT)
        line = end < 0 ? text.length : end + 1
      }
      this.#names = table
    }
    return this.#names
  }

  #symbol(line: number): KernelSymbol {
    const end = this.#text.indexOf(10, line)
    const text = this.#text.toString('latin1', line, end < 0 ? this.#text.length : end)
    const name = nameAt(text, 0)
    const module = moduleAt(text, NAME_AT + name.length)
    return {
      address: BigInt(`0x${text.slice(0, ADDRESS_LENGTH)}`),
      name,
      type: text.slice(TYPE_AT, TYPE_AT + 1),
      ...(module === undefined ? {} : { module }),
    }
  }

  /** Some symbols are at zero by right: those of per-CPU data. No function is. */
  #anyAddress(): boolean {
    const text = this.#text
    for (let line = 0; line + NAME_AT < text.length; ) {
      if (TEXT.has(text[line + TYPE_AT] ?? 0)) return this.#symbol(line).address !== 0n
      const end = text.indexOf(10, line)
      line = end < 0 ? text.length : end + 1
    }
    return false
  }

  #latin1(): string {
    this.#whole ??= this.#text.toString('latin1')
    return this.#whole
  }
}

/** A function's name as the source has it, without what compilers append: `.isra.0`, `.cold`. */
export function baseName(symbol: string): string {
  const dot = symbol.indexOf('.', 1)
  return dot < 0 ? symbol : symbol.slice(0, dot)
}

const ADDRESS_LENGTH = 16
const TYPE_AT = 17
const NAME_AT = 19
/** A bound for the number of lines: the prefix, a name of one letter and the line break. */
const SHORTEST_LINE = NAME_AT + 2
const LOOKUPS_BEFORE_TABLE = 4
const TEXT: ReadonlySet<number> = new Set([...'tTwW'].map(c => c.charCodeAt(0)))
/** Marks that close a section: what follows is no function. */
const END_OF_TEXT = /^_e(?:init)?text$/
/** Where kallsyms lists what has no module: BPF programs, trampolines. */
const NOT_MODULES: ReadonlySet<string> = new Set(['bpf', '__builtin__ftrace', '__builtin__kprobes'])

function isFunction(symbol: KernelSymbol): boolean {
  return TEXT.has(symbol.type.charCodeAt(0)) && !symbol.name.startsWith('__pfx_')
}

function matches(pattern: RegExp, name: string): boolean {
  if (pattern.test(name)) return true
  const base = baseName(name)
  return base.length < name.length && pattern.test(base)
}

function nextLine(text: string, line: number): number {
  const end = text.indexOf('\n', line + NAME_AT)
  return end < 0 ? text.length : end + 1
}

function nameAt(text: string, line: number): string {
  let end = line + NAME_AT
  while (text.charCodeAt(end) > 0x20) end++
  return text.slice(line + NAME_AT, end)
}

function moduleAt(text: string, nameEnd: number): string | undefined {
  if (text[nameEnd] !== '\t') return undefined
  const end = text.indexOf(']', nameEnd)
  return end < 0 ? undefined : text.slice(nameEnd + 2, end)
}

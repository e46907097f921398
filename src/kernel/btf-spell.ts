import { BtfError, type BtfType, KIND, type Section, word } from './btf.ts'
import type { TypeId } from './types.ts'

interface Records {
  record(id: TypeId): { section: Section; type: BtfType | undefined }
}

/**
 * A type's name as `stap -L` prints it (dwarf_wrappers.cxx): modifiers behind what they modify and
 * pointers without a space, as in `struct sk_buff*`, `char const*`; arrays without their length;
 * what has no name as `struct {...}`.
 */
export function spellType(types: Records, id: TypeId): string {
  return spell(types, id, 0)
}

function spell(types: Records, id: TypeId, depth: number): string {
  if (depth > MAX_DEPTH) throw new BtfError('types refer to each other without end')
  // Outermost first: each is written behind what it modifies.
  const behind: string[] = []
  for (let at = id; behind.length <= MAX_DEPTH; ) {
    const { section, type } = types.record(at)
    const global = (local: number): TypeId =>
      local < section.btf.firstId ? local : section.offset + local
    const suffix = type === undefined ? undefined : SUFFIX.get(type.kind)
    if (type === undefined || suffix === undefined) {
      const modifiers = behind.reverse().join('')
      if (type?.kind === KIND.prototype) return spellFunction(type, modifiers, global)
      return named(section, type) + modifiers
    }
    // The compiler's own type of `va_list`.
    if (type.kind === KIND.pointer && isVaList(types, global(type.value))) {
      return `va_list${behind.reverse().join('')}`
    }
    behind.push(suffix)
    at = global(type.kind === KIND.array ? word(type.words, type.at) : type.value)
  }
  throw new BtfError('types refer to each other without end')

  function spellFunction(
    type: BtfType,
    modifiers: string,
    global: (local: number) => TypeId,
  ): string {
    const parameters = Array.from({ length: type.length }, (_, i) => {
      const parameter = word(type.words, type.at + 2 * i + 1)
      return parameter === 0 ? '...' : spell(types, global(parameter), depth + 1)
    })
    const result = spell(types, global(type.value), depth + 1)
    return `${result} (${modifiers}) (${parameters.join(', ') || 'void'})`
  }
}

const MAX_DEPTH = 64

const SUFFIX: ReadonlyMap<number, string> = new Map<number, string>([
  [KIND.pointer, '*'],
  [KIND.array, '[]'],
  [KIND.const, ' const'],
  [KIND.volatile, ' volatile'],
  [KIND.restrict, ' restrict'],
  [KIND.typeTag, ''],
])

function named(section: Section, type: BtfType | undefined): string {
  if (type === undefined) return 'void'
  const name = section.btf.string(type.nameOffset)
  switch (type.kind) {
    case KIND.struct:
      return `struct ${name || '{...}'}`
    case KIND.union:
      return `union ${name || '{...}'}`
    case KIND.enum:
    case KIND.enum64:
      return `enum ${name || '{...}'}`
    case KIND.forward:
      return `${type.flag ? 'union' : 'struct'} ${name}`
    default:
      return name || 'void'
  }
}

function isVaList(types: Records, id: TypeId): boolean {
  const { section, type } = types.record(id)
  return type?.kind === KIND.struct && section.btf.string(type.nameOffset) === '__va_list_tag'
}

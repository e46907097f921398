import type { Facts, KernelSymbol } from '../kernel/facts.ts'
import { baseName } from '../kernel/symbols.ts'
import type { FunctionType, Types } from '../kernel/types.ts'
import type { ParseOptions } from '../syntax/parser.ts'

/** What the checker asks of a kernel: never throws, whatever that kernel lacks. */
export class KernelView {
  readonly facts: Facts
  #types: { readonly types: Types } | { readonly why: string } | undefined

  constructor(facts: Facts) {
    this.facts = facts
  }

  /** Undefined on a kernel without BTF; `whyNoTypes` has the reason. */
  get types(): Types | undefined {
    const types = this.#load()
    return 'types' in types ? types.types : undefined
  }

  get whyNoTypes(): string {
    const types = this.#load()
    return 'why' in types ? types.why : ''
  }

  /** Functions of one name or a pattern, by the symbol table or, where that is hidden, by BTF. */
  functions(wanted: string | RegExp, module: string | undefined): readonly KernelSymbol[] {
    const symbols = this.facts.symbols()
    if (typeof wanted === 'string') {
      const plain = symbols.functions(wanted).filter(s => s.module === module)
      if (plain.length > 0) return plain
    }
    const pattern = typeof wanted === 'string' ? exactly(wanted) : wanted
    const found = symbols.functionsMatching(pattern, module)
    if (found.length > 0) return found
    const names = this.types?.functionsMatching(pattern, module) ?? []
    const at = module === undefined ? {} : { module }
    return names.map(name => ({ address: 0n, name, type: 't', ...at }))
  }

  /** The prototype of a symbol. What compilers cloned from a function has other parameters. */
  prototype(symbol: KernelSymbol): FunctionType | undefined {
    if (baseName(symbol.name) !== symbol.name) return undefined
    return this.types?.function(symbol.name, symbol.module)
  }

  #load(): { readonly types: Types } | { readonly why: string } {
    if (this.#types === undefined) {
      try {
        this.#types = { types: this.facts.types() }
      } catch (error) {
        this.#types = { why: error instanceof Error ? error.message : String(error) }
      }
    }
    return this.#types
  }
}

/** What conditionals in library files may ask about. */
export function environmentOf(facts: Facts, guru: boolean): ParseOptions['environment'] {
  return {
    kernelRelease: () => facts.release,
    arch: facts.arch === 'x64' ? 'x86_64' : facts.arch,
    config: name => facts.config(name),
    guru,
  }
}

function exactly(name: string): RegExp {
  return new RegExp(`^${name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`)
}

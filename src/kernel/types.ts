/**
 * The C types of a kernel, from BTF (Documentation/bpf/btf.rst): looked up by name, decoded only
 * when asked for. A `TypeId` is opaque to callers; it also tells which BTF (vmlinux or a module)
 * it is from.
 */
export type TypeId = number

export interface Types {
  /** By name, in vmlinux or in the named module; `struct`, `union`, `enum` prefix allowed. */
  find(name: string, module?: string): TypeId | undefined
  /** A function's prototype; undefined when BTF has none under this name. */
  function(name: string, module?: string): FunctionType | undefined
  /** Names of BTF functions that match, sorted. */
  functionsMatching(pattern: RegExp, module?: string): readonly string[]
  /** Typedefs, const, volatile, restrict and type tags taken off. */
  resolve(id: TypeId): CType
  /** A member by name, found through anonymous structs and unions too. */
  member(id: TypeId, name: string): Member | undefined
  /** All members, anonymous ones flattened, in order. */
  members(id: TypeId): readonly Member[]
  /** Members as declared, in order: an anonymous struct or union is one, with the name ''. */
  fields(id: TypeId): readonly Member[]
  /** C spelling, as SystemTap prints it: `struct sk_buff*`, `char const*`, `char[]`. */
  spell(id: TypeId): string
  sizeOf(id: TypeId): number
  /** Value of an enumerator of any enum. */
  enumerator(name: string): bigint | undefined
  /** The type of a global variable. Most kernels have those of per-CPU data only. */
  variable(name: string, module?: string): TypeId | undefined
  /** Whether there are types of this module. */
  hasModule(module: string): boolean
}

export type CType =
  | { readonly kind: 'void' }
  | {
      readonly kind: 'integer'
      readonly size: number
      readonly signed: boolean
      readonly bool: boolean
      readonly char: boolean
    }
  | { readonly kind: 'float'; readonly size: number }
  | {
      readonly kind: 'enum'
      readonly size: number
      readonly signed: boolean
      readonly values: readonly { name: string; value: bigint }[]
    }
  | { readonly kind: 'pointer'; readonly target: TypeId }
  | { readonly kind: 'array'; readonly element: TypeId; readonly count: number }
  | { readonly kind: 'struct' | 'union'; readonly name: string; readonly size: number }
  /** A forward declaration: nothing more is known. */
  | { readonly kind: 'forward'; readonly name: string }
  | { readonly kind: 'function' }

export interface Member {
  readonly name: string
  readonly type: TypeId
  /** From the start of the outermost struct asked about. */
  readonly offsetBits: number
  /** Bitfields only. */
  readonly widthBits?: number
}

export interface FunctionType {
  readonly name: string
  readonly module?: string
  /** BTF id of the FUNC, as BPF_PROG_LOAD wants it; of the typedef for a tracepoint. */
  readonly btfId: number
  readonly parameters: readonly { readonly name: string; readonly type: TypeId }[]
  readonly variadic: boolean
  readonly result: TypeId
}

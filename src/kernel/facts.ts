import type { FunctionType, Types } from './types.ts'

/**
 * What the compiler may know about a kernel. Every member is a lazy view: asking for one costs
 * what that one needs and nothing else, so that a script that only begins and ends reads nothing.
 * `load/facts.ts` makes it from the running system; tests make it from bytes.
 */
export interface Facts {
  /** `uname -r` */
  readonly release: string
  readonly arch: Arch
  /** CPUs possible, for per-CPU map values. */
  readonly cpus: number
  /** Types and functions from BTF. Throws UnsupportedError when the kernel has none. */
  types(): Types
  /** The kernel's symbol table (kallsyms). Addresses are 0n where kptr_restrict hides them. */
  symbols(): Symbols
  /** Tracepoints by system and name; systems are those of other kernels where tracefs is hidden. */
  tracepoints(): Tracepoints
  /** What file and line a function stands in. */
  sources(): SourceIndex
  /** Whether ftrace or kprobes can take this function; undefined: not known, try. */
  probeable(symbol: string, module?: string): Probeable | undefined
  /** Value of CONFIG_X without quotes, or undefined when not set or not known. */
  config(name: string): string | undefined
  /** Whether this kernel can do a thing, found by trying it once. */
  has(feature: Feature): boolean
  /** Why `has` said no: the call that failed and the errno, in words. */
  whyNot(feature: Feature): string
}

export type Arch = 'x64' | 'arm64'

/**
 * Things that kernels differ in, each found by the smallest load or link that needs it.
 * `fentry`: BPF trampolines on functions (fentry and fexit). `kprobe`, `kretprobe`: the perf PMU.
 * `kprobe-multi`: linking one, not only loading. `cookie`: bpf_get_attach_cookie on perf kprobes.
 * `tp-btf`, `raw-tracepoint`. `ringbuf`. `snprintf`, `loop`, `for-each`: helpers.
 * `may-goto`, `cpu-v4` (signed division), `atomic-fetch`: instructions. `strncmp`,
 * `percpu-lookup` (bpf_map_lookup_percpu_elem): helpers. `netfilter`: programs on its hooks.
 */
export type Feature =
  | 'bpf'
  | 'ringbuf'
  | 'fentry'
  | 'kprobe'
  | 'kretprobe'
  | 'kprobe-multi'
  | 'cookie'
  | 'tp-btf'
  | 'raw-tracepoint'
  | 'snprintf'
  | 'strncmp'
  | 'loop'
  | 'for-each'
  | 'may-goto'
  | 'cpu-v4'
  | 'atomic-fetch'
  | 'func-info'
  | 'percpu-lookup'
  | 'netfilter'

export interface Probeable {
  readonly ok: boolean
  /** `inlined`, `notrace`, `init`, `blacklisted` … in words. */
  readonly reason?: string
}

export interface KernelSymbol {
  readonly address: bigint
  readonly name: string
  /** Module, when not the kernel proper. */
  readonly module?: string
  /** As in `nm`: T, t, W … */
  readonly type: string
}

export interface Symbols {
  /** False where all addresses read as zero (kptr_restrict). */
  readonly addressesKnown: boolean
  /** Functions (text symbols) of this exact name; several where static functions share it. */
  functions(name: string): readonly KernelSymbol[]
  /** Symbols of this exact name that are no functions: global variables. */
  data(name: string): readonly KernelSymbol[]
  /** Text symbols that match, in address order; `module` undefined means the kernel proper. */
  functionsMatching(pattern: RegExp, module?: string): readonly KernelSymbol[]
  /** Text symbol that contains the address, with its size where the next symbol tells it. */
  find(address: bigint): { symbol: KernelSymbol; offset: bigint; size: bigint } | undefined
  /** Names near to this one, best first, for messages. */
  near(name: string, limit: number): readonly string[]
  /** Modules that have symbols. */
  modules(): readonly string[]
}

export interface TracepointInfo {
  readonly system: string | undefined
  readonly name: string
  /** TP_PROTO names and types, without the leading `__data`. */
  readonly prototype: FunctionType
}

export interface Tracepoints {
  /** Exact or glob (`net_*`), with an optional system (`net`); sorted by name. */
  matching(name: string, system?: string): readonly TracepointInfo[]
  near(name: string, limit: number): readonly string[]
}

export interface SourcePlace {
  readonly file: string
  /** Of the declaration; absent where only the file is known. */
  readonly line?: number
}

export interface SourceIndex {
  /** The kernel series whose sources the index was made from, for this kernel. */
  readonly series: string
  /** True where series and running kernel are the same, so that lines are exact. */
  readonly exact: boolean
  /** Where a function stands. A module narrows static functions of one name. */
  place(symbol: KernelSymbol): SourcePlace | undefined
  /** All functions that the sources define in files matching a glob, whether compiled in or not. */
  functionsIn(filePattern: string): readonly { name: string; file: string; line: number }[]
}

import type { FunctionType } from '../kernel/types.ts'
import type { BinaryOperator } from '../syntax/ast.ts'
import type { Format } from '../text/format.ts'
import type { Span } from '../text/source.ts'

/**
 * The checked tree: every name resolved, every expression typed, probe points expanded, target
 * variables turned into loads from addresses. What it holds is right; nothing after it reports an
 * error about the script, but for what a back end cannot do yet.
 */
export interface CheckedProgram {
  readonly globals: readonly Global[]
  readonly functions: readonly CheckedFunction[]
  readonly probes: readonly CheckedProbe[]
}

export type ValueType = 'long' | 'string'

export interface Global {
  /** Never there: tells a global from a histogram. */
  readonly kind?: undefined
  readonly name: string
  /** Index in `CheckedProgram.globals`. */
  readonly id: number
  readonly type: ValueType | 'statistic'
  /** Of a statistic: what the script asks of it, so that nothing else need be kept. */
  readonly statistic?: StatisticUse
  /** Key types; empty for a scalar. */
  readonly keys: readonly ValueType[]
  readonly initial: bigint | string | undefined
  /** MAXMAPENTRIES unless the declaration gives a size. */
  readonly capacity: number
  readonly wrap: boolean
  /** Written and never read: printed when the session ends. */
  readonly displayAtEnd: boolean
  readonly span: Span
}

export interface StatisticUse {
  /** What is extracted somewhere; printing at the end asks for count, min, max, sum and avg. */
  readonly extractors: readonly Extractor[]
  readonly histogram?: HistogramShape
  /** Of `@variance(s, shift)`; 0 without one. */
  readonly varianceShift: number
}

export type Extractor = 'count' | 'sum' | 'min' | 'max' | 'avg' | 'variance'

/** A statistic has one shape of histogram at most. */
export type HistogramShape =
  | { readonly kind: 'log' }
  | {
      readonly kind: 'linear'
      readonly low: bigint
      readonly high: bigint
      readonly width: bigint
    }

/** A parameter or local, of one function or probe; zero or empty at each activation. */
export interface Local {
  readonly name: string
  /** Index in the `locals` of its owner; parameters come first. */
  readonly id: number
  readonly type: ValueType
}

export interface CheckedFunction {
  readonly name: string
  /** Index in `CheckedProgram.functions`. */
  readonly id: number
  readonly parameterCount: number
  readonly locals: readonly Local[]
  readonly result: ValueType | 'void'
  readonly body: CheckedStatement | NativeBody | EmbeddedBody
  /** Calls itself, perhaps through others. */
  readonly recursive: boolean
  readonly span: Span
}

/** Declared in the library with `%{ native %}`; lowered by the function of its name in ir/lower. */
export interface NativeBody {
  readonly kind: 'native'
}

/** C of a guru script. `writes` and `reads` are globals that its pragmas name. */
export interface EmbeddedBody {
  readonly kind: 'embedded-body'
  readonly text: string
  readonly reads: readonly Global[]
  readonly writes: readonly Global[]
}

/** One handler, and every point that runs it with the same meaning of its target variables. */
export interface CheckedProbe {
  readonly points: readonly ResolvedPoint[]
  readonly locals: readonly Local[]
  readonly body: CheckedStatement
  /** `if (cond)` after the point. */
  readonly condition?: CheckedExpression
  /** Values to save at function entry, for a `.return` point: `@entry(e)`, `$arg`. */
  readonly entries: readonly CheckedExpression[]
  readonly span: Span
}

export type ResolvedPoint = { readonly text: string; readonly span: Span } & (
  | { readonly kind: 'begin' | 'end' | 'error'; readonly order: bigint }
  | { readonly kind: 'never' }
  /** `randomizeNs` adds up to ± that much to each period. */
  | { readonly kind: 'timer'; readonly periodNs: bigint; readonly randomizeNs: bigint }
  | FunctionPoint
  | TracepointPoint
  | AddressPoint
  | WatchPoint
  | ProcessPoint
  | UserPoint
  | PerfPoint
  | ProfilePoint
  | NetfilterPoint
  | ProcfsPoint
  | { readonly kind: 'input'; readonly unit: 'char' | 'line' }
)

/** `text` is what pp() gives: `kernel.function("ip_output@net/ipv4/ip_output.c:422").call`. */
export interface FunctionPoint {
  readonly kind: 'function'
  /** As the source has it: `packet_do_bind`. */
  readonly name: string
  /** As kallsyms has it: `packet_do_bind.part.0`. */
  readonly symbol: string
  readonly module: string | undefined
  /** 0n when the kernel hides addresses. */
  readonly address: bigint
  readonly at: 'entry' | 'return'
  /** Absent for symbols without BTF (`.isra`, `.part`, assembler). */
  readonly prototype: FunctionType | undefined
  readonly maxActive: number | undefined
  /** A failure to attach is not worth a warning: wildcard or `?`. */
  readonly optional: boolean
}

export interface TracepointPoint {
  readonly kind: 'tracepoint'
  readonly system: string | undefined
  readonly name: string
  readonly prototype: FunctionType
}

/** `kernel.function(0x…)`, `kprobe.statement(0x…).absolute`: an instruction by its address. */
export interface AddressPoint {
  readonly kind: 'address'
  readonly address: bigint
  /** The address is counted from the start of the module's text. */
  readonly module: string | undefined
  readonly at: 'entry' | 'return'
}

/** `kernel.data("jiffies").write`: a hardware watchpoint. */
export interface WatchPoint {
  readonly kind: 'watch'
  readonly address: bigint
  readonly symbol: string | undefined
  readonly length: 1 | 2 | 4 | 8
  readonly access: 'write' | 'rw'
}

/** Whose life or system calls are probed. */
export type ProcessTarget =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'pid'; readonly pid: bigint }
  /** `process.begin`: of -c or -x, or of any process without them. */
  | { readonly kind: 'target' }

/** `process("/bin/x").begin`, `process(42).syscall.return` */
export interface ProcessPoint {
  readonly kind: 'process'
  readonly target: ProcessTarget
  readonly event:
    | 'begin'
    | 'end'
    | 'thread.begin'
    | 'thread.end'
    | 'syscall'
    | 'syscall.return'
    | 'insn'
    | 'insn.block'
}

/** A place in a program or library; what it comes down to is found in the file itself. */
export interface UserPoint {
  readonly kind: 'user'
  readonly target: ProcessTarget
  readonly library: string | undefined
  readonly place: UserPlace
  readonly at: 'entry' | 'return'
}

export type UserPlace =
  | { readonly kind: 'function'; readonly pattern: string | bigint; readonly ending: string }
  | { readonly kind: 'statement'; readonly pattern: string | bigint; readonly ending: string }
  | { readonly kind: 'mark'; readonly provider: string | undefined; readonly mark: string }
  | { readonly kind: 'plt'; readonly name: string | undefined }

/** `perf.type(0).config(1).sample(1000)` */
export interface PerfPoint {
  readonly kind: 'perf'
  readonly type: bigint
  readonly config: bigint
  readonly period:
    | { readonly kind: 'sample'; readonly events: bigint }
    | { readonly kind: 'frequency'; readonly hz: bigint }
  readonly process: ProcessTarget | undefined
  /** A counter that handlers read with `@perf("name")`; it fires nothing. */
  readonly counter: string | undefined
}

/** `timer.profile`, `timer.profile.freq.hz(97)`: on every CPU. `hz` undefined: each tick. */
export interface ProfilePoint {
  readonly kind: 'profile'
  readonly hz: bigint | undefined
}

/** `netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4")`; numbers of include/uapi/linux. */
export interface NetfilterPoint {
  readonly kind: 'netfilter'
  readonly hook: number
  readonly family: number
  readonly priority: bigint
}

/** `procfs("name").read`: a file that klew serves. */
export interface ProcfsPoint {
  readonly kind: 'procfs'
  readonly path: string
  readonly access: 'read' | 'write'
  readonly maxSize: bigint | undefined
  readonly umask: bigint | undefined
}

// --- statements

export type CheckedStatement =
  | { readonly kind: 'block'; readonly statements: readonly CheckedStatement[] }
  | { readonly kind: 'expression'; readonly expression: CheckedExpression }
  | {
      readonly kind: 'if'
      readonly test: CheckedExpression
      readonly then: CheckedStatement
      readonly otherwise?: CheckedStatement
    }
  | {
      readonly kind: 'while'
      readonly test: CheckedExpression
      readonly body: CheckedStatement
      readonly span: Span
    }
  | {
      readonly kind: 'for'
      readonly start?: CheckedExpression
      readonly test?: CheckedExpression
      readonly step?: CheckedExpression
      readonly body: CheckedStatement
      readonly span: Span
    }
  | CheckedForeach
  | { readonly kind: 'break' | 'continue' }
  /** In a function: gives the call to its next overload. In a handler: ends it. */
  | { readonly kind: 'next'; readonly span: Span }
  | { readonly kind: 'embedded'; readonly text: string; readonly span: Span }
  | { readonly kind: 'return'; readonly value?: CheckedExpression }
  /** `keys` undefined: the whole array, or a scalar reset. */
  | {
      readonly kind: 'delete'
      readonly global: Global
      readonly keys?: readonly CheckedKey[]
      readonly span: Span
    }
  | {
      readonly kind: 'try'
      readonly body: CheckedStatement
      readonly message?: Variable
      readonly handler: CheckedStatement
    }

export interface CheckedForeach {
  readonly kind: 'foreach'
  /** Of a histogram, the one key is the index of a bucket. */
  readonly array: Global | CheckedHistogram
  readonly keys: readonly Variable[]
  readonly value?: Variable
  readonly slice?: readonly CheckedKey[]
  readonly sort?: {
    readonly by: 'value' | number
    readonly ascending: boolean
    /** Of an array of statistics: what its values are ordered by. */
    readonly aggregate?: Extractor
  }
  readonly limit?: CheckedExpression
  readonly body: CheckedStatement
  readonly span: Span
}

export type CheckedKey = CheckedExpression | { readonly kind: 'any' }

/** What can be assigned without keys: a local, or a scalar global. */
export type Variable =
  | { readonly kind: 'local'; readonly local: Local; readonly type: ValueType; readonly span: Span }
  | {
      readonly kind: 'global'
      readonly global: Global
      readonly type: ValueType
      readonly span: Span
    }

// --- expressions; `type` is the type of the value

export type CheckedExpression =
  | { readonly kind: 'number'; readonly type: 'long'; readonly value: bigint; readonly span: Span }
  | {
      readonly kind: 'string'
      readonly type: 'string'
      readonly value: string
      readonly span: Span
    }
  | Variable
  | CheckedElement
  | {
      readonly kind: 'call'
      readonly type: ValueType | 'void'
      readonly function: CheckedFunctionRef
      readonly arguments: readonly CheckedExpression[]
      readonly span: Span
    }
  | CheckedPrint
  | {
      readonly kind: 'unary'
      readonly type: 'long'
      readonly operator: '-' | '!' | '~'
      readonly operand: CheckedExpression
      readonly span: Span
    }
  | {
      readonly kind: 'increment'
      readonly type: 'long'
      readonly operator: '++' | '--'
      readonly prefix: boolean
      readonly target: Variable | CheckedElement
      readonly span: Span
    }
  /** Comparisons of strings have string operands and a long result; `.` is concatenation. */
  | {
      readonly kind: 'binary'
      readonly type: ValueType
      readonly operator: BinaryOperator
      readonly left: CheckedExpression
      readonly right: CheckedExpression
      readonly span: Span
      readonly operatorSpan: Span
    }
  | {
      readonly kind: 'match'
      readonly type: 'long'
      readonly negated: boolean
      readonly left: CheckedExpression
      readonly pattern: string
      readonly span: Span
    }
  | {
      readonly kind: 'in'
      readonly type: 'long'
      readonly array: Global
      readonly keys: readonly CheckedKey[]
      readonly span: Span
    }
  | {
      readonly kind: 'conditional'
      readonly type: ValueType
      readonly test: CheckedExpression
      readonly then: CheckedExpression
      readonly otherwise: CheckedExpression
      readonly span: Span
    }
  /** `operator` is the one in front of `=`, or '' for plain assignment; '.' appends. */
  | {
      readonly kind: 'assign'
      readonly type: ValueType
      readonly operator: BinaryOperator | ''
      readonly target: Variable | CheckedElement
      readonly value: CheckedExpression
      readonly span: Span
      readonly operatorSpan: Span
    }
  | {
      readonly kind: 'accumulate'
      readonly type: 'long'
      readonly global: Global
      readonly keys: readonly CheckedExpression[]
      readonly value: CheckedExpression
      readonly span: Span
    }
  | {
      readonly kind: 'aggregate'
      readonly type: 'long'
      readonly extractor: Extractor
      readonly global: Global
      readonly keys: readonly CheckedExpression[]
      readonly span: Span
    }
  /** `@hist_log(s)[i]`: what a bucket counts. */
  | {
      readonly kind: 'bucket'
      readonly type: 'long'
      readonly histogram: CheckedHistogram
      readonly index: CheckedExpression
      readonly span: Span
    }
  /** `i in @hist_log(s)` */
  | {
      readonly kind: 'in-histogram'
      readonly type: 'long'
      readonly histogram: CheckedHistogram
      readonly index: CheckedExpression
      readonly span: Span
    }
  /** `print(@hist_log(s))`, `println(…)`; a string for `sprint(…)`. */
  | {
      readonly kind: 'print-histogram'
      readonly type: 'string' | 'void'
      readonly histogram: CheckedHistogram
      readonly newline: boolean
      readonly span: Span
    }
  /** C of a guru script, `%{ … %}` as an expression. */
  | {
      readonly kind: 'embedded'
      readonly type: ValueType
      readonly text: string
      readonly span: Span
    }
  | CheckedTarget

export interface CheckedElement {
  readonly kind: 'element'
  readonly type: ValueType
  readonly array: Global
  readonly keys: readonly CheckedExpression[]
  readonly span: Span
}

export interface CheckedHistogram {
  readonly kind: 'histogram'
  readonly global: Global
  readonly keys: readonly CheckedExpression[]
  readonly shape: HistogramShape
  readonly span: Span
}

/** By id, since a function may be checked after its first call. */
export interface CheckedFunctionRef {
  readonly id: number
  readonly name: string
  /** Overloads that `next` in the body goes on to, in their order; mostly none. */
  readonly next?: readonly number[]
}

/** All ten functions of the print family, as one format. */
export interface CheckedPrint {
  readonly kind: 'print'
  /** 'string' for the s… forms; 'void' when it prints. */
  readonly type: 'string' | 'void'
  readonly format: Format
  readonly arguments: readonly CheckedExpression[]
  /** Of `$x$`: what the whole text is when something in it cannot be read. */
  readonly onFault?: string
  readonly span: Span
}

/** What a target variable comes down to. */
export type CheckedTarget =
  | CheckedArgument
  | CheckedResult
  /** `CheckedProbe.entries[index]`, saved at entry. */
  | {
      readonly kind: 'entry'
      readonly type: ValueType
      readonly index: number
      readonly span: Span
    }
  /** Memory at an address; a fault is a soft error that names the place. */
  | {
      readonly kind: 'load'
      readonly type: 'long'
      readonly address: CheckedExpression
      readonly size: 1 | 2 | 4 | 8
      readonly signed: boolean
      readonly bitfield?: { readonly shift: number; readonly width: number }
      readonly user: boolean
      readonly span: Span
    }
  /** Address arithmetic: base + index * scale + offset. */
  | {
      readonly kind: 'address'
      readonly type: 'long'
      readonly base: CheckedExpression
      readonly offset: number
      readonly index?: CheckedExpression
      readonly scale?: number
      readonly span: Span
    }
  /** `$x = e`, of a guru script: memory, an argument, or the result is changed. */
  | {
      readonly kind: 'store'
      readonly type: 'long'
      readonly address: CheckedExpression
      readonly size: 1 | 2 | 4 | 8
      readonly bitfield?: { readonly shift: number; readonly width: number }
      readonly user: boolean
      readonly value: CheckedExpression
      readonly span: Span
    }
  /** `$x = e`, where `$x` is an argument, or `$return = e`. */
  | {
      readonly kind: 'set-value'
      readonly type: 'long'
      readonly of: CheckedArgument | CheckedResult
      readonly value: CheckedExpression
      readonly span: Span
    }
  /** Text behind an address, in quotes and with escapes, as `$x$` has it. */
  | {
      readonly kind: 'quoted-string'
      readonly type: 'string'
      readonly address: CheckedExpression
      readonly span: Span
    }
  /** `@enumname("enum e", v)`: the first name of a value; '' where it has none. */
  | {
      readonly kind: 'enum-name'
      readonly type: 'string'
      readonly values: readonly { readonly name: string; readonly value: bigint }[]
      readonly value: CheckedExpression
      readonly span: Span
    }
  /** The address of a global variable; 0n where the kernel hides addresses. */
  | {
      readonly kind: 'symbol'
      readonly type: 'long'
      readonly name: string
      readonly module?: string
      readonly address: bigint
      /** The address is that of one CPU's copy, counted from the start of its area. */
      readonly perCpu: boolean
      readonly span: Span
    }
  /** What comes with points that are not functions: `$value` of procfs, `$syscall` of a process. */
  | {
      readonly kind: 'context'
      readonly type: ValueType
      readonly name: string
      readonly span: Span
    }
  | {
      readonly kind: 'set-context'
      readonly type: ValueType
      readonly name: string
      readonly value: CheckedExpression
      readonly span: Span
    }
  /** `@kregister(n)`, `@uregister(n)`, by their DWARF numbers. */
  | {
      readonly kind: 'register'
      readonly type: 'long'
      readonly number: number
      readonly user: boolean
      readonly span: Span
    }
  /** `@perf("counter")` */
  | {
      readonly kind: 'perf-counter'
      readonly type: 'long'
      readonly counter: string
      readonly span: Span
    }

/** Argument of the probed function or tracepoint, widened to 64 bits by size and sign. */
export interface CheckedArgument {
  readonly kind: 'argument'
  readonly type: 'long'
  readonly index: number
  readonly size: number
  readonly signed: boolean
  readonly span: Span
}

export interface CheckedResult {
  readonly kind: 'result'
  readonly type: 'long'
  readonly size: number
  readonly signed: boolean
  readonly span: Span
}

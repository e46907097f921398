import type { Extractor, Global, ResolvedPoint, ValueType } from '../sema/checked.ts'
import type { Format } from '../text/format.ts'
import type { Histogram } from '../text/histogram.ts'
import type { Span } from '../text/source.ts'

/**
 * Three-address code in basic blocks over virtual registers. Two back ends read it: `codegen`
 * (eBPF) and `host` (JavaScript); they must agree on every instruction.
 *
 * Registers are mutable and typed. Lowering gives every temporary one definition; only the
 * registers of script locals, parameters and results are written more than once. Every register
 * reads 0 or "" before its first write.
 *
 * longs are signed 64 bits and wrap. Strings are byte strings without NUL, cut at
 * MAXSTRINGLEN - 1 bytes by whatever makes them.
 *
 * A failing instruction (those with a `span`) ends its block at that point: control goes to the
 * block's `handler` if it has one, with the error in the error state that `caught` reads; else
 * the activation is abandoned and the error reported.
 */
export interface IrProgram {
  readonly globals: readonly Global[]
  /** By id of CheckedFunction. Natives and functions never called are absent. */
  readonly functions: ReadonlyMap<number, IrFunction>
  readonly handlers: readonly IrHandler[]
}

export interface IrHandler {
  /** Index in `IrProgram.handlers`; the number by which the image names it. */
  readonly id: number
  readonly points: readonly ResolvedPoint[]
  /** Runs in the kernel, or outside on the same maps. */
  readonly side: 'kernel' | 'host'
  readonly function: IrFunction
  /** For return points that use entry values: computes them at entry and ends in `save-entries`. */
  readonly entry?: IrFunction
  /** Types of what `entry` saves. */
  readonly entryTypes: readonly ValueType[]
  readonly span: Span
}

export interface IrFunction {
  readonly name: string
  readonly registers: readonly Register[]
  /** Registers of the parameters, in order. */
  readonly parameters: readonly Reg[]
  readonly result: ValueType | 'void'
  /** Entry is the first. Blocks are in reverse postorder; a back edge goes to a lower index. */
  readonly blocks: readonly IrBlock[]
}

export type Reg = number
export type BlockId = number

export interface Register {
  readonly type: ValueType
  /** For a script variable: its name. */
  readonly name?: string
  /**
   * Strings: most bytes it can hold, without the NUL; set by the pass `bounds`. At most
   * MAXSTRINGLEN - 1.
   */
  readonly bound?: number
}

export type Operand =
  | { readonly kind: 'reg'; readonly reg: Reg }
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }

export interface IrBlock {
  readonly instructions: readonly Instruction[]
  readonly end: Terminator
  /** Where a failing instruction goes. */
  readonly handler?: BlockId
  /** Set on the header of a loop: the statement, for the message of an exhausted loop. */
  readonly loop?: Span
}

export type Terminator =
  | { readonly op: 'jump'; readonly to: BlockId }
  /** Non-zero goes to `then`. */
  | {
      readonly op: 'branch'
      readonly test: Operand
      readonly then: BlockId
      readonly otherwise: BlockId
    }
  /** Leaves the function; from a handler, ends the activation. */
  | { readonly op: 'return'; readonly value?: Operand }

export type Instruction =
  | { readonly op: 'copy'; readonly to: Reg; readonly from: Operand }
  | { readonly op: 'unary'; readonly what: 'neg' | 'not'; readonly to: Reg; readonly a: Operand }
  /** Wraps. Shift counts are taken modulo 64. `not` above is bitwise. */
  | {
      readonly op: 'binary'
      readonly what: PlainOp
      readonly to: Reg
      readonly a: Operand
      readonly b: Operand
    }
  /** Truncating; fails with `division by 0`; x / -1 is -x and x % -1 is 0. */
  | {
      readonly op: 'divide'
      readonly what: 'div' | 'rem'
      readonly to: Reg
      readonly a: Operand
      readonly b: Operand
      readonly span: Span
    }
  /** Signed; 1 or 0. */
  | {
      readonly op: 'compare'
      readonly what: Comparison
      readonly to: Reg
      readonly a: Operand
      readonly b: Operand
    }
  /** Bytes as unsigned, as strcmp. */
  | {
      readonly op: 'compare-text'
      readonly what: Comparison
      readonly to: Reg
      readonly a: Operand
      readonly b: Operand
    }
  | { readonly op: 'concat'; readonly to: Reg; readonly a: Operand; readonly b: Operand }
  /**
   * 1 where the pattern, a regular expression, matches somewhere in the text, else 0. With
   * `captures` the activation keeps what its groups matched, or that nothing did.
   */
  | {
      readonly op: 'match'
      readonly to: Reg
      readonly text: Operand
      readonly pattern: string
      readonly captures: boolean
      /** The expression; it does not fail. */
      readonly span: Span
    }
  /** Groups of the pattern that matched last; -1 where the last did not match, or none was tried. */
  | { readonly op: 'groups'; readonly to: Reg }
  /** What a group of the last match holds, 0 for all of it; "" for one that took no part. */
  | { readonly op: 'matched'; readonly to: Reg; readonly index: Operand }
  /**
   * The next part of the text that the activation takes apart; "" behind the last. A text that is
   * not empty is from now on the one to take apart.
   */
  | {
      readonly op: 'tokenize'
      readonly to: Reg
      readonly text: Operand
      readonly delimiters: Operand
    }
  /** sprintf. `%m` and `%M` of a bad address fail. */
  | {
      readonly op: 'format'
      readonly to: Reg
      readonly format: Format
      readonly args: readonly Operand[]
      readonly span: Span
    }
  /** What becomes of a packet: 0 drops it, anything else accepts it. The last one counts. */
  | { readonly op: 'verdict'; readonly value: Operand }
  | { readonly op: 'context'; readonly what: ContextValue; readonly to: Reg }
  /**
   * What the reader of a procfs file gets: this, or this too. Cut at the size of the file's buffer,
   * which may be more than a string holds.
   */
  | { readonly op: 'reply'; readonly value: Operand; readonly append: boolean }
  | {
      readonly op: 'argument'
      readonly to: Reg
      readonly index: number
      readonly size: number
      readonly signed: boolean
    }
  | { readonly op: 'result'; readonly to: Reg; readonly size: number; readonly signed: boolean }
  /**
   * A register of the CPU, by its DWARF number, as it is where the probe fired; of the program that
   * called the kernel with `user`. Fails where there are none.
   */
  | {
      readonly op: 'register'
      readonly to: Reg
      readonly number: number
      readonly user: boolean
      readonly span: Span
    }
  /** What `entry` saved, by its index. */
  | { readonly op: 'entry'; readonly to: Reg; readonly index: number }
  /** Only at the end of an `entry` function. */
  | { readonly op: 'save-entries'; readonly values: readonly Operand[] }
  /**
   * What recursion in the kernel needs, which the pass `recursion` makes: at a call, values go into
   * a frame by the depth of calls, 0 to MAXNESTING - 1, with the number of the call and how far
   * its iterations are; at its end they are taken up again.
   */
  | {
      readonly op: 'frame-save'
      readonly depth: Operand
      readonly site: number
      readonly values: readonly Operand[]
      readonly iterations: readonly number[]
    }
  | { readonly op: 'frame-site'; readonly to: Reg; readonly depth: Operand }
  | {
      readonly op: 'frame-load'
      readonly depth: Operand
      readonly site: number
      readonly registers: readonly Reg[]
      readonly iterations: readonly number[]
    }
  /** Fails with `read fault` on a bad address. */
  | {
      readonly op: 'load'
      readonly to: Reg
      readonly address: Operand
      readonly size: 1 | 2 | 4 | 8
      readonly signed: boolean
      readonly user: boolean
      readonly span: Span
    }
  /**
   * A NUL-ended string at an address, cut at `limit` bytes (NUL not counted). Without `otherwise`
   * a bad address fails.
   */
  | {
      readonly op: 'load-text'
      readonly to: Reg
      readonly address: Operand
      readonly limit: number
      readonly otherwise?: Operand
      readonly user: boolean
      readonly span: Span
    }
  /** A function of its operands alone (or of the symbol table): see PureName. */
  | {
      readonly op: 'pure'
      readonly name: PureName
      readonly to: Reg
      readonly args: readonly Operand[]
      readonly span: Span
    }
  | { readonly op: 'global-get'; readonly to: Reg; readonly global: Global }
  | { readonly op: 'global-set'; readonly global: Global; readonly value: Operand }
  /** Atomic. `to` takes the value before or after, as `gives` says. */
  | {
      readonly op: 'global-add'
      readonly global: Global
      readonly by: Operand
      readonly to: Reg
      readonly gives: 'old' | 'new'
    }
  /** 0 or "" for a missing element, which is not made. */
  | {
      readonly op: 'element-get'
      readonly to: Reg
      readonly array: Global
      readonly keys: readonly Operand[]
    }
  /** Fails with `Array overflow, check MAXMAPENTRIES` when full. */
  | {
      readonly op: 'element-set'
      readonly array: Global
      readonly keys: readonly Operand[]
      readonly value: Operand
      readonly span: Span
    }
  | {
      readonly op: 'element-add'
      readonly array: Global
      readonly keys: readonly Operand[]
      readonly by: Operand
      readonly to: Reg
      readonly gives: 'old' | 'new'
      readonly span: Span
    }
  /** 1 when present. A key that is undefined matches any. */
  | {
      readonly op: 'element-has'
      readonly to: Reg
      readonly array: Global
      readonly keys: readonly (Operand | undefined)[]
    }
  | {
      readonly op: 'element-delete'
      readonly array: Global
      readonly keys: readonly (Operand | undefined)[]
    }
  | { readonly op: 'array-clear'; readonly array: Global }
  /** Opens an iteration in slot `iteration` (unique in the function) over the elements as they are now. */
  | {
      readonly op: 'iterate'
      readonly iteration: number
      readonly array: Global
      readonly slice?: readonly (Operand | undefined)[]
      readonly sort?: {
        readonly by: 'value' | number
        readonly ascending: boolean
        /** Of an array of statistics: what its values are ordered by; the count without. */
        readonly aggregate?: Extractor
      }
      readonly limit?: Operand
      /** The statement; it does not fail. */
      readonly span: Span
    }
  /**
   * Takes the next element: keys (and value) into registers, 1 into `to`; or 0 when at the end,
   * where the registers of keys and value stay as they are.
   */
  | {
      readonly op: 'iterate-next'
      readonly iteration: number
      readonly to: Reg
      readonly keys: readonly Reg[]
      readonly value?: Reg
    }
  /**
   * Adds to a statistic. A scalar one is an array without keys, for this and for `element-has`,
   * `element-delete` and `array-clear` too. Fails when the array is full.
   */
  | {
      readonly op: 'stat-add'
      readonly global: Global
      readonly keys: readonly Operand[]
      readonly value: Operand
      readonly span: Span
    }
  /** Of one that is empty, or not there: 0 for count and sum; the others fail. */
  | {
      readonly op: 'stat-get'
      readonly to: Reg
      readonly extractor: Extractor
      readonly global: Global
      readonly keys: readonly Operand[]
      readonly span: Span
    }
  /** What a bucket of its histogram counts. Fails for an empty statistic, and without that bucket. */
  | {
      readonly op: 'stat-bucket'
      readonly to: Reg
      readonly global: Global
      readonly keys: readonly Operand[]
      readonly index: Operand
      readonly span: Span
    }
  /** Before `defer`: prints the histogram. Fails for an empty statistic. */
  | {
      readonly op: 'print-histogram'
      readonly global: Global
      readonly keys: readonly Operand[]
      readonly span: Span
    }
  | {
      readonly op: 'call'
      readonly function: number
      readonly args: readonly Operand[]
      readonly to?: Reg
      readonly span: Span
    }
  /** Before `defer`: prints now. In kernel handlers that pass turns every one into `emit`. */
  | {
      readonly op: 'print'
      readonly format: Format
      readonly args: readonly Operand[]
      readonly span: Span
    }
  | EmitInstruction
  /** The session ends when this handler is done. */
  | { readonly op: 'exit' }
  /**
   * The script's own error("…"): fails with that message. Always the last of its block; the block
   * ends in a `return` that is never reached, for which a back end emits nothing.
   */
  | { readonly op: 'error'; readonly message: Operand; readonly span: Span }
  /** To the error stream: `WARNING: …`. */
  | { readonly op: 'warn'; readonly message: Operand }
  /** In a `handler` block: the text of the error that led here. */
  | { readonly op: 'caught'; readonly to: Reg }

/** `udiv`: unsigned division, whose `b` is always a number operand other than 0. */
export type PlainOp = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'ushr' | 'udiv'
export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'

/**
 * What a handler can ask about where it runs. Longs, but for those marked text.
 * On the host side: klew's own pid and name, no addresses, an empty stack.
 */
export type ContextValue =
  /** tgid << 32 | pid, as bpf_get_current_pid_tgid */
  | 'pid-tgid'
  | 'uid-gid'
  /** pid of the parent's thread group: current->real_parent->tgid */
  | 'ppid'
  | 'cpu'
  /** Text, at most 15 bytes. */
  | 'comm'
  /** CLOCK_MONOTONIC, ns. */
  | 'monotonic-ns'
  /** CLOCK_REALTIME, ns: monotonic plus an offset that the session keeps. */
  | 'realtime-ns'
  /** Number of the point that fired: an index in `Image.points`. */
  | 'point'
  /** Address that SystemTap's addr() gives: the function at entry, the return address at return. */
  | 'address'
  /** At function entry: the address the function will return to. At return: the caller of that. */
  | 'caller-address'
  /** Text: raw bytes, 8 a frame, innermost first, at most MAXBACKTRACE frames; may hold NULs. */
  | 'stack'
  /** What the address of a per-CPU variable lacks to be that of this CPU's copy. */
  | 'cpu-offset'
  /** Pid given by -x or made by -c; 0 without. */
  | 'target'
  /** Text: what was written or typed; of a file that is read, the reply so far. */
  | 'value'

/**
 * Functions whose value depends on nothing but their operands, the symbol table, the time zone
 * and the image's points. The host has all; codegen has those that it can do in the kernel, the
 * rest only works where it reaches output (see `Late`).
 */
export type PureName =
  | 'strlen' // (text) long
  | 'substr' // (text, start, length) text
  | 'ctime' // (seconds) text; fails out of range
  | 'tz-ctime' // (seconds) text
  | 'symname' // (address) text: name, or 0x…
  | 'symdata' // (address) text: name+0xoff/0xsize [module]
  | 'backtrace-lines' // (stack, point, address) text of print_backtrace()
  | 'point-text' // (point) text: pp()
  | 'point-function' // (point) text: ppfunc()
  | 'pad' // (count) text: that many spaces, none when negative
  | 'strpos' // (text, part) long: where the part first stands, or -1
  | 'stringat' // (text, index) long: the byte there, 0 outside
  | 'strtol' // (text, base) long: as strtol of C
  | 'escape' // (text, length, quoted) text: what cannot be printed as in a C string
  | 'quoted' // (text, address) text: in quotes and escaped; of UNREADABLE, the address
  | 'choose' // (test, text, text) text: the first unless the test is 0
  | 'enum-name' // (value, value, text, …) text: that of the first value that is the same, or none

/** What stands for a text that cannot be read, till it is printed. No kernel has such a text. */
export const UNREADABLE = '\x01unreadable\x02'

/**
 * `emit`: what `print` becomes in the kernel. The leaves go into a record; the host works out
 * each argument from them (`Late`), formats and writes. No string is built in the kernel for it.
 */
export interface EmitInstruction {
  readonly op: 'emit'
  readonly format: Format
  /** One for each `*` and value of the format, in order. */
  readonly args: readonly Late[]
  readonly leaves: readonly Leaf[]
  readonly span: Span
}

/** A value in a record, read where the record is made. */
export type Leaf =
  | { readonly kind: 'long'; readonly value: Operand }
  /** A string that is there in a register (or a constant). */
  | { readonly kind: 'text'; readonly value: Operand }
  /** The comm of the current task, straight into the record. */
  | { readonly kind: 'comm' }
  /** A string straight from memory into the record; a fault fails the handler. */
  | {
      readonly kind: 'memory'
      readonly address: Operand
      readonly limit: number
      readonly otherwise?: Operand
      readonly user: boolean
      readonly span: Span
    }
  /** Raw bytes for %m and %M. */
  | {
      readonly kind: 'bytes'
      readonly address: Operand
      readonly count: Operand
      readonly user: boolean
      readonly span: Span
    }
  | { readonly kind: 'stack' }
  /** The buckets of a histogram, 8 bytes each; an empty statistic fails. */
  | {
      readonly kind: 'buckets'
      readonly global: Global
      readonly keys: readonly Operand[]
      readonly span: Span
    }

/** An expression over the leaves of a record, worked out when it is printed. Plain data. */
export type Late =
  | { readonly kind: 'leaf'; readonly index: number }
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'concat'; readonly a: Late; readonly b: Late }
  | { readonly kind: 'format'; readonly format: Format; readonly args: readonly Late[] }
  | { readonly kind: 'pure'; readonly name: PureName; readonly args: readonly Late[] }
  /** The text of a histogram, from its buckets. Not cut at MAXSTRINGLEN. */
  | { readonly kind: 'histogram'; readonly shape: Histogram; readonly buckets: Late }

/** The most bytes of a string, NUL included; -DMAXSTRINGLEN. */
export const MAXSTRINGLEN = 512
export const MAXMAPENTRIES = 2048
/** How deep functions may call themselves in the kernel. */
export const MAXNESTING = 20
export const MAXBACKTRACE = 20

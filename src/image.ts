import type { IrFunction, Late } from './ir/ir.ts'
import type { StatisticUse } from './ir/statistic.ts'
import type { Format } from './text/format.ts'

/**
 * A compiled script: plain data, no descriptors, no addresses of this process. The hinge between
 * the compiler and the runtime. `load` turns its maps, programs and attachments into kernel
 * objects; `run` runs its host handlers and turns its records into output.
 *
 * A script that needs nothing from the kernel has no maps, programs or attachments.
 */
export interface Image {
  /** `uname -r` and machine that it was built for; the loader refuses another. */
  readonly release: string
  readonly arch: 'x64' | 'arm64'
  /** Sources of the script and the library files it uses: what `Place.source` counts in. */
  readonly sources: readonly { readonly name: string; readonly text: string }[]
  readonly places: readonly Place[]
  readonly maps: readonly MapSpec[]
  readonly programs: readonly ProgramSpec[]
  readonly attachments: readonly Attachment[]
  /** What can fire: what pp() and ppfunc() print, what losses are counted by. */
  readonly points: readonly PointInfo[]
  readonly globals: readonly GlobalLayout[]
  /** One for each `emit` in a kernel program. */
  readonly sites: readonly PrintSite[]
  /** Handlers that run outside the kernel: begin, end, error, timers, files, input. */
  readonly handlers: readonly HostHandler[]
  /** IR functions that host handlers call, by id. */
  readonly functions: ReadonlyMap<number, IrFunction>
  readonly limits: Limits
}

/** A place in a source, by offsets; `token` is what SystemTap names there: `operator '/'`. */
export interface Place {
  readonly source: number
  readonly start: number
  readonly end: number
  readonly token: string
}

export interface Limits {
  /** Soft errors tolerated before the session ends. */
  readonly maxErrors: number
  readonly maxSkipped: number
  readonly maxStringLength: number
  readonly ringBytes: number
}

export interface MapSpec {
  /** At most 15 bytes, for bpftool. */
  readonly name: string
  /** BPF_MAP_TYPE_* (uapi/linux/bpf.h) */
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
  /** Of a per-CPU map that klew reads: how many values an element has, each padded to 8 bytes. */
  readonly cpus?: number
  readonly purpose:
    | { readonly kind: 'control' }
    | { readonly kind: 'ring' }
    | { readonly kind: 'array'; readonly global: number }
    | { readonly kind: 'statistic'; readonly global: number }
    | { readonly kind: 'scratch' }
    | { readonly kind: 'entries'; readonly handler: number }
    /** Filled by the loader and then frozen. */
    | { readonly kind: 'constant'; readonly value: Uint8Array }
    /** Filled and frozen as well: two u64, the inode of an executable and the device it is on. */
    | { readonly kind: 'executable'; readonly path: string }
    /** One u64 a point: records that found no room. */
    | { readonly kind: 'lost' }
}

export interface ProgramSpec {
  readonly name: string
  /** BPF_PROG_TYPE_* */
  readonly type: number
  /** BPF_TRACE_FENTRY and the like; 0 where the type needs none. */
  readonly attachType: number
  readonly flags: number
  /** Encoded instructions. Map references hold the index in `maps` where the fd will stand. */
  readonly instructions: Uint8Array
  /** Instructions that load a map: their index, and the map's. */
  readonly mapReferences: readonly { readonly instruction: number; readonly map: number }[]
  /** Instructions (ld_imm64) whose immediate the loader sets to the point number of an attachment. */
  readonly pointReferences: readonly number[]
  /** Program BTF: present when it has subprograms that are called back. */
  readonly functions: readonly {
    readonly name: string
    readonly instruction: number
    readonly parameters: number
    readonly static: boolean
  }[]
  /** First instruction of each place, ascending: for line_info and the verifier's log. */
  readonly lines: readonly { readonly instruction: number; readonly place: number }[]
  readonly handler: number
}

/**
 * One way of attaching one program. Where the method gives each target its own program
 * (`fentry`, `tp-btf`), or has no cookie, the loader loads the program once for each target with
 * the point number set.
 */
export interface Attachment {
  readonly program: number
  readonly method: AttachMethod
  readonly targets: readonly AttachTarget[]
}

export type AttachMethod =
  | 'fentry'
  | 'fexit'
  | 'kprobe-multi'
  | 'kretprobe-multi'
  | 'kprobe'
  | 'kretprobe'
  | 'tp-btf'
  | 'raw-tracepoint'
  | 'perf-event'
  | 'breakpoint'
  | 'netfilter'

export interface AttachTarget {
  /** Index in `Image.points`. */
  readonly point: number
  /** Symbol or tracepoint name; '' for what has none. */
  readonly name: string
  readonly module?: string
  /** 0n where not known: attach by name. With a module and no name: from the start of its text. */
  readonly address: bigint
  /** What is neither a function nor a tracepoint. */
  readonly on?: AttachPlace
  readonly btfId: number
  readonly optional: boolean
  readonly maxActive?: number
}

export type AttachPlace =
  /** A counter, on every CPU that is online; numbers of perf_event_open(2). */
  | {
      readonly kind: 'counter'
      readonly type: number
      readonly config: bigint
      readonly every:
        | { readonly kind: 'period'; readonly events: bigint }
        | { readonly kind: 'frequency'; readonly hz: bigint }
    }
  /** Memory that is watched, at the target's address or name. */
  | { readonly kind: 'memory'; readonly length: 1 | 2 | 4 | 8; readonly access: 'write' | 'rw' }
  /** Numbers of uapi/linux/netfilter.h. */
  | {
      readonly kind: 'hook'
      readonly family: number
      readonly hook: number
      readonly priority: number
    }

export interface PointInfo {
  /** As pp() gives it. */
  readonly text: string
  /** As ppfunc() gives it; the tracepoint's name for a tracepoint. */
  readonly function: string
  readonly at: 'entry' | 'return' | 'other'
  readonly place: number
}

export interface GlobalLayout {
  readonly name: string
  readonly type: 'long' | 'string' | 'statistic'
  readonly keys: readonly ('long' | 'string')[]
  readonly initial: bigint | string | undefined
  readonly capacity: number
  readonly wrap: boolean
  readonly displayAtEnd: boolean
  /** Of a statistic: what is kept of it, and how it is read. */
  readonly statistic?: StatisticUse
  readonly storage: /** No kernel program touches it: it lives in klew. */
    | { readonly kind: 'host' }
    /** At this offset of the control map's value; a string takes `bytes`, zero padded. */
    | { readonly kind: 'control'; readonly offset: number; readonly bytes: number }
    /**
     * A hash map. Key: the components in order, longs 8 bytes, strings `keyBytes[i]`, zero
     * padded. Value: u64 insertion order, then the value, `valueBytes`.
     */
    | {
        readonly kind: 'map'
        readonly map: number
        readonly keyBytes: readonly number[]
        readonly valueBytes: number
      }
    /**
     * A statistic: one for each CPU, in a per-CPU hash map by the keys as above, or in a per-CPU
     * array of one element for a scalar. `own`: a plain map by the same keys with the insertion
     * order in front, and then, if `adds`, a statistic to which klew's own handlers add. A scalar
     * has it only for that.
     */
    | {
        readonly kind: 'statistic'
        readonly map: number
        readonly keyBytes: readonly number[]
        readonly valueBytes: number
        readonly own: { readonly map: number; readonly adds: boolean } | undefined
      }
}

export interface PrintSite {
  readonly handler: number
  readonly format: Format
  readonly args: readonly Late[]
  readonly record: RecordLayout
}

/**
 * A record in the ring. All start with RECORD_HEADER bytes: u32 site (or a RECORD_* code), u32
 * point. Then longs at fixed offsets; fixed strings (NUL ended within `bytes`); for packed
 * strings a u32 length each at a fixed offset and their bytes, NUL not counted, one after the
 * other from `packedAt`, each starting where the one before ended.
 */
export interface RecordLayout {
  /** Bytes before the packed part; the whole record when nothing is packed. */
  readonly fixedBytes: number
  readonly leaves: readonly LeafLayout[]
}

export type LeafLayout =
  | { readonly kind: 'long'; readonly offset: number }
  | { readonly kind: 'text'; readonly offset: number; readonly bytes: number }
  /** `offset` is where its u32 length stands. Order of leaves is order of packing. */
  | { readonly kind: 'packed'; readonly offset: number }
  /** `offset`: u32 length in bytes; then the frames, 8 bytes each, at `offset` + 8. */
  | { readonly kind: 'stack'; readonly offset: number; readonly bytes: number }
  /** Counts of a histogram, 8 bytes each. */
  | { readonly kind: 'buckets'; readonly offset: number; readonly bytes: number }

export const RECORD_HEADER = 8
/** Site numbers from here up are not prints. */
export const RECORD_SPECIAL = 0xffff0000
/** exit() was called. */
export const RECORD_EXIT = 0xffff0001
/** A soft error: u32 code (ErrorCode), u32 place, u64 value (the address of a fault, the size of a full array), then a NUL-ended message of at most 512 bytes for `script`. */
export const RECORD_ERROR = 0xffff0002
/** warn(): like an error record with code `script`. */
export const RECORD_WARNING = 0xffff0003

export const ErrorCode = {
  divisionByZero: 1,
  readFault: 2,
  textFault: 3,
  arrayOverflow: 4,
  script: 5,
  maxAction: 6,
  skipped: 7,
  emptyAggregate: 8,
  noBucket: 9,
} as const

/**
 * The control map: ARRAY, one entry, mmapable, shared by kernel programs and klew. u64 fields at
 * these offsets, then the scalars from `globals`.
 */
export const Control = {
  /** STATE_* */
  state: 0,
  /** CLOCK_REALTIME - CLOCK_MONOTONIC, ns. */
  realtimeOffset: 8,
  /** Monotonic ns of the last wake-up of the reader. */
  lastWake: 16,
  errors: 24,
  skipped: 32,
  target: 40,
  /** Next insertion order of any array. */
  order: 48,
  /** Records that found no room in the ring, in all. */
  lost: 56,
  /** Always 0, which the verifier cannot know. */
  zero: 64,
  globals: 72,
} as const

export const STATE_STARTING = 0
export const STATE_RUNNING = 1
export const STATE_STOPPING = 2

export interface HostHandler {
  readonly id: number
  readonly point: number
  readonly when:
    | { readonly kind: 'begin' | 'end' | 'error'; readonly order: bigint }
    | { readonly kind: 'timer'; readonly periodNs: bigint; readonly randomizeNs: bigint }
    | FileAccess
    /** What is typed. */
    | { readonly kind: 'input'; readonly unit: 'char' | 'line' }
  readonly function: IrFunction
}

/** A file that klew serves, below a folder of the session. */
export interface FileAccess {
  readonly kind: 'file'
  /** A byte string, without `.` and `..` in it. */
  readonly path: string
  readonly access: 'read' | 'write'
  /** Permissions, as of chmod(2). */
  readonly mode: number
  /** The most bytes that one reader gets. */
  readonly limit: number
}

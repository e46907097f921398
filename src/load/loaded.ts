import type { AttachMethod } from '../image.ts'

/** An image in the kernel: its maps made, its programs loaded, nothing attached before `attach`. */
export interface Loaded {
  /** The control map's value, shared with the kernel; undefined when the image has none. */
  readonly control: { readonly view: ArrayBuffer } | undefined
  /** The ring buffer map, for its reader to map; `bytes` is its size, a power of two. */
  readonly ring: { readonly fd: number; readonly bytes: number } | undefined
  /** By index in `Image.maps`. */
  map(index: number): LoadedMap
  /** Records that found no room in the ring, by index in `Image.points`. */
  lostCounts(): readonly bigint[]
  /** What each program has run since it was attached; empty without the option `timing`. */
  programTimes(): readonly ProgramTime[]
  /** Attaches everything; what could not be attached is in the report, not thrown. */
  attach(progress?: (done: number, total: number) => void): Promise<AttachReport>
  /** Detaches and closes all. A second call does nothing. */
  close(): void
}

export interface LoadedMap {
  /** Of a per-CPU map: how many values an element has, one behind the other. */
  readonly cpus?: number
  lookup(key: Uint8Array): Uint8Array | undefined
  /** `flags`: BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2. Gives 0 or the negated errno. */
  update(key: Uint8Array, value: Uint8Array, flags?: number): number
  /** Whether there was one. */
  delete(key: Uint8Array): boolean
  /** All elements as they are now, in no order. */
  entries(): { readonly key: Uint8Array; readonly value: Uint8Array }[]
  clear(): void
}

export interface ProgramTime {
  /** What the program is for, by index in `Image.points`. */
  readonly points: readonly number[]
  readonly runs: bigint
  readonly timeNs: bigint
  /** Runs that the kernel left out, as the program was running on that CPU already. */
  readonly missed: bigint
}

export interface AttachReport {
  readonly attached: number
  readonly failed: readonly {
    /** Index in `Image.points`. */
    readonly point: number
    readonly reason: string
    readonly optional: boolean
  }[]
  /** How many targets each method attached. */
  readonly methods: readonly { readonly method: AttachMethod; readonly targets: number }[]
}

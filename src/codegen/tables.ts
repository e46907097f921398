import {
  BPF_F_MMAPABLE,
  BPF_F_RDONLY_PROG,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_LRU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_RINGBUF,
} from '../bpf/map.ts'
import type { GlobalLayout, MapSpec, Place, PointInfo, PrintSite, RecordLayout } from '../image.ts'
import type { EmitInstruction } from '../ir/ir.ts'
import type { Facts } from '../kernel/facts.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source, Span } from '../text/source.ts'
import { tokenAt } from '../text/token-at.ts'
import type { Layouts } from './layout.ts'
import { roundUp8 } from './stack.ts'

/** Maps that every image with kernel programs has, in this order. */
export const CONTROL_MAP = 0
export const RING_MAP = 1
export const LOST_MAP = 2
export const CONSTANT_MAP = 3
export const SCRATCH_MAP = 4
export const FIRST_ARRAY_MAP = 5

/** Activations that can interrupt each other on one CPU: task, softirq, irq, NMI. */
export const SCRATCH_LEVELS = 4
/** Most bytes of a per-CPU array's value. */
export const SCRATCH_LIMIT = 32768

/** What the programs of one image share, gathered while they are made. */
export class Tables {
  readonly facts: Facts
  readonly layouts: readonly GlobalLayout[]
  readonly maxErrors: number
  readonly maxAction: number
  readonly points: PointInfo[] = []
  readonly sites: PrintSite[] = []
  readonly places: Place[] = []
  readonly diagnostics: Diagnostic[] = []
  readonly sources: Source[]
  scratchBytes = 0
  readonly #maps: MapSpec[]
  readonly #controlBytes: number
  readonly #siteOf = new Map<EmitInstruction, number>()
  readonly #placeOf = new Map<string, number>()
  readonly #textAt = new Map<string, number>()
  readonly #reported = new Set<string>()
  #constants: string[] = []
  #constantBytes = 0
  #reach = 8

  constructor(options: {
    readonly facts: Facts
    readonly layouts: Layouts
    readonly sources: readonly Source[]
    readonly maxErrors: number
    readonly maxAction: number
  }) {
    this.facts = options.facts
    this.layouts = options.layouts.globals
    this.maxErrors = options.maxErrors
    this.maxAction = options.maxAction
    this.sources = [...options.sources]
    this.#maps = [...options.layouts.maps]
    this.#controlBytes = options.layouts.controlBytes
  }

  /** Index of a place in the image. */
  place(span: Span): number {
    let source = this.sources.indexOf(span.source)
    if (source < 0) source = this.sources.push(span.source) - 1
    const { start, end } = span
    const key = `${source}:${start}:${end}`
    const known = this.#placeOf.get(key)
    if (known !== undefined) return known
    const index = this.places.push({ source, start, end, token: tokenAt(span) }) - 1
    this.#placeOf.set(key, index)
    return index
  }

  /** Index of a print site; the same for every program made of one handler. */
  site(emit: EmitInstruction, handler: number, record: RecordLayout): number {
    const known = this.#siteOf.get(emit)
    if (known !== undefined) return known
    const index = this.sites.push({ handler, format: emit.format, args: emit.args, record }) - 1
    this.#siteOf.set(emit, index)
    return index
  }

  /** Offset of a byte string in the constants, NUL ended and padded with zeroes to 8 bytes. */
  constant(text: string): number {
    const known = this.#textAt.get(text)
    if (known !== undefined) return known
    const offset = this.#constantBytes
    const bytes = roundUp8(text.length + 1)
    this.#constants.push(text.padEnd(bytes, '\0'))
    this.#constantBytes += bytes
    this.#textAt.set(text, offset)
    return offset
  }

  /** Makes the constants reach so far: where a program may read by an offset that it masks. */
  reach(bytes: number): void {
    this.#reach = Math.max(this.#reach, bytes)
  }

  /** Adds a map; its index in the image. */
  addMap(map: MapSpec): number {
    return FIRST_ARRAY_MAP + this.#maps.push(map) - 1
  }

  /** Entries of a return handler's companion: what it saved, by thread and stack. */
  entriesMap(handler: number, valueSize: number): number {
    return this.addMap({
      name: `entries_${handler}`,
      type: BPF_MAP_TYPE_LRU_HASH,
      keySize: 16,
      valueSize,
      maxEntries: ENTRIES,
      flags: 0,
      purpose: { kind: 'entries', handler },
    })
  }

  /** What tells an executable from others, once for each. */
  executableMap(path: string): number {
    const known = this.#maps.findIndex(
      ({ purpose }) => purpose.kind === 'executable' && purpose.path === path,
    )
    if (known >= 0) return FIRST_ARRAY_MAP + known
    const purpose = { kind: 'executable', path } as const
    return this.addMap(array('executable', 16, BPF_F_RDONLY_PROG, purpose))
  }

  /** A mistake is reported once, however many programs hold it. */
  report(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic
    const key = `${code}:${span.source.name}:${span.start}`
    if (this.#reported.has(key)) return
    this.#reported.add(key)
    this.diagnostics.push(diagnostic)
  }

  maps(ringBytes: number): MapSpec[] {
    return [
      array('control', this.#controlBytes, BPF_F_MMAPABLE, { kind: 'control' }),
      {
        name: 'ring',
        type: BPF_MAP_TYPE_RINGBUF,
        keySize: 0,
        valueSize: 0,
        maxEntries: ringBytes,
        flags: 0,
        purpose: { kind: 'ring' },
      },
      { ...array('lost', 8, 0, { kind: 'lost' }), maxEntries: Math.max(1, this.points.length) },
      this.#constantMap(),
      {
        name: 'scratch',
        type: BPF_MAP_TYPE_PERCPU_ARRAY,
        keySize: 4,
        valueSize: Math.max(8, this.scratchBytes),
        maxEntries: SCRATCH_LEVELS,
        flags: 0,
        purpose: { kind: 'scratch' },
      },
      ...this.#maps,
    ]
  }

  #constantMap(): MapSpec {
    const value = new Uint8Array(
      Buffer.from(this.#constants.join('').padEnd(this.#reach, '\0'), 'latin1'),
    )
    return array('constants', value.length, BPF_F_RDONLY_PROG, { kind: 'constant', value })
  }
}

/** Activations of one return handler that can be under way at once. */
const ENTRIES = 8192

function array(
  name: string,
  valueSize: number,
  flags: number,
  purpose: MapSpec['purpose'],
): MapSpec {
  return { name, type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize, maxEntries: 1, flags, purpose }
}

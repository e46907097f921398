import { Control } from '../image.ts'
import type { AttachReport, Loaded, LoadedMap, ProgramTime } from '../load/loaded.ts'
import { fakeKernel } from '../sys/fake-kernel.ts'
import type { Kernel } from '../sys/kernel.ts'

// A loaded image made of data, for tests: maps are in memory, and a ring that the test fills.

const PAGE = 4096
const RING_FD = 7
const HEADER_BYTES = 8
const BUSY = 0x80000000
const DISCARD = 0x40000000

/** Ring memory as the kernel lays it out, with the data twice in a row. */
export class FakeRing {
  readonly consumer: ArrayBuffer = new ArrayBuffer(PAGE)
  readonly producer: ArrayBuffer
  readonly bytes: number
  readonly #data: Buffer
  #position = 0

  constructor(bytes: number) {
    this.bytes = bytes
    this.producer = new ArrayBuffer(PAGE + 2 * bytes)
    this.#data = Buffer.from(this.producer, PAGE)
  }

  /** Appends a record; gives false when there is no room. */
  put(record: Uint8Array, how: 'ready' | 'busy' | 'discarded' = 'ready'): boolean {
    const size = (record.length + HEADER_BYTES + 7) & ~7
    const taken = this.#position - Number(new BigInt64Array(this.consumer)[0])
    if (taken + size > this.bytes) return false
    const flags = how === 'busy' ? BUSY : how === 'discarded' ? DISCARD : 0
    const at = this.#position % this.bytes
    const whole = Buffer.alloc(size)
    whole.writeUInt32LE(record.length + flags)
    whole.set(record, HEADER_BYTES)
    for (let i = 0; i < size; i++) {
      const byte = whole[i] ?? 0
      const place = (at + i) % this.bytes
      this.#data[place] = byte
      this.#data[place + this.bytes] = byte
    }
    this.#position += size
    new BigInt64Array(this.producer)[0] = BigInt(this.#position)
    return true
  }

  /** Says that the record at this position of the ring is written. */
  finish(position: number): void {
    const length = this.#data.readUInt32LE(position) & ~BUSY
    this.#data.writeUInt32LE(length, position)
    this.#data.writeUInt32LE(length, position + this.bytes)
  }
}

export class FakeMap implements LoadedMap {
  readonly #elements = new Map<string, Uint8Array>()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  lookup(key: Uint8Array): Uint8Array | undefined {
    return this.#elements.get(hex(key))
  }

  update(key: Uint8Array, value: Uint8Array): number {
    if (!this.#elements.has(hex(key)) && this.#elements.size >= this.#capacity) return -7
    this.#elements.set(hex(key), Uint8Array.from(value))
    return 0
  }

  delete(key: Uint8Array): boolean {
    return this.#elements.delete(hex(key))
  }

  /** Backwards: a hash map has no order. */
  entries(): { key: Uint8Array; value: Uint8Array }[] {
    return [...this.#elements]
      .reverse()
      .map(([key, value]) => ({ key: Buffer.from(key, 'hex'), value }))
  }

  clear(): void {
    this.#elements.clear()
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export interface FakeLoaded extends Loaded {
  readonly control: { readonly view: ArrayBuffer }
  readonly fakeRing: FakeRing
  readonly kernel: Kernel & { wake(fd: number): void }
  readonly log: string[]
  /** Value of a field of the control page. */
  field(name: keyof typeof Control): bigint
}

export interface FakeLoadedOptions {
  readonly lost?: readonly bigint[]
  readonly times?: readonly ProgramTime[]
  readonly report?: AttachReport
  readonly maps?: readonly LoadedMap[]
  readonly onAttach?: (loaded: FakeLoaded) => void
}

export function fakeLoaded(options: FakeLoadedOptions = {}): FakeLoaded {
  const fakeRing = new FakeRing(PAGE)
  const control = { view: new ArrayBuffer(PAGE) }
  const log: string[] = []
  const kernel = fakeKernel()
  const loaded: FakeLoaded = {
    control,
    fakeRing,
    log,
    ring: { fd: RING_FD, bytes: fakeRing.bytes },
    kernel: {
      ...kernel,
      mmap: (_fd, _length, _protection, _flags, offset) =>
        offset === 0 ? fakeRing.consumer : fakeRing.producer,
    },
    field: name => new BigInt64Array(control.view)[Control[name] >> 3] ?? 0n,
    map: index => options.maps?.[index] ?? new FakeMap(1),
    lostCounts: () => options.lost ?? [],
    programTimes: () => options.times ?? [],
    attach: async () => {
      log.push('attach')
      options.onAttach?.(loaded)
      return options.report ?? { attached: 1, failed: [], methods: [] }
    },
    close: () => {
      if (log.at(-1) !== 'close') log.push('close')
    },
  }
  return loaded
}

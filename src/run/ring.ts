import { SyscallError } from '../sys/error.ts'
import type { Kernel, Watch } from '../sys/kernel.ts'

/** The data pages of a ring, mapped twice in a row so that every record lies in one piece. */
export interface RingMemory {
  readonly u8: Uint8Array
  readonly u32: Uint32Array
  readonly i32: Int32Array
  readonly i64: BigInt64Array
}

/** Takes one record: `offset` of its body in the memory, a multiple of 8, and its length. */
export type RecordHandler = (offset: number, length: number) => void

// Header of a record (kernel/bpf/ringbuf.c): u32 length and flags, u32 page offset.
const BUSY = 0x80000000 | 0
const DISCARD = 0x40000000
const LENGTH_MASK = 0x3fffffff
const HEADER_BYTES = 8

/** The consumer position is stored this often: it frees room, and costs a fence. */
const STORE_BYTES = 65_536

/**
 * The reading end of a BPF_MAP_TYPE_RINGBUF. Positions only grow; their low bits are offsets.
 * The producer's low 32 bits are enough, as no ring has 4 GiB.
 */
export class Ring {
  readonly memory: RingMemory
  readonly #consumer: BigInt64Array
  readonly #producer: Int32Array
  readonly #mask: number
  #position: number

  /** `producer`: a page with the producer's position, then the data twice. */
  constructor(consumer: ArrayBuffer, producer: ArrayBuffer, pageBytes: number, ringBytes: number) {
    this.#consumer = new BigInt64Array(consumer, 0, 1)
    this.#producer = new Int32Array(producer, 0, 1)
    this.#mask = ringBytes - 1
    this.#position = Number(Atomics.load(this.#consumer, 0))
    this.memory = {
      u8: new Uint8Array(producer, pageBytes),
      u32: new Uint32Array(producer, pageBytes),
      i32: new Int32Array(producer, pageBytes),
      i64: new BigInt64Array(producer, pageBytes),
    }
  }

  /**
   * Hands over the records that are ready, oldest first, at most about `limit`, and gives their
   * number. Stops at one that is still being written, since order is the order of reservation.
   */
  drain(handle: RecordHandler, limit: number): number {
    const { i32 } = this.memory
    let count = 0
    let position = this.#position
    let unstored = 0
    while (count < limit) {
      const available = ((Atomics.load(this.#producer, 0) >>> 0) - (position % 2 ** 32)) >>> 0
      if (available === 0) break
      const at = (position % 2 ** 32) & this.#mask
      // The load of the header comes before those of the body, which it says is complete.
      const header = Atomics.load(i32, at >> 2)
      if ((header & BUSY) !== 0) break
      const length = header & LENGTH_MASK
      if ((header & DISCARD) === 0) {
        handle(at + HEADER_BYTES, length)
        count++
      }
      const step = (length + HEADER_BYTES + 7) & ~7
      position += step
      unstored += step
      if (unstored >= STORE_BYTES) {
        this.#store(position)
        unstored = 0
      }
    }
    this.#store(position)
    return count
  }

  #store(position: number): void {
    if (position === this.#position) return
    this.#position = position
    Atomics.store(this.#consumer, 0, BigInt(position))
  }
}

// include/uapi/asm-generic/mman-common.h, mman.h
const PROT_READ = 1
const PROT_WRITE = 2
const MAP_SHARED = 1
const EINVAL = 22

/** arm64 kernels are built for one of three page sizes, and mmap takes no other as an offset. */
const PAGE_SIZES = [4096, 16_384, 65_536]

/** Maps the ring behind a descriptor. Throws SyscallError where the kernel refuses. */
export function openRing(kernel: Kernel, ring: { fd: number; bytes: number }): Ring {
  for (const page of PAGE_SIZES) {
    const data = kernel.mmap(ring.fd, page + 2 * ring.bytes, PROT_READ, MAP_SHARED, page)
    if (data === -EINVAL) continue
    if (typeof data === 'number') throw new SyscallError('mmap(ring buffer)', -data)
    const consumer = kernel.mmap(ring.fd, page, PROT_READ | PROT_WRITE, MAP_SHARED, 0)
    if (typeof consumer === 'number') throw new SyscallError('mmap(ring buffer)', -consumer)
    return new Ring(consumer, data, page, ring.bytes)
  }
  throw new SyscallError('mmap(ring buffer)', EINVAL)
}

/** Programs wake klew at most every 10 ms; what they write in between this timer finds. */
const FOLLOW_MS = 12
/** Should a wake-up ever be lost, this finds what waits. */
const SAFETY_MS = 250

/**
 * Calls `drain` when the ring has something. `drain` gives how many records it took, and whether
 * it left any for want of time: then it is called again after other work.
 */
export function followRing(
  kernel: Kernel,
  fd: number,
  drain: () => { readonly count: number; readonly more: boolean },
): Watch {
  let closed = false
  let follow: NodeJS.Timeout | undefined
  let again: NodeJS.Immediate | undefined
  const watch = kernel.watch(fd, run)
  const safety = setInterval(run, SAFETY_MS)
  return {
    close: () => {
      closed = true
      watch.close()
      clearInterval(safety)
      clearTimeout(follow)
      clearImmediate(again)
    },
  }

  function run(): void {
    if (closed) return
    const { count, more } = drain()
    if (closed) return
    if (more) {
      again ??= setImmediate(() => {
        again = undefined
        run()
      })
    } else if (count > 0) {
      follow ??= setTimeout(() => {
        follow = undefined
        run()
      }, FOLLOW_MS)
    }
  }
}

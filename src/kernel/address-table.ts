/**
 * Symbols of /proc/kallsyms in the order of their addresses, made in one pass when an address is
 * first looked up. All symbols count: the next one of any type ends the one before it.
 */
export class AddressTable {
  /** Line starts, and distances from `#origin`, by address. */
  readonly #lines: Uint32Array
  readonly #distances: Float64Array
  readonly #origin: bigint

  constructor(text: Buffer) {
    const entries = readLines(text)
    this.#origin = entries.origin
    if (entries.sorted) {
      this.#lines = entries.lines
      this.#distances = entries.distances
      return
    }
    // Equal addresses stay in the order of the file, whose first name is the one to print.
    const order = Uint32Array.from(entries.lines.keys()).sort(
      (a, b) => (entries.distances[a] ?? 0) - (entries.distances[b] ?? 0) || a - b,
    )
    this.#lines = order.map(i => entries.lines[i] ?? 0)
    this.#distances = Float64Array.from(order, i => entries.distances[i] ?? 0)
  }

  /** The last symbol not above the address; its size is 0n where nothing follows. */
  find(address: bigint): { line: number; size: bigint } | undefined {
    const distance = Number(address - this.#origin)
    const after = this.#firstAbove(distance)
    if (after === 0) return undefined
    const start = this.#distances[after - 1] ?? 0
    const end = this.#distances[after]
    // Several names of one address: the first of them.
    let first = after - 1
    while (first > 0 && this.#distances[first - 1] === start) first--
    return {
      line: this.#lines[first] ?? 0,
      size: end === undefined ? 0n : BigInt(end - start),
    }
  }

  #firstAbove(distance: number): number {
    let low = 0
    let high = this.#distances.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#distances[middle] ?? 0) <= distance) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Kernel text and modules stand in the upper half; per-CPU symbols, from zero on, are left out. */
const UPPER_HALF = 0x80000000
const PREFIX_LENGTH = 19

function readLines(text: Buffer): {
  lines: Uint32Array
  distances: Float64Array
  origin: bigint
  sorted: boolean
} {
  const most = Math.ceil(text.length / (PREFIX_LENGTH + 2)) + 1
  const lines = new Uint32Array(most)
  const distances = new Float64Array(most)
  let count = 0
  let sorted = true
  let origin: { high: number; low: number } | undefined
  for (let line = 0; line + PREFIX_LENGTH < text.length; ) {
    const high = hex(text, line)
    const low = hex(text, line + 8)
    if (high >= UPPER_HALF) {
      origin ??= { high, low }
      // The difference is exact where the addresses themselves would not be.
      const distance = (high - origin.high) * 2 ** 32 + (low - origin.low)
      if (count > 0 && distance < (distances[count - 1] ?? 0)) sorted = false
      lines[count] = line
      distances[count++] = distance
    }
    const end = text.indexOf(10, line + PREFIX_LENGTH)
    line = end < 0 ? text.length : end + 1
  }
  return {
    lines: lines.subarray(0, count),
    distances: distances.subarray(0, count),
    origin: origin === undefined ? 0n : (BigInt(origin.high) << 32n) | BigInt(origin.low),
    sorted,
  }
}

/** Eight digits, lower case as the kernel prints them. */
function hex(text: Buffer, start: number): number {
  let value = 0
  for (let i = start; i < start + 8; i++) {
    const byte = text[i] ?? 0x30
    value = value * 16 + (byte <= 0x39 ? byte - 0x30 : byte - 0x57)
  }
  return value
}

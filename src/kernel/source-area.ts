import { NameTable } from './name-table.ts'

/**
 * One area of the shipped index of functions (`data/make-source-index.ts` writes it): the
 * functions that the files of some directories define, over several kernel series at once. Columns
 * behind each other, little endian:
 *
 * - u32: number of files, of functions, bytes of names, bytes of counts
 * - a byte for each function: bit i says that series i has it, bit 7 that another area has one of
 *   this name too
 * - names, each between two line breaks, file by file
 * - two varints for each file: how many functions it has, and how many bytes of lines
 * - file by file, for each series, oldest first, a zigzag varint for each function that it has: see
 *   `#readLines`
 */
export class SourceArea {
  readonly #bytes: Buffer
  readonly #header: Header
  /** Number of the first function of each file, and one more at the end. */
  readonly #firstOf: Uint32Array
  /** Where the lines of each file start. */
  readonly #linesAt: Uint32Array
  #names: NameTable | undefined
  #lookups = 0
  #nameStarts: Uint32Array | undefined
  /** Lines of the files that were asked about, by series. */
  readonly #lines = new Map<number, readonly Uint32Array[]>()
  readonly #seriesCount: number

  constructor(bytes: Uint8Array, seriesCount: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#header = readHeader(this.#bytes)
    this.#seriesCount = seriesCount
    this.#firstOf = new Uint32Array(this.#header.files + 1)
    this.#linesAt = new Uint32Array(this.#header.files + 1)
    const counts = new Varints(this.#bytes, this.#header.countsAt)
    this.#linesAt[0] = this.#header.linesAt
    for (let file = 0; file < this.#header.files; file++) {
      this.#firstOf[file + 1] = (this.#firstOf[file] ?? 0) + counts.next()
      this.#linesAt[file + 1] = (this.#linesAt[file] ?? 0) + counts.next()
    }
  }

  /** Functions of exactly this name: their numbers. */
  named(name: string): number[] {
    // A few names are found in the bytes in less time than a table takes.
    if (this.#names === undefined && ++this.#lookups <= LOOKUPS_BEFORE_TABLE) {
      return this.#search(name)
    }
    this.#names ??= this.#table()
    return this.#names.find(name)
  }

  #search(name: string): number[] {
    const { namesAt, countsAt } = this.#header
    const wanted = Buffer.from(`\n${name}\n`, 'latin1')
    const found: number[] = []
    let at = this.#bytes.indexOf(wanted, namesAt)
    while (at >= 0 && at < countsAt) {
      found.push(lastAtMost(this.#starts(), at + 1 - namesAt))
      at = this.#bytes.indexOf(wanted, at + 1)
    }
    return found
  }

  /** Functions of a file: the first number, and one more than the last. */
  functionsOf(file: number): readonly [first: number, end: number] {
    return [this.#firstOf[file] ?? 0, this.#firstOf[file + 1] ?? 0]
  }

  /** Number of the file that defines a function. */
  fileOf(functionNumber: number): number {
    return lastAtMost(this.#firstOf, functionNumber)
  }

  name(functionNumber: number): string {
    const start = this.#header.namesAt + (this.#starts()[functionNumber] ?? 0)
    return this.#bytes.toString('latin1', start, this.#bytes.indexOf(10, start))
  }

  /** Series that have the function, one bit each. */
  seriesOf(functionNumber: number): number {
    return (this.#bytes[this.#header.masksAt + functionNumber] ?? 0) & 0x7f
  }

  /** Whether a function of this name is in another area too. */
  isElsewhere(functionNumber: number): boolean {
    return (this.#bytes[this.#header.masksAt + functionNumber] ?? 0) >= 0x80
  }

  /** The line in a series that has the function. */
  line(functionNumber: number, series: number): number {
    const file = this.fileOf(functionNumber)
    let lines = this.#lines.get(file)
    if (lines === undefined) {
      lines = this.#readLines(file)
      this.#lines.set(file, lines)
    }
    return lines[series]?.[functionNumber - (this.#firstOf[file] ?? 0)] ?? 0
  }

  /**
   * A function's line is told by how far it moved since the series before, less how far the one
   * above it in the file moved, which is mostly nothing; or where no series before has it, by the
   * distance to the one above it.
   */
  #readLines(file: number): Uint32Array[] {
    const varints = new Varints(this.#bytes, this.#linesAt[file] ?? 0)
    const [first, end] = this.functionsOf(file)
    const all: Uint32Array[] = []
    for (let series = 0; series < this.#seriesCount; series++) {
      const lines = new Uint32Array(end - first)
      let above = 0
      let moved = 0
      for (let i = 0; i < lines.length; i++) {
        const mask = this.seriesOf(first + i)
        if (((mask >> series) & 1) === 0) continue
        const before = previousSeries(mask, series)
        const value = varints.nextSigned()
        if (before === undefined) {
          above += value
        } else {
          moved += value
          above = (all[before]?.[i] ?? 0) + moved
        }
        lines[i] = above
      }
      all.push(lines)
    }
    return all
  }

  #table(): NameTable {
    const starts = this.#starts()
    const table = new NameTable(this.#bytes, starts.length)
    starts.forEach((start, i) => {
      table.add(this.#header.namesAt + start, i)
    })
    return table
  }

  #starts(): Uint32Array {
    if (this.#nameStarts === undefined) {
      const { namesAt, functions } = this.#header
      const starts = new Uint32Array(functions)
      // Each name begins behind a line break, the first behind the one that begins the column.
      for (let i = 0, at = namesAt + 1; i < functions; i++) {
        starts[i] = at - namesAt
        at = this.#bytes.indexOf(10, at) + 1
      }
      this.#nameStarts = starts
    }
    return this.#nameStarts
  }
}

/** The newest series before this one that has the function too. */
export function previousSeries(mask: number, series: number): number | undefined {
  for (let i = series - 1; i >= 0; i--) if (((mask >> i) & 1) === 1) return i
  return undefined
}

const LOOKUPS_BEFORE_TABLE = 8

interface Header {
  readonly files: number
  readonly functions: number
  /** Where each column starts. */
  readonly masksAt: number
  readonly namesAt: number
  readonly countsAt: number
  readonly linesAt: number
}

const HEADER_BYTES = 16

function readHeader(bytes: Buffer): Header {
  const functions = bytes.readUInt32LE(4)
  const namesAt = HEADER_BYTES + functions
  const countsAt = namesAt + bytes.readUInt32LE(8)
  return {
    files: bytes.readUInt32LE(0),
    functions,
    masksAt: HEADER_BYTES,
    namesAt,
    countsAt,
    linesAt: countsAt + bytes.readUInt32LE(12),
  }
}

/** Numbers in groups of seven bits, lowest first, the upper bit of a byte saying that more come. */
class Varints {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  next(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }

  nextSigned(): number {
    const value = this.next()
    return (value >>> 1) ^ -(value & 1)
  }
}

/** Index of the last element that is not above the value, in ascending numbers. */
function lastAtMost(numbers: Uint32Array, value: number): number {
  let low = 0
  let high = numbers.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((numbers[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}

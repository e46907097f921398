import { formatConversion, MAX_FIELD } from '../host/format.ts'
import { type LateContext, latePure, lateValue } from '../host/late.ts'
import { PURE_MAX } from '../host/pure.ts'
import type { Value } from '../host/store.ts'
import type { LeafLayout, PrintSite } from '../image.ts'
import type { Late } from '../ir/ir.ts'
import type { Conversion, Format } from '../text/format.ts'
import { PRIMITIVES } from './primitives.ts'
import { readLeaves, STACK_DATA } from './record.ts'
import type { RingMemory } from './ring.ts'

/** Puts records of one print into the output, as the bytes that formatText gives for them. */
export interface SiteWriter {
  /** Writes the record at `offset` of the ring to `at` of the buffer; gives where it ends. */
  readonly write: (offset: number, at: number) => number
  /**
   * The most bytes it writes, also in between: this many, and this many times the length of the
   * record. The caller sees that they fit.
   */
  readonly most: Extent
}

export interface Extent {
  readonly bytes: number
  readonly records: number
}

/**
 * Generates the writer of one site: offsets are constants, literals are byte stores, digits go
 * straight into the buffer. What is rare (a `*`, a precision of a number, a string function) goes
 * through formatConversion and lateValue, so that it cannot differ from them.
 */
export function createWriter(
  site: PrintSite,
  memory: RingMemory,
  into: Buffer,
  context: LateContext,
): SiteWriter {
  const generator = new Generator(site, context)
  const source = generator.format(site.format, site.args)
  const { u8, u32, i32, i64 } = memory
  // Text becomes code here: it is made of numbers and names of this file, never of a script's.
  const make = new Function(
    ...['u8', 'u32', 'i32', 'i64', 'O', 'PURE_MAX', 'k', 'late', 'pure', 'convert'],
    `'use strict';${PRIMITIVES}return function(o,w){const q=o>>2;${generator.packed()}${source}return w;}`,
  )
  const write = make(u8, u32, i32, i64, into, PURE_MAX, generator.constants, late, pure, convert)
  return { write: write as SiteWriter['write'], most: generator.most } // as generated above

  function late(expression: Late, offset: number): Value {
    return lateValue(expression, readLeaves(site.record, memory, offset), context)
  }

  function pure(expression: Extract<Late, { kind: 'pure' }>, args: readonly Value[]): Value {
    return latePure(expression, args, context)
  }

  function convert(
    conversion: Conversion,
    value: Value,
    width: bigint | undefined,
    precision: bigint | undefined,
  ): string {
    return formatConversion(
      conversion,
      value,
      width ?? fixed(conversion.width),
      precision ?? fixed(conversion.precision),
    )
  }
}

function fixed(field: number | '*' | undefined): number | undefined {
  return field === '*' ? undefined : field
}

/** Bytes of the longest number: sign or 0x, and the 22 octal digits of 64 bits. */
const NUMBER_MAX = 24
/** An escaped character: `\ooo`. */
const CHARACTER_MAX = 4
const BINARY_MAX = 8
/** Literals up to this long are byte stores; longer ones are copied. */
const UNROLL_MAX = 64

/** Rows of a value, a bar and a count: no more than so many bytes. */
const HISTOGRAM_MAX = 16_384

class Generator {
  readonly constants: unknown[] = []
  most: Extent = { bytes: 0, records: 0 }
  readonly #site: PrintSite
  readonly #context: LateContext

  constructor(site: PrintSite, context: LateContext) {
    this.#site = site
    this.#context = context
  }

  /** Where each packed leaf starts, as `p0`, `p1` … by index of leaf. */
  packed(): string {
    const { fixedBytes, leaves } = this.#site.record
    let before = `o+${fixedBytes}`
    return leaves
      .map((leaf, i) => {
        if (leaf.kind !== 'packed') return ''
        const source = `const p${i}=${before},n${i}=u32[q+${leaf.offset >> 2}];`
        before = `p${i}+n${i}`
        return source
      })
      .join('')
  }

  /** Statements that append what a format gives. */
  format(format: Format, args: readonly Late[]): string {
    let next = 0
    let source = ''
    for (const piece of format) {
      if (piece.kind === 'literal') {
        source += this.#literal(piece.text)
        continue
      }
      const width = piece.width === '*' ? args[next++] : undefined
      const precision = piece.precision === '*' ? args[next++] : undefined
      const value = args[next++] ?? { kind: 'number', value: 0n }
      source += this.#conversion(piece, value, width, precision)
    }
    return source
  }

  #conversion(c: Conversion, value: Late, width?: Late, precision?: Late): string {
    this.#count(widest(c, this.#context))
    if (width === undefined && precision === undefined) {
      const constant = constantText(c, value)
      if (constant !== undefined) return this.#literal(constant)
      if (c.conversion === 's') return this.#padded(c, this.#cutText(c, value))
      const quick = this.#quickNumber(c, value)
      if (quick !== undefined) return quick
    }
    this.#countValue(c, value)
    const star = (late: Late | undefined): string =>
      late === undefined ? 'undefined' : this.#value(late)
    return `w=str(convert(${this.#constant(c)},${this.#value(value)},${star(width)},${star(precision)}),w);`
  }

  /** Numbers with no more than a width, straight from the record. */
  #quickNumber(c: Conversion, value: Late): string | undefined {
    const leaf = value.kind === 'leaf' ? this.#leaf(value.index) : undefined
    if (leaf?.kind !== 'long' || c.precision !== undefined) return undefined
    const q = `q+${leaf.offset >> 2}`
    const { conversion, flag } = c
    const prefix = 'O[w]=48;O[w+1]=120;w+=2;'
    switch (conversion) {
      case 'd':
        return flag === '+' || flag === ' ' ? undefined : this.#padded(c, `w=dec(${q},w);`)
      case 'u':
        return this.#padded(c, `w=udec(${q},w);`)
      case 'x':
        return flag === '#'
          ? this.#padded(c, `${prefix}w=hex(${q},w);`)
          : this.#padded(c, `w=hex(${q},w);`)
      case 'p':
        return this.#padded(c, `${prefix}w=hex(${q},w);`, 2)
      case 'c':
        return flag === '#' ? undefined : this.#padded(c, `O[w++]=u8[o+${leaf.offset}];`)
      default:
        return undefined
    }
  }

  /** `prefix`: bytes in front of the digits that zeros go behind; a sign is seen in the buffer. */
  #padded({ conversion, flag, width }: Conversion, source: string, prefix = 0): string {
    if (width === undefined || width === '*' || width === 0) return source
    const w = Math.min(width, MAX_FIELD)
    const isNumber = conversion !== 's' && conversion !== 'c'
    const pad =
      flag === '-'
        ? `left(s,w,${w})`
        : flag === '0' && isNumber
          ? `zeros(s,w,${w},${prefix})`
          : `right(s,w,${w})`
    return `{const s=w;${source}w=${pad};}`
  }

  #cutText(c: Conversion, value: Late): string {
    const source = this.#text(value)
    if (c.precision === undefined || c.precision === '*') return source
    return `{const s=w;${source}w=clip(s,w,${Math.min(c.precision, MAX_FIELD)});}`
  }

  /** Statements that append a string. */
  #text(late: Late): string {
    switch (late.kind) {
      case 'leaf':
        return this.#textLeaf(late.index)
      case 'number':
        return this.#literal(String(late.value))
      case 'text':
        return this.#literal(late.value)
      case 'concat':
        return this.#clipped(late, this.#text(late.a) + this.#text(late.b))
      case 'format':
        return this.#clipped(late, this.format(late.format, late.args))
      case 'pure': {
        const count = late.args[0]
        const leaf = count?.kind === 'leaf' ? this.#leaf(count.index) : undefined
        this.#count({ bytes: PURE_MAX, records: 0 })
        if (late.name === 'pad' && leaf?.kind === 'long') {
          return `w=spaces(q+${leaf.offset >> 2},w);`
        }
        return `w=str(${this.#value(late)},w);`
      }
      case 'histogram':
        this.#count({ bytes: HISTOGRAM_MAX, records: 0 })
        return `w=str(${this.#value(late)},w);`
    }
  }

  #clipped(late: Late, source: string): string {
    const clip = mayHoldNul(late, this.#site) ? 'clipNul' : 'clip'
    return `{const s=w;${source}w=${clip}(s,w,${this.#context.maxStringLength - 1});}`
  }

  #textLeaf(index: number): string {
    const leaf = this.#leaf(index)
    switch (leaf?.kind) {
      case 'text':
        this.#count({ bytes: leaf.bytes, records: 0 })
        return `w=cstr(o+${leaf.offset},${leaf.bytes},w);`
      case 'packed':
        this.#count({ bytes: 0, records: 1 })
        return `w=copy(p${index},n${index},w);`
      case 'stack':
        this.#count({ bytes: leaf.bytes, records: 0 })
        return `w=copy(o+${leaf.offset + STACK_DATA},Math.min(Math.max(i32[q+${leaf.offset >> 2}],0),${leaf.bytes}),w);`
      default:
        return `w=dec(q+${(leaf?.offset ?? 0) >> 2},w);`
    }
  }

  /** An expression of a value: a long or a string of JavaScript. */
  #value(late: Late): string {
    if (late.kind === 'number') return `(${late.value}n)`
    if (late.kind === 'leaf') {
      const leaf = this.#leaf(late.index)
      if (leaf?.kind === 'long') return `i64[(o>>3)+${leaf.offset >> 3}]`
    }
    if (late.kind === 'pure' && late.args.every(a => this.#isLong(a))) {
      return `pure(${this.#constant(late)},[${late.args.map(a => this.#value(a)).join(',')}])`
    }
    return `late(${this.#constant(late)},o)`
  }

  #isLong(late: Late): boolean {
    return (
      late.kind === 'number' || (late.kind === 'leaf' && this.#leaf(late.index)?.kind === 'long')
    )
  }

  #literal(text: string): string {
    this.#count({ bytes: text.length, records: 0 })
    if (text.length > UNROLL_MAX) return `w=str(${this.#constant(text)},w);`
    let stores = ''
    for (let i = 0; i < text.length; i++) stores += `O[w+${i}]=${text.charCodeAt(i)};`
    return `${stores}w+=${text.length};`
  }

  /** What a string that goes through `convert` adds to the extent. */
  #countValue(c: Conversion, value: Late): void {
    if (c.conversion !== 's' && c.conversion !== 'm' && c.conversion !== 'M') return
    const before = this.most
    this.#text(value)
    const { most } = this
    // %M writes two digits a byte.
    const again = c.conversion === 'M' ? 1 : 0
    this.#count({
      bytes: again * (most.bytes - before.bytes),
      records: again * (most.records - before.records),
    })
  }

  #count(more: Extent): void {
    const { bytes, records } = this.most
    this.most = { bytes: bytes + more.bytes, records: records + more.records }
  }

  #leaf(index: number): LeafLayout | undefined {
    return this.#site.record.leaves[index]
  }

  #constant(value: unknown): string {
    return `k[${this.constants.push(value) - 1}]`
  }
}

/** What a conversion writes beside the bytes of its string. */
function widest(c: Conversion, context: LateContext): Extent {
  const field = (f: number | '*' | undefined): number =>
    f === undefined ? 0 : f === '*' ? MAX_FIELD : Math.min(f, MAX_FIELD)
  const own =
    c.conversion === 's' ? context.maxStringLength : Math.max(NUMBER_MAX, CHARACTER_MAX, BINARY_MAX)
  return { bytes: own + field(c.width) + field(c.precision), records: 0 }
}

/** A constant's conversion is a literal. */
function constantText(c: Conversion, value: Late): string | undefined {
  const isText = c.conversion === 's'
  if (value.kind !== (isText ? 'text' : 'number')) return undefined
  if (c.conversion === 'm' || c.conversion === 'M') return undefined
  return formatConversion(c, value.value, fixed(c.width), fixed(c.precision))
}

/** Whether the bytes before clipping can hold a NUL: only some conversions make one. */
function mayHoldNul(late: Late, site: PrintSite): boolean {
  switch (late.kind) {
    case 'leaf':
      return site.record.leaves[late.index]?.kind !== 'text'
    case 'concat':
      return mayHoldNul(late.a, site) || mayHoldNul(late.b, site)
    case 'format':
      return (
        late.format.some(p => p.kind === 'conversion' && 'cbm'.includes(p.conversion)) ||
        late.args.some(a => a.kind !== 'number' && mayHoldNul(a, site))
      )
    case 'pure':
    case 'histogram':
    case 'number':
    case 'text':
      return false
  }
}

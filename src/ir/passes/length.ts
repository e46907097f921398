import type { Conversion, Format } from '../../text/format.ts'
import { type Instruction, MAXBACKTRACE, MAXSTRINGLEN, type Operand } from '../ir.ts'

const MOST = MAXSTRINGLEN - 1
/** Task names: TASK_COMM_LEN less the NUL. */
const COMM = 15
const CTIME = 24

type LengthOf = (operand: Operand) => number

/** The most bytes of the string that an instruction makes from its operands. */
export function madeLength(i: Instruction, of: LengthOf): number {
  return Math.min(MOST, unlimited(i, of))
}

function unlimited(i: Instruction, of: LengthOf): number {
  switch (i.op) {
    case 'copy':
      return of(i.from)
    case 'concat':
      return of(i.a) + of(i.b)
    case 'format':
      return formatLength(i.format, i.args, of)
    case 'context':
      return i.what === 'stack' ? MAXBACKTRACE * 8 : i.what === 'value' ? MOST : COMM
    case 'load-text':
      return Math.max(i.limit, i.otherwise === undefined ? 0 : of(i.otherwise))
    case 'pure':
      return pureLength(i, of)
    case 'tokenize':
      // A part may be of an earlier text.
      return MOST
    default:
      return MOST
  }
}

function pureLength(i: Extract<Instruction, { op: 'pure' }>, of: LengthOf): number {
  const [first, , third] = i.args
  if (first === undefined) return MOST
  switch (i.name) {
    case 'substr':
      return Math.min(of(first), constant(third) ?? MOST)
    case 'pad':
      return constant(first) ?? MOST
    case 'escape': {
      // A byte becomes up to four; quotes and what says that it goes on take five more.
      const taken = Math.min(of(first), constant(i.args[1]) || MOST)
      return 4 * taken + 5
    }
    case 'ctime':
      return CTIME
    case 'choose':
      return Math.max(...i.args.slice(1).map(of))
    case 'enum-name':
      return Math.max(0, ...i.args.map(arg => (arg.kind === 'text' ? of(arg) : 0)))
    default:
      return MOST
  }
}

/** Of a length or count: negative ones are 0. */
function constant(operand: Operand | undefined): number | undefined {
  if (operand?.kind !== 'number') return undefined
  return Math.max(0, Math.min(MOST, Number(operand.value)))
}

function formatLength(format: Format, args: readonly Operand[], of: LengthOf): number {
  const rest = [...args]
  let length = 0
  for (const piece of format) {
    if (piece.kind === 'literal') {
      length += piece.text.length
      continue
    }
    const width = piece.width === '*' ? starLength(rest.shift()) : (piece.width ?? 0)
    const precision = piece.precision === '*' ? starLength(rest.shift()) : piece.precision
    const value = rest.shift()
    length += Math.max(width, conversionLength(piece, precision, value, of))
  }
  return length
}

/** A width or precision; a negative one pads on the other side. */
function starLength(operand: Operand | undefined): number {
  if (operand?.kind !== 'number') return MOST
  const value = operand.value < 0n ? -operand.value : operand.value
  return value > BigInt(MOST) ? MOST : Number(value)
}

function conversionLength(
  piece: Conversion,
  precision: number | undefined,
  value: Operand | undefined,
  of: LengthOf,
): number {
  switch (piece.conversion) {
    case 's': {
      const length = value === undefined ? 0 : of(value)
      return precision === undefined ? length : Math.min(length, precision)
    }
    case 'c':
      // `%#c` may write `\377`.
      return piece.flag === '#' ? 4 : 1
    case 'b':
      return 8
    case 'm':
      return precision ?? 1
    case 'M':
      return 2 * (precision ?? 1)
    case 'd':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
    case 'p':
      return Math.max(digits[piece.conversion], precision ?? 0) + 2
  }
}

/** Of all 64 bits; a sign or prefix takes up to two more. */
const digits = { d: 19, u: 20, x: 16, X: 16, o: 22, p: 16 }

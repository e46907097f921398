import type { Expression, PrintExpression } from '../syntax/ast.ts'
import { type FormatPiece, parseFormat } from '../text/format.ts'
import type { CheckedExpression, CheckedPrint } from './checked.ts'
import type { Elaboration } from './elaboration.ts'

/** How the values of a print are built: a function that gives no value may stand for a string. */
export interface PrintValues {
  readonly value: (b: Elaboration, e: Expression) => CheckedExpression
  readonly valueOrVoid: (b: Elaboration, e: Expression) => CheckedExpression
}

/** The ten functions of the print family, as one format with its arguments. */
export function elaboratePrint(
  b: Elaboration,
  e: PrintExpression,
  values: PrintValues,
): CheckedPrint {
  const type = e.name.startsWith('s') ? 'string' : 'void'
  const build = e.name.endsWith('printf') ? formatted : listed
  const { format, args } = build(b, e, values)
  return { kind: 'print', type, format, arguments: args, span: e.span }
}

interface Built {
  readonly format: readonly FormatPiece[]
  readonly args: readonly CheckedExpression[]
}

function formatted(b: Elaboration, e: PrintExpression, values: PrintValues): Built {
  const parsed = parseFormat(e.literal?.value ?? '')
  // A bad format was reported when the script was read.
  const format = 'format' in parsed ? parsed.format : []
  const texts = textArguments(format)
  const args = e.arguments.map((a, i) =>
    texts.has(i) ? values.valueOrVoid(b, a) : values.value(b, a),
  )
  return { format, args }
}

/** Which arguments a format prints as strings. */
function textArguments(format: readonly FormatPiece[]): ReadonlySet<number> {
  const texts = new Set<number>()
  let at = 0
  for (const piece of format) {
    if (piece.kind === 'literal') continue
    if (piece.width === '*') at++
    if (piece.precision === '*') at++
    if (piece.conversion === 's') texts.add(at)
    at++
  }
  return texts
}

/** print, println, printd, printdln: each value by its type, with a delimiter between. */
function listed(b: Elaboration, e: PrintExpression, values: PrintValues): Built {
  const pieces: FormatPiece[] = []
  const args: CheckedExpression[] = []
  e.arguments.forEach((argument, i) => {
    if (i > 0 && e.literal !== undefined) literal(pieces, e.literal.value)
    const value = values.value(b, argument)
    if (value.kind === 'string') literal(pieces, value.value)
    else {
      const conversion = value.type === 'long' ? 'd' : 's'
      pieces.push({ kind: 'conversion', conversion, flag: '' })
      args.push(value)
    }
  })
  if (e.name.endsWith('ln')) literal(pieces, '\n')
  return { format: pieces, args }
}

function literal(pieces: FormatPiece[], text: string): void {
  const last = pieces.at(-1)
  if (text === '') return
  if (last?.kind === 'literal') {
    pieces[pieces.length - 1] = { kind: 'literal', text: last.text + text }
  } else pieces.push({ kind: 'literal', text })
}

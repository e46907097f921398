import type { Conversion, Format, FormatPiece } from '../../text/format.ts'
import type { Late } from '../ir.ts'

/** A format and its arguments, with the plain constants among these written into the format. */
export function foldArguments(
  format: Format,
  args: readonly Late[],
): { format: Format; args: readonly Late[] } {
  const pieces: FormatPiece[] = []
  const kept: Late[] = []
  let next = 0
  for (const piece of format) {
    const taken = args.slice(next, next + argumentCount(piece))
    next += taken.length
    const text = piece.kind === 'literal' ? piece.text : constantText(piece, taken.at(-1))
    if (text === undefined) {
      pieces.push(piece)
      kept.push(...taken)
    } else {
      appendLiteral(pieces, text)
    }
  }
  return { format: pieces, args: kept }
}

/** `sprintf` of what is known later; a text at once when all of it is known now. */
export function lateFormat(format: Format, args: readonly Late[]): Late {
  const folded = foldArguments(format, args)
  const [first, ...others] = folded.format
  if (first === undefined) return { kind: 'text', value: '' }
  if (first.kind === 'literal' && others.length === 0) return { kind: 'text', value: first.text }
  return { kind: 'format', ...folded }
}

function argumentCount(piece: FormatPiece): number {
  if (piece.kind === 'literal') return 0
  return 1 + (piece.width === '*' ? 1 : 0) + (piece.precision === '*' ? 1 : 0)
}

/** Only where there is nothing to pad, cut or sign. */
function constantText(piece: Conversion, value: Late | undefined): string | undefined {
  if (piece.flag !== '' || piece.width !== undefined || piece.precision !== undefined) {
    return undefined
  }
  if (piece.conversion === 's' && value?.kind === 'text') return value.value
  if (piece.conversion === 'd' && value?.kind === 'number') return value.value.toString()
  return undefined
}

function appendLiteral(pieces: FormatPiece[], text: string): void {
  const last = pieces.at(-1)
  if (last?.kind === 'literal')
    pieces[pieces.length - 1] = { kind: 'literal', text: last.text + text }
  else if (text !== '') pieces.push({ kind: 'literal', text })
}

import { lex } from '../../src/syntax/lexer.ts'
import { Source } from '../../src/text/source.ts'
import type { Random } from '../support/ir-random.ts'

/** A text as pieces: every token with what stands in front of it. */
export function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  let at = 0
  for (const { end } of lex(new Source('', text), []).tokens) {
    // A token pasted from the command line has no place of its own.
    if (end <= at) continue
    pieces.push(text.slice(at, end))
    at = end
  }
  pieces.push(text.slice(at))
  return pieces
}

/** The text after one to four changes: tokens left out, doubled, exchanged, or put elsewhere. */
export function mutate(pieces: readonly string[], random: Random): string {
  const changed = [...pieces]
  for (let count = 1 + random.below(4); count > 0; count--) change(changed, random)
  return changed.join('')
}

function change(pieces: string[], random: Random): void {
  const at = random.below(pieces.length)
  const other = random.below(pieces.length)
  const piece = pieces[at] ?? ''
  switch (random.pick(['delete', 'duplicate', 'swap', 'overwrite', 'cut'])) {
    case 'delete':
      pieces.splice(at, 1 + random.below(3))
      return
    case 'duplicate':
      pieces.splice(at, 0, piece)
      return
    case 'swap':
      pieces[at] = pieces[other] ?? ''
      pieces[other] = piece
      return
    case 'overwrite':
      pieces[at] = pieces[other] ?? ''
      return
    case 'cut':
      // The rest of a script is rarely missing.
      if (random.below(10) === 0) pieces.length = Math.max(1, at)
  }
}

const TAB_COLUMNS = 4

// What an East Asian terminal draws two columns wide: Unicode's East_Asian_Width W and F, as
// ranges, with emoji. Rough at the edges, exact for the letters people write comments in.
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]

/** A char as it is shown, and how many columns it takes. */
export interface Cell {
  readonly text: string
  readonly columns: number
  /** Offset in the line, in UTF-16 units. */
  readonly offset: number
}

/** A line as a terminal shows it: tabs are spaces, and what cannot be shown is a dot. */
export function cellsOf(line: string): Cell[] {
  const cells: Cell[] = []
  let offset = 0
  for (const character of line) {
    cells.push({ ...shown(character), offset })
    offset += character.length
  }
  return cells
}

function shown(character: string): { text: string; columns: number } {
  const code = character.codePointAt(0) ?? 0
  if (code === 0x09) return { text: ' '.repeat(TAB_COLUMNS), columns: TAB_COLUMNS }
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return { text: '·', columns: 1 }
  if (code < 0x300) return { text: character, columns: 1 }
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(character)) return { text: character, columns: 0 }
  if (/^\p{Cs}$/u.test(character)) return { text: '·', columns: 1 }
  const isWide = wide.some(([first, last]) => code >= first && code <= last)
  return { text: character, columns: isWide ? 2 : 1 }
}

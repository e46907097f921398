/** How `%#c` spells bytes that have a letter for it, and those that would end the quotes. */
const LETTERS: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [39, "\\'"],
  [92, '\\\\'],
])

/** A byte as it stands in a C character constant. */
export function spelledCharacter(byte: number): string {
  const known = LETTERS.get(byte)
  if (known !== undefined) return known
  const printable = byte >= 0x20 && byte < 0x7f
  return printable ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
}

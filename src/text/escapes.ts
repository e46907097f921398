/** How literals of C spell bytes that have a letter for it. */
const LETTERS: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [92, '\\\\'],
])

/** A byte as it stands in a literal of C between such quotes. */
export function spelled(byte: number, quote: '"' | "'"): string {
  const known = byte === quote.charCodeAt(0) ? `\\${quote}` : LETTERS.get(byte)
  if (known !== undefined) return known
  const printable = byte >= 0x20 && byte < 0x7f
  return printable ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
}

/**
 * A printf format, taken apart (SystemTap language reference, "printf"; stapfuncs). Shared by the
 * checker, the IR, and everything that writes output.
 */
export type Format = readonly FormatPiece[]

export type FormatPiece = FormatLiteral | Conversion

export interface FormatLiteral {
  readonly kind: 'literal'
  /** Bytes, one char each. */
  readonly text: string
}

export interface Conversion {
  readonly kind: 'conversion'
  /** `i` is read as `d`. `m`/`M` take an address: raw memory bytes / the same in hex. */
  readonly conversion: 'd' | 'u' | 'x' | 'X' | 'o' | 'p' | 's' | 'c' | 'b' | 'm' | 'M'
  /** SystemTap allows one flag at most. */
  readonly flag: '' | '0' | '+' | '-' | ' ' | '#'
  /** `*` takes one more long argument, before the value. */
  readonly width?: number | '*'
  readonly precision?: number | '*'
}

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

export type FormatResult =
  | { readonly format: Format }
  /** `start` and `end`: which bytes of the text are wrong. */
  | { readonly error: string; readonly start: number; readonly end: number }

/** What an argument must be; an address is a long that is read through. */
export type ArgumentKind = 'long' | 'string' | 'address'

/** As wide as SystemTap's print buffer: more could never be printed. */
const MAX_FIELD = 8192

// One flag, a width, a precision and one `l`, each optional.
const SPECIFIER = /([0+\- #]?)(\*|[0-9]+)?(?:\.(\*|[0-9]+)?)?l?([duxXopscbmMi])?/y

/** Takes a format apart. A `%` at the very end is a percent sign, as in current SystemTap. */
export function parseFormat(text: string): FormatResult {
  const format: FormatPiece[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const percent = text.indexOf('%', at)
    if (percent < 0 || percent === text.length - 1) break
    literal += text.slice(at, percent)
    if (text[percent + 1] === '%') {
      literal += '%'
      at = percent + 2
      continue
    }
    const read = readConversion(text, percent)
    if ('error' in read) return read
    if (literal !== '') format.push({ kind: 'literal', text: literal })
    literal = ''
    format.push(read.conversion)
    at = read.end
  }
  literal += text.slice(at)
  if (literal !== '') format.push({ kind: 'literal', text: literal })
  return { format }
}

/** What each argument of the format must be, in order: a `*` takes a long before the value. */
export function conversionsOf(format: Format): readonly ArgumentKind[] {
  const kinds: ArgumentKind[] = []
  for (const piece of format) {
    if (piece.kind === 'literal') continue
    if (piece.width === '*') kinds.push('long')
    if (piece.precision === '*') kinds.push('long')
    kinds.push(argumentKind(piece))
  }
  return kinds
}

function argumentKind({ conversion }: Conversion): ArgumentKind {
  if (conversion === 's') return 'string'
  return conversion === 'm' || conversion === 'M' ? 'address' : 'long'
}

type ReadConversion =
  | { readonly conversion: Conversion; readonly end: number }
  | { readonly error: string; readonly start: number; readonly end: number }

function readConversion(text: string, percent: number): ReadConversion {
  SPECIFIER.lastIndex = percent + 1
  const match = SPECIFIER.exec(text)
  const [whole = '', flag = '', width, precision, letter] = match ?? []
  const end = percent + 1 + whole.length
  const conversion = conversionOf(letter)
  if (conversion === undefined) {
    const wrong = text.slice(percent, end + 1)
    const why = end < text.length ? `in '${wrong}'` : `'${wrong}' has no conversion`
    return { error: why, start: percent, end: Math.min(end + 1, text.length) }
  }
  for (const field of [width, precision]) {
    if (field !== undefined && field !== '*' && Number(field) > MAX_FIELD) {
      return { error: `${field} is wider than ${MAX_FIELD}`, start: percent, end }
    }
  }
  return { conversion: { kind: 'conversion', conversion, flag: flagOf(flag), ...sizes() }, end }

  function sizes(): { width?: number | '*'; precision?: number | '*' } {
    return {
      ...(width === undefined ? {} : { width: width === '*' ? width : Number(width) }),
      ...(precision === undefined
        ? {}
        : { precision: precision === '*' ? precision : Number(precision) }),
    }
  }
}

function conversionOf(letter: string | undefined): Conversion['conversion'] | undefined {
  switch (letter) {
    case 'i':
      return 'd'
    case 'd':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
    case 'p':
    case 's':
    case 'c':
    case 'b':
    case 'm':
    case 'M':
      return letter
    default:
      return undefined
  }
}

function flagOf(flag: string): Conversion['flag'] {
  switch (flag) {
    case '0':
    case '+':
    case '-':
    case ' ':
    case '#':
      return flag
    default:
      return ''
  }
}

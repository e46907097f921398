import { fromUtf8, toBytes } from '../text/bytes.ts'

/** An object of `--json` as a line, in bytes. */
export function jsonLine(object: object): string {
  return `${toBytes(JSON.stringify(object))}\n`
}

/** What a script prints is bytes; those that are no UTF-8 become lone surrogates, U+DC00 and the byte. */
export function jsonText(bytes: string): string {
  return fromUtf8(Buffer.from(bytes, 'latin1'))
}

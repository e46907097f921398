const encoder = new TextEncoder()
const CHUNK = 8192

/**
 * The UTF-8 bytes of a text as a byte string: one char per byte, U+0000 to U+00FF. What `fromUtf8`
 * made of bytes that are not UTF-8 becomes these bytes again.
 */
export function toBytes(text: string): string {
  if (isAscii(text)) return text
  const parts = text.split(STRAY)
  return parts.map((part, i) => (i % 2 === 1 ? strayByte(part) : utf8(part))).join('')
}

// With the flag u this finds lone surrogates only, which no valid UTF-8 decodes to.
const STRAY = /([\uDC80-\uDCFF])/u
const STRAY_BASE = 0xdc00

/** Text of UTF-8 bytes. A byte that is not UTF-8 becomes U+DC00 plus the byte, so that it is kept. */
export function fromUtf8(bytes: Uint8Array): string {
  const text = decode(bytes)
  if (text !== undefined) return text
  let result = ''
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0
    const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    const char = decode(bytes.subarray(at, at + length))
    result += char ?? String.fromCharCode(STRAY_BASE + first)
    at += char === undefined ? 1 : length
  }
  return result
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined where the bytes are not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function strayByte(char: string): string {
  return String.fromCharCode(char.charCodeAt(0) - STRAY_BASE)
}

function utf8(text: string): string {
  const bytes = encoder.encode(text)
  let result = ''
  // In chunks: spreading a large array as arguments overflows the stack.
  for (let at = 0; at < bytes.length; at += CHUNK) {
    result += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return result
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

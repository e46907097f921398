const encoder = new TextEncoder()
const CHUNK = 8192

/** The UTF-8 bytes of a text as a byte string: one char per byte, U+0000 to U+00FF. */
export function toBytes(text: string): string {
  if (isAscii(text)) return text
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

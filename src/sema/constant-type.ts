/** An integer type of C, by its name in any spelling; undefined for what is none. */
export function base(
  name: string,
): { readonly bits: number; readonly signed: boolean } | undefined {
  const plain = name.replace(/\b(?:const|volatile)\b/g, ' ').trim()
  if (/^[\w ]*\*[* ]*$/.test(plain) && plain !== '') return { bits: 64, signed: false }
  const short = /^_*([us])(8|16|32|64)$/.exec(plain)
  if (short !== null) return { bits: Number(short[2]), signed: short[1] === 's' }
  const named = NAMED.get(plain)
  if (named !== undefined) return named
  const words = plain.split(/\s+/)
  if (words.length === 0 || words.some(w => !WORDS.has(w))) return undefined
  const longs = words.filter(w => w === 'long').length
  const bits = words.includes('char') ? 8 : words.includes('short') ? 16 : longs > 0 ? 64 : 32
  return { bits, signed: !words.includes('unsigned') }
}

const WORDS: ReadonlySet<string> = new Set(['unsigned', 'signed', 'char', 'short', 'int', 'long'])
const NAMED: ReadonlyMap<string, { readonly bits: number; readonly signed: boolean }> = new Map([
  ['size_t', { bits: 64, signed: false }],
  ['ssize_t', { bits: 64, signed: true }],
  ['loff_t', { bits: 64, signed: true }],
  ['pid_t', { bits: 32, signed: true }],
  ['bool', { bits: 8, signed: false }],
  ['uint8_t', { bits: 8, signed: false }],
  ['uint16_t', { bits: 16, signed: false }],
  ['uint32_t', { bits: 32, signed: false }],
  ['uint64_t', { bits: 64, signed: false }],
  ['int32_t', { bits: 32, signed: true }],
  ['int64_t', { bits: 64, signed: true }],
  ['__be16', { bits: 16, signed: false }],
  ['__be32', { bits: 32, signed: false }],
  ['uintptr_t', { bits: 64, signed: false }],
])

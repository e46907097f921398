// Marks in comments of embedded C say what it is: pure, string, pragma:read:NAME and so on.
export interface Pragmas {
  /** It has no effect but its value, so that it need not run when nobody takes that. */
  readonly pure: boolean
  /** An expression whose value is a string. */
  readonly string: boolean
  /** Names of globals that it reads and writes. */
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  /** It may give the call to the next overload. */
  readonly next: boolean
}

const GLOBAL_USE = /\/\*\s*pragma:(read|write):(\w+)\s*\*\//g

export function pragmasOf(text: string): Pragmas {
  const uses = [...text.matchAll(GLOBAL_USE)].map(([, use, name = '']) => ({ use, name }))
  return {
    pure: has(text, 'pure') || has(text, 'stable'),
    string: has(text, 'string'),
    reads: uses.filter(u => u.use === 'read').map(u => u.name),
    writes: uses.filter(u => u.use === 'write').map(u => u.name),
    next: /\bSTAP_NEXT\b/.test(text),
  }
}

function has(text: string, word: string): boolean {
  return new RegExp(`/\\*\\s*${word}\\s*\\*/`).test(text)
}

/** `%{ native %}` in a file of the library, alone or with marks in comments. */
export function isNativeText(text: string): boolean {
  return text.replace(/\/\*.*?\*\//gs, '').trim() === 'native'
}

/**
 * Whether what klew does itself for a library function has no effect but its value: so it is for
 * all that give one, but for those whose text has the comment `impure`.
 */
export function isPureNative(text: string, givesValue: boolean): boolean {
  return has(text, 'pure') || (givesValue && !has(text, 'impure'))
}

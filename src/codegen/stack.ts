/**
 * The stack frame of one program: bytes below r10. Nothing in it is given back; the areas for
 * temporary use are shared by name.
 */
export class Frame {
  readonly #areas = new Map<string, { offset: number; bytes: number }>()
  #used = 0

  /** The kernel allows 512 bytes, of which a callback takes 32, and may_goto up to 16. */
  static readonly limit = 480

  get used(): number {
    return this.#used
  }

  /** Offset from r10 of that many new bytes, on an 8-byte boundary. */
  take(bytes: number): number {
    this.#used += roundUp8(bytes)
    return -this.#used
  }

  /** Offset of an area that everyone who asks by this name and size shares. */
  area(name: string, bytes: number): number {
    const key = `${name}:${roundUp8(bytes)}`
    const known = this.#areas.get(key)
    if (known !== undefined) return known.offset
    const offset = this.take(bytes)
    this.#areas.set(key, { offset, bytes })
    return offset
  }
}

export function roundUp8(bytes: number): number {
  return (bytes + 7) & ~7
}

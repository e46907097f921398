/** Bytes that come in pieces, as lines with their newline. */
export class LineSplitter {
  readonly #most: number
  readonly #each: (line: string) => void
  #line = ''

  /** Of a longer line `each` gets the first `most` bytes; the rest is passed over. */
  constructor(most: number, each: (line: string) => void) {
    this.#most = most
    this.#each = each
  }

  push(bytes: string): void {
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf('\n', at)
      const end = newline < 0 ? bytes.length : newline + 1
      const room = this.#most - this.#line.length
      this.#line += bytes.slice(at, Math.min(end, at + room))
      at = end
      if (newline >= 0) this.#give()
    }
  }

  /** What stands behind the last newline is a line too. */
  end(): void {
    if (this.#line !== '') this.#give()
  }

  #give(): void {
    const line = this.#line
    this.#line = ''
    this.#each(scriptString(line))
  }
}

/** A string of the script's language ends where a C string does. */
export function scriptString(bytes: string): string {
  const nul = bytes.indexOf('\0')
  return nul < 0 ? bytes : bytes.slice(0, nul)
}

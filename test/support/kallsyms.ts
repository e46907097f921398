/** Functions of the kernel's image, of /proc/kallsyms, by address. */
export interface TextSymbol {
  readonly address: bigint
  readonly name: string
}

/** A shell line that prints what `textSymbols` reads. */
export const PRINT_TEXT_SYMBOLS = "grep -E ' [tT] [^ ]+$' /proc/kallsyms | cut -f 1"

export function textSymbols(text: string): TextSymbol[] {
  const symbols = text.split('\n').flatMap(line => {
    const [address, , name] = line.split(' ')
    // `__pfx_f` is the padding in front of f.
    return address === undefined || name === undefined || name.startsWith('__pfx_')
      ? []
      : [{ address: BigInt(`0x${address}`), name }]
  })
  return symbols.sort((a, b) => Number(a.address - b.address))
}

/** The names of the function that this address is in; several where several start at one place. */
export function namesAt(symbols: readonly TextSymbol[], address: bigint): string[] {
  const start = symbols.findLast(symbol => symbol.address <= address)?.address
  return symbols.filter(symbol => symbol.address === start).map(symbol => symbol.name)
}

import type { Span } from '../../../text/source.ts'
import type { Operand } from '../../ir.ts'
import type { Builder } from '../builder.ts'

/** Emits what a native function does; undefined when it has no value. */
export type Native = (b: Builder, args: readonly Operand[], span: Span) => Operand | undefined

/** The argument that the declaration in the library promises. */
export function argument(args: readonly Operand[], index: number): Operand {
  const found = args[index]
  if (found === undefined) throw new Error(`a native function lacks argument ${index + 1}`)
  return found
}

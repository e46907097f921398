import type { Diagnostic } from '../../text/diagnostic.ts'
import type { IrProgram } from '../ir.ts'
import { type Bounds, bounds } from './bounds.ts'
import { defer } from './defer.ts'
import { inline } from './inline.ts'
import { simplifyProgram } from './simplify.ts'

export interface Optimised {
  readonly program: IrProgram
  /** How long the strings in globals can get. */
  readonly bounds: Bounds
  /** What handlers in the kernel cannot do; with an error the program is not to be used. */
  readonly diagnostics: readonly Diagnostic[]
}

/** All passes, in order. */
export function optimise(program: IrProgram): Optimised {
  const inlined = inline(program)
  const deferred = defer(simplifyProgram(inlined.program))
  return { ...bounds(simplifyProgram(deferred)), diagnostics: inlined.diagnostics }
}

import type { CheckedExpression, CheckedFunction } from '../../sema/checked.ts'
import { ZERO } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'

export type Match = Extract<CheckedExpression, { kind: 'match' }>

/** `=~` and `!~`, of which only the first keeps what the groups matched. */
export function lowerMatch(b: Builder, e: Match): Operand {
  const { left, pattern, negated, span } = e
  const text = b.value(left)
  const captures = keepsCaptures(e, b.body.functions)
  const found = b.make('long', to => ({ op: 'match', to, text, pattern, captures, span }))
  if (!negated) return found
  return b.make('long', to => ({ op: 'compare', what: 'eq', to, a: found, b: ZERO }))
}

/** Whether anything in the program may ask what its groups matched. */
export function keepsCaptures(e: Match, functions: readonly CheckedFunction[]): boolean {
  return !e.negated && functions.some(f => READERS.has(f.name) && f.body.kind === 'native')
}

/** Library functions that read what groups matched; without them in a program nothing is kept. */
const READERS: ReadonlySet<string> = new Set(['matched', 'matched_str', 'ngroups'])

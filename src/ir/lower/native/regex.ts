import { placeText, type Span } from '../../../text/source.ts'
import { tokenAt } from '../../../text/token-at.ts'
import { number, ZERO } from '../../instruction.ts'
import type { Operand } from '../../ir.ts'
import type { Builder } from '../builder.ts'
import { argument, type Native } from './native.ts'

/** What `=~` matched last. */
export const regex: Readonly<Record<string, Native>> = {
  matched: (b, args, span) => matched(b, argument(args, 0), span),
  matched_str: (b, _, span) => matched(b, ZERO, span),
  ngroups: (b, _, span) => groups(b, span),
}

function groups(b: Builder, span: Span): Operand {
  const count = b.make('long', to => ({ op: 'groups', to }))
  failUnless(b, compare(b, 'ge', count, ZERO), "the last '=~' did not match", span)
  return count
}

function matched(b: Builder, index: Operand, span: Span): Operand {
  const count = groups(b, span)
  if (index.kind !== 'number' || index.value !== 0n) {
    const few = 'the pattern that matched has fewer groups'
    failUnless(b, compare(b, 'ge', index, ZERO), few, span)
    failUnless(b, compare(b, 'le', index, count), few, span)
  }
  return b.make('string', to => ({ op: 'matched', to, index }))
}

function compare(b: Builder, what: 'ge' | 'le' | 'lt', left: Operand, right: Operand): Operand {
  return b.make('long', to => ({ op: 'compare', what, to, a: left, b: right }))
}

/** Fails, naming the place, where the test is 0. */
export function failUnless(b: Builder, test: Operand, what: string, span: Span): void {
  const then = b.block()
  const otherwise = b.block()
  b.end({ op: 'branch', test, then, otherwise })
  b.start(otherwise)
  const message = `${what} near ${tokenAt(span)} at ${placeText(span)}`
  b.fail({ kind: 'text', value: message }, span)
  b.start(then)
}

/** Whether a long is from 0 to below a limit. */
export function isBelow(b: Builder, value: Operand, limit: bigint): Operand {
  const low = compare(b, 'ge', value, ZERO)
  return b.binary('and', low, compare(b, 'lt', value, number(limit)))
}

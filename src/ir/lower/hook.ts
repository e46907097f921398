import type { CheckedExpression } from '../../sema/checked.ts'
import { number, register } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'

type Context = Extract<CheckedExpression, { kind: 'context' }>
type SetContext = Extract<CheckedExpression, { kind: 'set-context' }>

/** What a netfilter hook is called with: arguments of its program, in this order. */
const ARGUMENTS = ['$skb', '$hooknum', '$in', '$out', '$okfn']
const VERDICT = '$verdict'
/** NF_ACCEPT of uapi/linux/netfilter.h: what becomes of a packet that a script says nothing about. */
const NF_ACCEPT = 1n

export function isOfHook({ name }: Context | SetContext): boolean {
  return name === VERDICT || ARGUMENTS.includes(name)
}

export function lowerHookContext(b: Builder, { name }: Context): Operand {
  if (name === VERDICT) return b.binary('xor', register(verdict(b)), number(NF_ACCEPT))
  const index = ARGUMENTS.indexOf(name)
  return b.make('long', to => ({ op: 'argument', to, index, size: 8, signed: true }))
}

export function lowerVerdict(b: Builder, e: SetContext): Operand {
  const value = b.value(e.value)
  b.emit({ op: 'verdict', value })
  const turned = b.binary('xor', value, number(NF_ACCEPT))
  b.emit({ op: 'copy', to: verdict(b), from: turned })
  return value
}

/** Turned by NF_ACCEPT, as registers read 0 before they are written. */
function verdict(b: Builder): number {
  return b.named('long', VERDICT)
}

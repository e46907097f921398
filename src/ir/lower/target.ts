import type { CheckedTarget } from '../../sema/checked.ts'
import { number } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'
import { lowerContext, lowerSetContext } from './file-text.ts'
import { isOfHook, lowerHookContext, lowerVerdict } from './hook.ts'
import { values } from './order.ts'
import { quotedText } from './pretty.ts'

type Load = Extract<CheckedTarget, { kind: 'load' }>
type EnumName = Extract<CheckedTarget, { kind: 'enum-name' }>
type Symbol = Extract<CheckedTarget, { kind: 'symbol' }>
type Address = Extract<CheckedTarget, { kind: 'address' }>

/** Target variables: arguments, results, saved entry values, memory, addresses. */
export function lowerTarget(b: Builder, e: CheckedTarget): Operand {
  switch (e.kind) {
    case 'argument': {
      const { index, size, signed } = e
      return b.make('long', to => ({ op: 'argument', to, index, size, signed }))
    }
    case 'result': {
      const { size, signed } = e
      return b.make('long', to => ({ op: 'result', to, size, signed }))
    }
    case 'entry':
      return b.make(e.type, to => ({ op: 'entry', to, index: e.index }))
    case 'load':
      return lowerLoad(b, e)
    case 'address':
      return lowerAddress(b, e)
    case 'quoted-string':
      return quotedText(b, b.value(e.address), e.span)
    case 'enum-name':
      return lowerEnumName(b, e)
    case 'symbol':
      return lowerSymbol(b, e)
    case 'register': {
      const { number: register, user, span } = e
      return b.make('long', to => ({ op: 'register', to, number: register, user, span }))
    }
    case 'context':
      return isOfHook(e) ? lowerHookContext(b, e) : lowerContext(b, e)
    case 'set-context':
      return isOfHook(e) ? lowerVerdict(b, e) : lowerSetContext(b, e)
    case 'store':
    case 'set-value':
    case 'perf-counter':
      throw new Error(`'${e.kind}' reached the translation to IR`)
  }
}

function lowerEnumName(b: Builder, { value, values: names, span }: EnumName): Operand {
  const known = names.flatMap(one => [number(one.value), text(one.name)])
  return b.pure('string', 'enum-name', [b.value(value), ...known], span)
}

function text(value: string): Operand {
  return { kind: 'text', value }
}

function lowerSymbol(b: Builder, { address, perCpu }: Symbol): Operand {
  return perCpu ? add(b, b.context('cpu-offset'), number(address)) : number(address)
}

function lowerLoad(b: Builder, e: Load): Operand {
  const address = b.value(e.address)
  const { size, user, span, bitfield } = e
  // The whole unit is read without sign: the field's own sign bit comes down with the shifts.
  const signed = e.signed && bitfield === undefined
  const unit = b.make('long', to => ({ op: 'load', to, address, size, signed, user, span }))
  if (bitfield === undefined) return unit
  const { shift, width } = bitfield
  if (e.signed) {
    const top = b.binary('shl', unit, number(BigInt(64 - shift - width)))
    return b.binary('shr', top, number(BigInt(64 - width)))
  }
  const low = shift === 0 ? unit : b.binary('ushr', unit, number(BigInt(shift)))
  return width === 64 ? low : b.binary('and', low, number((1n << BigInt(width)) - 1n))
}

function lowerAddress(b: Builder, e: Address): Operand {
  const [base, index] = values(b, e.index === undefined ? [e.base] : [e.base, e.index])
  if (base === undefined) throw new Error('an address without a base')
  const scaled = index && scale(b, index, BigInt(e.scale ?? 1))
  return add(b, scaled ? add(b, base, scaled) : base, number(BigInt(e.offset)))
}

function scale(b: Builder, index: Operand, by: bigint): Operand {
  if (index.kind === 'number') return number(index.value * by)
  return by === 1n ? index : b.binary('mul', index, number(by))
}

function add(b: Builder, a: Operand, c: Operand): Operand {
  if (c.kind === 'number' && c.value === 0n) return a
  if (a.kind === 'number' && c.kind === 'number') return number(a.value + c.value)
  return b.binary('add', a, c)
}

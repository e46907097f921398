import type { CType, Member, TypeId, Types } from '../kernel/types.ts'
import type { Accessor, Expression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import type { CheckedExpression } from './checked.ts'
import { access } from './memory.ts'
import {
  bitfieldAddress,
  noAddress,
  notIndexable,
  notStruct,
  structAsValue,
  unknownLayout,
  unknownMember,
  unsupportedType,
} from './target-errors.ts'

/** A thing with a C type: a value, or memory at an address. */
export type Location =
  | { readonly kind: 'value'; readonly type: TypeId; readonly value: CheckedExpression }
  | Memory

export interface Memory {
  readonly kind: 'memory'
  readonly type: TypeId
  readonly address: Address
  readonly member?: Member
  /** What a pointer that a cast stands for points to: `[i]` counts in things of its size. */
  readonly pointed?: true
}

export interface Address {
  readonly base: CheckedExpression
  readonly offset: number
  readonly index?: CheckedExpression
  readonly scale?: number
}

/** Builds the index of a `[…]`. */
export type IndexOf = (e: Expression) => CheckedExpression

/** What a pointer of this value points to, as a cast or a stored pointer says. */
export function pointee(type: TypeId, base: CheckedExpression): Memory {
  return { kind: 'memory', type, address: { base, offset: 0 }, pointed: true }
}

/** Goes along `->field` and `[index]`. */
export function follow(
  types: Types,
  start: Location,
  { path, index }: { readonly path: readonly Accessor[]; readonly index: IndexOf },
): Location | Diagnostic {
  let at = start
  for (const accessor of path) {
    const next =
      accessor.kind === 'field'
        ? field(types, at, accessor)
        : element(types, at, { accessor, index })
    if ('code' in next) return next
    at = next
  }
  return at
}

/** The value at a place. An array is its address; a struct has no value. */
export function read(types: Types, at: Location, span: Span): CheckedExpression | Diagnostic {
  if (at.kind === 'value') return at.value
  const type = types.resolve(at.type)
  if (type.kind === 'array' || type.kind === 'function') return addressValue(at.address, span)
  if (type.kind === 'struct' || type.kind === 'union') {
    const member = types.members(at.type)[0]?.name
    return structAsValue(span, types.spell(at.type), member)
  }
  if (type.kind === 'forward') return unknownLayout(span, types.spell(at.type))
  const how = accessOf(types, at)
  if (how === undefined) return unsupportedType(span, types.spell(at.type))
  const { address, ...load } = how
  return {
    kind: 'load',
    type: 'long',
    address: addressValue(address, span),
    ...load,
    user: false,
    span,
  }
}

/** How a scalar in memory is read or written; undefined for what is none. */
export function accessOf(
  types: Types,
  at: Memory,
):
  | {
      readonly address: Address
      readonly size: 1 | 2 | 4 | 8
      readonly signed: boolean
      readonly bitfield?: { readonly shift: number; readonly width: number }
    }
  | undefined {
  const scalar = scalarOf(types.resolve(at.type))
  const how = scalar && access(scalar.size, at.member)
  if (scalar === undefined || how === undefined) return undefined
  const { unit, ...load } = how
  const address = { ...at.address, offset: at.address.offset + unit }
  return { address, ...load, signed: scalar.signed }
}

/** `&$x->y` */
export function addressOf(at: Location, name: string, span: Span): CheckedExpression | Diagnostic {
  if (at.kind === 'value') return noAddress(span, name)
  if (at.member?.widthBits !== undefined) return bitfieldAddress(span)
  return addressValue(at.address, span)
}

export function addressValue(
  { base, offset, index, scale }: Address,
  span: Span,
): CheckedExpression {
  if (offset === 0 && index === undefined) return base
  const start = { kind: 'address', type: 'long', base, offset, span } as const
  return index === undefined ? start : { ...start, index, scale: scale ?? 1 }
}

/** What a pointer points to. */
export function dereference(
  types: Types,
  at: Location,
  { target, span }: { readonly target: TypeId; readonly span: Span },
): Memory | Diagnostic {
  const pointer = read(types, at, span)
  if ('code' in pointer) return pointer
  return { kind: 'memory', type: target, address: { base: pointer, offset: 0 } }
}

/** How wide and signed a value in a register is; undefined for what is none. */
export function scalarOf(type: CType): { size: number; signed: boolean } | undefined {
  switch (type.kind) {
    case 'integer':
      return type.size <= 8 ? { size: type.size, signed: type.signed } : undefined
    case 'enum':
      return { size: type.size, signed: type.signed }
    case 'pointer':
      return { size: 8, signed: false }
    case 'void':
    case 'float':
    case 'array':
    case 'struct':
    case 'union':
    case 'forward':
    case 'function':
      return undefined
  }
}

/** A pointer to a pointer to a struct is followed to the struct; so deep at most. */
const MAX_POINTERS = 8

function field(
  types: Types,
  start: Location,
  { name, span }: { readonly name: string; readonly span: Span },
): Location | Diagnostic {
  const written = types.spell(start.type)
  let at = start
  for (let depth = 0; depth < MAX_POINTERS; depth++) {
    const type = types.resolve(at.type)
    if (type.kind !== 'pointer') break
    const next = dereference(types, at, { target: type.target, span })
    if ('code' in next) return next
    at = next
  }
  const type = types.resolve(at.type)
  const spelled = types.spell(at.type)
  if (type.kind === 'forward') return unknownLayout(span, spelled)
  if (type.kind !== 'struct' && type.kind !== 'union') return notStruct(span, written, name)
  const member = types.member(at.type, name)
  if (member === undefined) {
    const known = new Set(types.members(at.type).map(m => m.name))
    return unknownMember(span, name, { type: spelled, near: nearest(name, known, 3), known })
  }
  if (at.kind === 'value') return unsupportedType(span, spelled)
  const { pointed: _, ...memory } = at
  const offset = memory.address.offset + Math.floor(member.offsetBits / 8)
  return { ...memory, type: member.type, address: { ...memory.address, offset }, member }
}

function element(
  types: Types,
  at: Location,
  {
    accessor,
    index,
  }: { readonly accessor: Extract<Accessor, { kind: 'index' }>; readonly index: IndexOf },
): Location | Diagnostic {
  const { span } = accessor
  const type = types.resolve(at.type)
  const spelled = types.spell(at.type)
  if (at.kind === 'memory' && type.kind === 'array') {
    return item(types, { from: at.address, type: type.element }, { accessor, index })
  }
  if (type.kind === 'pointer') {
    if (types.resolve(type.target).kind === 'void') return notIndexable(span, spelled)
    const from = dereference(types, at, { target: type.target, span })
    if ('code' in from) return from
    return item(types, { from: from.address, type: type.target }, { accessor, index })
  }
  if (at.kind === 'memory' && at.pointed && at.type !== VOID) {
    return item(types, { from: at.address, type: at.type }, { accessor, index })
  }
  return notIndexable(span, spelled)
}

const VOID: TypeId = 0

function item(
  types: Types,
  { from, type }: { readonly from: Address; readonly type: TypeId },
  {
    accessor,
    index,
  }: { readonly accessor: Extract<Accessor, { kind: 'index' }>; readonly index: IndexOf },
): Location | Diagnostic {
  const { kind } = types.resolve(type)
  const size = types.sizeOf(type)
  if (kind === 'forward' || kind === 'function' || size === 0) {
    return unknownLayout(accessor.span, types.spell(type))
  }
  return { kind: 'memory', type, address: indexed(from, index(accessor.index), size) }
}

function indexed(from: Address, index: CheckedExpression, scale: number): Address {
  if (index.kind === 'number') {
    const offset = from.offset + Number(index.value) * scale
    if (Number.isSafeInteger(offset)) return { ...from, offset }
  }
  if (from.index === undefined) return { ...from, index, scale }
  return { base: addressValue(from, index.span), offset: 0, index, scale }
}

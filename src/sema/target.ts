import type { CType, FunctionType, Member, TypeId, Types } from '../kernel/types.ts'
import type { Accessor, Expression, TargetExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { nearest } from '../text/nearest.ts'
import type { Span } from '../text/source.ts'
import type { CheckedExpression, ResolvedPoint } from './checked.ts'
import type { KernelView } from './kernel-view.ts'
import { access } from './memory.ts'
import {
  bitfieldAddress,
  noAddress,
  noResult,
  noTargets,
  notIndexable,
  notStruct,
  returnAtEntry,
  targetNotKnown,
  unknownLayout,
  unknownMember,
  unknownTarget,
  unsupportedType,
} from './target-errors.ts'

/** Where a target variable is looked up. */
export interface TargetPlace {
  readonly kernel: KernelView
  readonly point: ResolvedPoint
}

/**
 * What a target variable comes down to: loads from addresses that start at an argument or a
 * result. It says nothing about when: a `.return` point works out arguments at function entry.
 */
export function resolveTarget(
  { kernel, point }: TargetPlace,
  e: TargetExpression,
  index: (e: Expression) => CheckedExpression,
): CheckedExpression | Diagnostic {
  const start = base(kernel, point, e)
  if ('code' in start) return start
  const { types } = kernel
  if (types === undefined) {
    return targetNotKnown(e.span, e.name, { point: point.text, why: kernel.whyNoTypes })
  }
  let at: Location = start
  for (const accessor of e.path) {
    const next =
      accessor.kind === 'field'
        ? field(types, at, accessor)
        : element(types, at, { accessor, index })
    if ('code' in next) return next
    at = next
  }
  return e.addressOf ? addressOf(at, e) : read(types, at, e.span)
}

/** A typed thing: a value, or memory at an address. */
type Location =
  | { readonly kind: 'value'; readonly type: TypeId; readonly value: CheckedExpression }
  | {
      readonly kind: 'memory'
      readonly type: TypeId
      readonly address: Address
      readonly member?: Member
    }

interface Address {
  readonly base: CheckedExpression
  readonly offset: number
  readonly index?: CheckedExpression
  readonly scale?: number
}

function base(
  kernel: KernelView,
  point: ResolvedPoint,
  e: TargetExpression,
): Location | Diagnostic {
  const { name, nameSpan } = e
  if (point.kind !== 'function' && point.kind !== 'tracepoint') {
    return noTargets(nameSpan, name, point.text)
  }
  const { types } = kernel
  const { prototype } = point
  if (types === undefined || prototype === undefined) {
    const what = point.kind === 'function' ? point.symbol : point.name
    const why = types && `the kernel's type information does not have '${what}'`
    return targetNotKnown(nameSpan, name, { point: point.text, why: why ?? kernel.whyNoTypes })
  }
  if (name === '$return' && point.kind === 'function') {
    if (point.at === 'entry') return returnAtEntry(nameSpan, point.text)
    return result(types, prototype, e)
  }
  const index = prototype.parameters.findIndex(p => `$${p.name}` === name)
  const parameter = prototype.parameters[index]
  if (parameter === undefined) {
    return unknownTarget(nameSpan, name, { point: point.text, known: knownTargets(point) })
  }
  const scalar = scalarOf(types.resolve(parameter.type))
  if (scalar === undefined) return unsupportedType(nameSpan, types.spell(parameter.type))
  const value = { kind: 'argument', type: 'long', index, ...scalar, span: e.span } as const
  return { kind: 'value', type: parameter.type, value }
}

function result(types: Types, prototype: FunctionType, e: TargetExpression): Location | Diagnostic {
  const type = types.resolve(prototype.result)
  if (type.kind === 'void') return noResult(e.nameSpan, prototype.name)
  const scalar = scalarOf(type)
  if (scalar === undefined) return unsupportedType(e.nameSpan, types.spell(prototype.result))
  const value = { kind: 'result', type: 'long', ...scalar, span: e.span } as const
  return { kind: 'value', type: prototype.result, value }
}

/** The target variables that a point has, as a script writes them. */
export function knownTargets(point: ResolvedPoint): readonly string[] {
  if (point.kind !== 'function' && point.kind !== 'tracepoint') return []
  const names = (point.prototype?.parameters ?? [])
    .filter(p => p.name !== '')
    .map(p => `$${p.name}`)
  return point.kind === 'function' && point.at === 'return' ? ['$return', ...names] : names
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

function field(
  types: Types,
  at: Location,
  { name, span }: { readonly name: string; readonly span: Span },
): Location | Diagnostic {
  const type = types.resolve(at.type)
  const inPointer = type.kind === 'pointer'
  const struct = inPointer ? type.target : at.type
  const resolved = inPointer ? types.resolve(struct) : type
  const spelled = types.spell(struct)
  if (resolved.kind === 'forward') return unknownLayout(span, spelled)
  if (resolved.kind !== 'struct' && resolved.kind !== 'union') {
    return notStruct(span, types.spell(at.type))
  }
  const member = types.member(struct, name)
  if (member === undefined) {
    const near = nearest(name, new Set(types.members(struct).map(m => m.name)), 3)
    return unknownMember(span, name, { type: spelled, near })
  }
  const from = inPointer
    ? pointedTo(types, at, span)
    : at.kind === 'memory'
      ? at.address
      : undefined
  if (from === undefined) return unsupportedType(span, spelled)
  if ('code' in from) return from
  const offset = from.offset + Math.floor(member.offsetBits / 8)
  return { kind: 'memory', type: member.type, address: { ...from, offset }, member }
}

/** What a pointer points to. */
function pointedTo(types: Types, at: Location, span: Span): Address | Diagnostic {
  const pointer = read(types, at, span)
  return 'code' in pointer ? pointer : { base: pointer, offset: 0 }
}

function element(
  types: Types,
  at: Location,
  {
    accessor,
    index,
  }: {
    readonly accessor: Extract<Accessor, { kind: 'index' }>
    readonly index: (e: Expression) => CheckedExpression
  },
): Location | Diagnostic {
  const type = types.resolve(at.type)
  const { span } = accessor
  const isArray = type.kind === 'array' && at.kind === 'memory'
  if (!isArray && type.kind !== 'pointer') return notIndexable(span, types.spell(at.type))
  const item =
    type.kind === 'pointer' ? type.target : type.kind === 'array' ? type.element : at.type
  const from = isArray ? at.address : pointedTo(types, at, span)
  if ('code' in from) return from
  const size = elementSize(types, item)
  if (size === 0) return unknownLayout(span, types.spell(item))
  return { kind: 'memory', type: item, address: indexed(from, index(accessor.index), size) }
}

/** As GCC has it, `void*` counts bytes. */
function elementSize(types: Types, item: TypeId): number {
  const type = types.resolve(item)
  if (type.kind === 'void') return 1
  return type.kind === 'forward' || type.kind === 'function' ? 0 : types.sizeOf(item)
}

function indexed(from: Address, index: CheckedExpression, scale: number): Address {
  if (index.kind === 'number') {
    const offset = from.offset + Number(index.value) * scale
    if (Number.isSafeInteger(offset)) return { ...from, offset }
  }
  if (from.index === undefined) return { ...from, index, scale }
  return { base: addressValue(from, index.span), offset: 0, index, scale }
}

function read(types: Types, at: Location, span: Span): CheckedExpression | Diagnostic {
  if (at.kind === 'value') return at.value
  const type = types.resolve(at.type)
  if (isAggregate(type)) return addressValue(at.address, span)
  const scalar = scalarOf(type)
  const how = scalar && access(scalar.size, at.member)
  if (scalar === undefined || how === undefined) return unsupportedType(span, types.spell(at.type))
  const { unit, ...load } = how
  const { offset } = at.address
  const address = addressValue({ ...at.address, offset: offset + unit }, span)
  return { kind: 'load', type: 'long', address, ...load, signed: scalar.signed, user: false, span }
}

/** What has no value but its address. */
function isAggregate(type: CType): boolean {
  return ['array', 'struct', 'union', 'function'].includes(type.kind)
}

function addressOf(at: Location, e: TargetExpression): CheckedExpression | Diagnostic {
  if (at.kind === 'value') return noAddress(e.span, e.name)
  if (at.member?.widthBits !== undefined) return bitfieldAddress(e.span)
  return addressValue(at.address, e.span)
}

function addressValue({ base, offset, index, scale }: Address, span: Span): CheckedExpression {
  if (offset === 0 && index === undefined) return base
  const start = { kind: 'address', type: 'long', base, offset, span } as const
  return index === undefined ? start : { ...start, index, scale: scale ?? 1 }
}

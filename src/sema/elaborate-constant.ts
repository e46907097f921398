import type { TypeId, Types } from '../kernel/types.ts'
import type { OperatorExpression } from '../syntax/ast.ts'
import { nearest } from '../text/nearest.ts'
import type { CheckedExpression } from './checked.ts'
import { type ConstantScope, evaluateConstant } from './constant-expression.ts'
import { base } from './constant-type.ts'
import { constantNames, headerConstant } from './constants.ts'
import { type Elaboration, mistake, nothing, number } from './elaboration.ts'
import { badConstant, noTypesFor, unknownConstant, unknownEnum } from './target-errors.ts'

/** `@const("AF_INET")`: an enumerator of this kernel, a constant of its headers, or C over them. */
export function elaborateConstant(b: Elaboration, e: OperatorExpression): CheckedExpression {
  const [literal] = e.arguments
  if (literal?.kind !== 'string') return nothing(e.span)
  const found = evaluateConstant(literal.value, scopeOf(b))
  if ('value' in found) return number(found.value, e.span)
  if ('text' in found) return { kind: 'string', type: 'string', value: found.text, span: e.span }
  if ('wrong' in found) return mistake(b, badConstant(literal.span, found.wrong))
  const near = nearest(found.unknown, constantNames(), 3)
  return mistake(b, unknownConstant(literal.span, found.unknown, near))
}

/** `@enum("TCP_ESTABLISHED")` */
export function elaborateEnum(b: Elaboration, e: OperatorExpression): CheckedExpression {
  const [literal] = e.arguments
  if (literal?.kind !== 'string') return nothing(e.span)
  const { types } = b.kernel
  if (types === undefined) return mistake(b, noTypesFor(e.span, '@enum', b.kernel.whyNoTypes))
  const value = types.enumerator(literal.value)
  if (value !== undefined) return number(value, e.span)
  return mistake(b, unknownConstant(literal.span, literal.value, []))
}

/** `@enumname("enum sock_type", v)` */
export function elaborateEnumName(
  b: Elaboration,
  e: OperatorExpression,
  value: CheckedExpression | undefined,
): CheckedExpression {
  const [literal] = e.arguments
  if (literal?.kind !== 'string' || value === undefined) return nothing(e.span, 'string')
  const { types } = b.kernel
  if (types === undefined) return mistake(b, noTypesFor(e.span, '@enumname', b.kernel.whyNoTypes))
  const { value: name } = literal
  const id = types.find(name.startsWith('enum ') ? name : `enum ${name}`) ?? types.find(name)
  const type = id === undefined ? undefined : types.resolve(id)
  if (type?.kind !== 'enum') return mistake(b, unknownEnum(literal.span, name))
  const { values } = type
  return { kind: 'enum-name', type: 'string', values, value, span: e.span }
}

function scopeOf({ kernel }: Elaboration): ConstantScope {
  const { types, facts } = kernel
  return {
    constant: name =>
      configured(facts.config, name) ?? headerConstant(name, facts.arch) ?? types?.enumerator(name),
    sizeOf: name => sizeOf(types, name),
    offsetOf: (name, member) => offsetOf(types, name, member),
  }
}

/** What the configuration of a kernel decides. */
function configured(
  config: (name: string) => string | undefined,
  name: string,
): bigint | undefined {
  const option = name === 'HZ' ? 'CONFIG_HZ' : name === 'NR_CPUS' ? 'CONFIG_NR_CPUS' : name
  if (!option.startsWith('CONFIG_')) return undefined
  const value = config(option)
  if (value === 'y' || value === 'm') return 1n
  return value !== undefined && /^(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(value)
    ? BigInt(value)
    : undefined
}

function sizeOf(types: Types | undefined, name: string): number | undefined {
  const type = base(name)
  if (type !== undefined) return type.bits / 8
  const id = types?.find(name)
  return id === undefined ? undefined : types?.sizeOf(id)
}

function offsetOf(types: Types | undefined, name: string, path: string): number | undefined {
  let id: TypeId | undefined = types?.find(name)
  let offset = 0
  for (const part of path.split('.')) {
    const member = id === undefined ? undefined : types?.member(id, part)
    if (member === undefined) return undefined
    offset += Math.floor(member.offsetBits / 8)
    id = member.type
  }
  return offset
}

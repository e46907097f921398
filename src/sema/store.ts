import type { AssignExpression, BinaryOperator, IncrementExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { CheckedExpression, ResolvedPoint } from './checked.ts'
import { isReturn } from './component.ts'
import { contextOf, contextVariable } from './context-target.ts'
import type { Elaboration } from './elaboration.ts'
import type { TypedExpression } from './infer-target.ts'
import { accessOf, addressValue, type Location, read } from './location.ts'
import { hasTargets } from './target.ts'
import {
  cannotWrite,
  noTargets,
  programVariable,
  targetOutsideProbe,
  unknownContext,
  unsupportedType,
  writeNeedsGuru,
  writeOperator,
} from './target-errors.ts'
import { isTargetText } from './target-text.ts'

/** Why nothing may be stored there, whatever it is. */
export function refuseStore(
  b: Elaboration,
  e: AssignExpression | IncrementExpression,
  target: TypedExpression,
): Diagnostic | undefined {
  const { span } = target
  if (target.kind === 'target' && target.variable === undefined) {
    if (b.point === undefined) return targetOutsideProbe(target.nameSpan, target.name)
    if (contextOf(b.point)) return refuseContext(b, b.point, target)
    if (b.point.kind === 'user') return programVariable(target.nameSpan, target.name)
    if (!hasTargets(b.point)) return noTargets(target.nameSpan, target.name, b.point.text)
  }
  if (!b.options.guru && b.scope.origin === 'script') return writeNeedsGuru(span, words(target))
  if (e.operator !== '=') return writeOperator(span, e.operator)
  if (target.kind === 'target' && isTargetText(target))
    return cannotWrite(span, 'a context variable')
  if (target.pretty > 0) return cannotWrite(span, 'a pretty-printed variable')
  if (target.addressOf) return cannotWrite(span, 'a member address')
  const isPast = b.point !== undefined && isReturn(b.point) && !b.atEntry
  if (isPast && target.kind === 'target' && !target.variable && target.name !== '$return') {
    return cannotWrite(span, 'a target variable in a .return probe')
  }
  return undefined
}

/** `$value = "…"` of procfs is for everyone; `$verdict` of netfilter is not. */
function refuseContext(
  b: Elaboration,
  point: ResolvedPoint,
  target: Extract<TypedExpression, { kind: 'target' }>,
): Diagnostic | undefined {
  const variable = contextVariable(point, target.name)
  const { span, nameSpan, name } = target
  if (variable === undefined) return unknownContext(nameSpan, name, point.text)
  if (target.path.length > 0 || target.addressOf || target.pretty > 0) {
    return cannotWrite(span, `what is in '${name}'`)
  }
  if (variable.writable === 'never') return cannotWrite(span, `'${name}', which is read-only`)
  const allowed = variable.writable === 'always' || b.options.guru || b.scope.origin === 'library'
  return allowed ? undefined : writeNeedsGuru(span, `'${name}'`)
}

/** `$value .= "x"` adds to what was stored before; `$verdict += 1` counts with it. */
export function storeContext(
  target: Extract<TypedExpression, { kind: 'target' }>,
  e: AssignExpression | IncrementExpression,
  value: CheckedExpression,
): CheckedExpression {
  const type = value.type === 'string' ? 'string' : 'long'
  const { span, name } = target
  const operator = e.operator === '=' ? undefined : BINARY.get(e.operator)
  if (operator === undefined) return { kind: 'set-context', type, name, value, span }
  const left: CheckedExpression = { kind: 'context', type, name, span }
  const sum: CheckedExpression = {
    kind: 'binary',
    type,
    operator,
    left,
    right: value,
    span,
    operatorSpan: 'operatorSpan' in e ? e.operatorSpan : span,
  }
  return { kind: 'set-context', type, name, value: sum, span }
}

const BINARY: ReadonlyMap<string, BinaryOperator> = new Map([
  ['+=', '+'],
  ['-=', '-'],
  ['*=', '*'],
  ['/=', '/'],
  ['%=', '%'],
  ['<<=', '<<'],
  ['>>=', '>>'],
  ['&=', '&'],
  ['^=', '^'],
  ['|=', '|'],
  ['.=', '.'],
  ['++', '+'],
  ['--', '-'],
])

function words(target: TypedExpression): string {
  switch (target.kind) {
    case 'target':
      return target.variable === undefined ? 'target variable' : '@var variable'
    case 'cast':
      return '@cast context variable'
    case 'member':
      return 'member'
  }
}

/** The tree that stores a value in a place. */
export function storeAt(
  b: Elaboration,
  at: Location,
  { target, value }: { readonly target: TypedExpression; readonly value: CheckedExpression },
): CheckedExpression | Diagnostic {
  const { span } = target
  if (at.kind === 'value') {
    const of = at.value
    const register = of.kind === 'argument' || of.kind === 'result'
    if (b.point?.kind === 'tracepoint') return cannotWrite(span, 'a tracepoint variable')
    if (!register) return cannotWrite(span, 'a value')
    return { kind: 'set-value', type: 'long', of, value, span }
  }
  const { types } = b.kernel
  if (types?.resolve(at.type).kind === 'array') return cannotWrite(span, 'an array address')
  const how = types && accessOf(types, at)
  if (types === undefined || how === undefined) {
    const readable = types && read(types, at, span)
    return readable && 'code' in readable ? readable : unsupportedType(span, 'this')
  }
  const { size, bitfield } = how
  const address = addressValue(how.address, span)
  return {
    kind: 'store',
    type: 'long',
    address,
    size,
    ...(bitfield && { bitfield }),
    user: false,
    value,
    span,
  }
}

import type { FunctionType, Types } from '../kernel/types.ts'
import type { TargetExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { CheckedExpression, ResolvedPoint } from './checked.ts'
import { contextLocation, contextOf } from './context-target.ts'
import type { KernelView } from './kernel-view.ts'
import { addressOf, follow, type IndexOf, type Location, read, scalarOf } from './location.ts'
import {
  noResult,
  noTargets,
  programVariable,
  returnAtEntry,
  targetNotKnown,
  targetOutsideProbe,
  unknownTarget,
  unsupportedType,
} from './target-errors.ts'
import { variableLocation } from './variable.ts'

/** Where a target variable is looked up; without a point, in a function. */
export interface TargetPlace {
  readonly kernel: KernelView
  readonly point: ResolvedPoint | undefined
}

/**
 * What a target variable comes down to: loads from addresses that start at an argument or a
 * result. It says nothing about when: a `.return` point works out arguments at function entry.
 */
export function resolveTarget(
  place: TargetPlace,
  e: TargetExpression,
  index: IndexOf,
): CheckedExpression | Diagnostic {
  const at = locateTarget(place, e, index)
  const { types } = place.kernel
  if ('code' in at || types === undefined) return 'code' in at ? at : noTypes(place, e)
  return e.addressOf ? addressOf(at, e.name, e.span) : read(types, at, e.span)
}

/** Where a target variable or `@var` is, behind its `->` and `[]`, with its C type. */
export function locateTarget(
  place: TargetPlace,
  e: TargetExpression,
  index: IndexOf,
): Location | Diagnostic {
  const { kernel, point } = place
  const { types } = kernel
  if (e.variable === undefined && point === undefined) return targetOutsideProbe(e.nameSpan, e.name)
  if (point !== undefined && e.variable === undefined && contextOf(point)) {
    const start = contextLocation(types, point, e)
    if ('code' in start || types === undefined) return start
    return follow(types, start, { path: e.path, index })
  }
  if (types === undefined) return noTypes(place, e)
  const start = e.variable === undefined ? base(place, types, e) : variableLocation(place, types, e)
  return 'code' in start ? start : follow(types, start, { path: e.path, index })
}

function noTypes({ kernel, point }: TargetPlace, e: TargetExpression): Diagnostic {
  if (point !== undefined && e.variable === undefined && !hasTargets(point)) {
    return noTargets(e.nameSpan, e.name, point.text)
  }
  const where = point?.text ?? 'a function'
  return targetNotKnown(e.nameSpan, e.name, { point: where, why: kernel.whyNoTypes })
}

function base(place: TargetPlace, types: Types, e: TargetExpression): Location | Diagnostic {
  const { name, nameSpan } = e
  const { point } = place
  if (point === undefined) return targetOutsideProbe(nameSpan, name)
  if (point.kind === 'user') return programVariable(nameSpan, name)
  if (!hasTargets(point)) return noTargets(nameSpan, name, point.text)
  const { prototype } = point
  if (prototype === undefined) {
    const what = point.kind === 'function' ? point.symbol : point.name
    const why = `the kernel's type information does not have '${what}'`
    return targetNotKnown(nameSpan, name, { point: point.text, why })
  }
  if (name === '$return' && point.kind === 'function') {
    if (point.at === 'entry') return returnAtEntry(nameSpan, point.text)
    return result(types, prototype, e)
  }
  const index = prototype.parameters.findIndex(p => `$${p.name}` === name)
  const parameter = prototype.parameters[index]
  if (parameter === undefined) return globalOf(place, types, e)
  const scalar = scalarOf(types.resolve(parameter.type))
  if (scalar === undefined) return unsupportedType(nameSpan, types.spell(parameter.type))
  const value = { kind: 'argument', type: 'long', index, ...scalar, span: e.span } as const
  return { kind: 'value', type: parameter.type, value }
}

/** `$jiffies`: what is no parameter may be a global variable of the kernel whose type is known. */
function globalOf(place: TargetPlace, types: Types, e: TargetExpression): Location | Diagnostic {
  const { point } = place
  if (point?.kind === 'function' && !e.name.startsWith('$$')) {
    const found = variableLocation(place, types, { ...e, name: e.name.slice(1), addressOf: false })
    if (!('code' in found)) return found
  }
  const known = point === undefined ? [] : knownTargets(point)
  return unknownTarget(e.nameSpan, e.name, { point: point?.text ?? '', known })
}

function result(types: Types, prototype: FunctionType, e: TargetExpression): Location | Diagnostic {
  const type = types.resolve(prototype.result)
  if (type.kind === 'void') return noResult(e.nameSpan, prototype.name)
  const scalar = scalarOf(type)
  if (scalar === undefined) return unsupportedType(e.nameSpan, types.spell(prototype.result))
  const value = { kind: 'result', type: 'long', ...scalar, span: e.span } as const
  return { kind: 'value', type: prototype.result, value }
}

/** Points whose `$names` are those of C. */
export function hasTargets(
  point: ResolvedPoint,
): point is Extract<ResolvedPoint, { kind: 'function' | 'tracepoint' }> {
  return point.kind === 'function' || point.kind === 'tracepoint'
}

/** The target variables that a point has, as a script writes them. */
export function knownTargets(point: ResolvedPoint): readonly string[] {
  if (!hasTargets(point)) return []
  const names = (point.prototype?.parameters ?? [])
    .filter(p => p.name !== '')
    .map(p => `$${p.name}`)
  return point.kind === 'function' && point.at === 'return' ? ['$return', ...names] : names
}

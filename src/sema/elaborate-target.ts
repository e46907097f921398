import type { AssignExpression, Expression, IncrementExpression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { CheckedExpression } from './checked.ts'
import { isReturn } from './component.ts'
import { contextOf } from './context-target.ts'
import { type Elaboration, mistake, nothing, number } from './elaboration.ts'
import type { TypedExpression } from './infer-target.ts'
import { locate } from './locate.ts'
import { addressOf, type Location, read } from './location.ts'
import { prettyPrint } from './pretty.ts'
import { refuseStore, storeAt, storeContext } from './store.ts'
import { cannotWrite, entryValue, noTypesFor, textAddress } from './target-errors.ts'
import { targetText } from './target-list.ts'
import { isTargetText } from './target-text.ts'

type Build = (b: Elaboration, e: Expression) => CheckedExpression

export function isTyped(e: Expression): e is TypedExpression {
  return e.kind === 'target' || e.kind === 'cast' || e.kind === 'member'
}

/** A target variable, a cast or an autocast, for the point that the handler is built for. */
export function elaborateTyped(
  b: Elaboration,
  e: TypedExpression,
  elaborate: Build,
): CheckedExpression {
  warnOfEntryValue(b, e)
  const found =
    e.kind === 'target' && isTargetText(e)
      ? targetText(b.point, e, inner => value(b, inner, elaborate))
      : value(b, e, elaborate)
  if (!('code' in found)) return found
  const missing = b.options.suppressBadVars && b.point !== undefined && e.kind === 'target'
  const isText = (e.kind === 'target' && isTargetText(e)) || e.pretty > 0
  return missing ? nothing(e.span, isText ? 'string' : 'long') : mistake(b, found)
}

/** `$x = e`, `$x->y = e`, `@cast(p, "t")->f = e`, of scripts that may change the kernel. */
export function elaborateStore(
  b: Elaboration,
  e: AssignExpression | IncrementExpression,
  target: TypedExpression,
  elaborate: Build,
): CheckedExpression {
  const refused = refuseStore(b, e, target)
  const value = e.kind === 'assign' ? elaborate(b, e.value) : undefined
  if (refused) return mistake(b, refused)
  if (target.kind === 'target' && b.point !== undefined && contextOf(b.point)) {
    return storeContext(target, e, value ?? number(1n, e.span))
  }
  const at = locate(b, target, elaborate)
  if ('code' in at) return mistake(b, at)
  // An increment was refused above.
  const stored = value && storeAt(b, at, { target, value })
  if (stored === undefined) return mistake(b, cannotWrite(target.span, 'it'))
  return 'code' in stored ? mistake(b, stored) : stored
}

/** At a return the arguments are gone: what hangs on them is worked out, whole, at the entry. */
function value(
  b: Elaboration,
  e: TypedExpression,
  elaborate: Build,
): CheckedExpression | Diagnostic {
  const early = isEarly(b, e)
  const inside = early ? { ...b, atEntry: true } : b
  const at = locate(inside, e, elaborate)
  const { types } = b.kernel
  if ('code' in at) return at
  if (types === undefined) return noTypesFor(e.span, "'->'", b.kernel.whyNoTypes)
  const found = valueAt(e, at, types)
  return early && !('code' in found) ? atEntry(b, found) : found
}

function valueAt(
  e: TypedExpression,
  at: Location,
  types: NonNullable<Elaboration['kernel']['types']>,
): CheckedExpression | Diagnostic {
  const { span, pretty, addressOf: address } = e
  if (pretty > 0 && address) return textAddress(span)
  if (pretty > 0) return prettyPrint(types, at, { levels: pretty === 1 ? 1 : 2, span })
  if (!address) return read(types, at, span)
  return addressOf(at, e.kind === 'target' ? e.name : 'it', span)
}

function isEarly(b: Elaboration, e: TypedExpression): boolean {
  if (e.kind !== 'target' || e.variable !== undefined || b.point === undefined) return false
  return !b.atEntry && isReturn(b.point) && e.name !== '$return'
}

/** A plain `$x` in a `.return` probe reads as its value of now, which it is not. */
function warnOfEntryValue(b: Elaboration, e: TypedExpression): void {
  if (e.kind !== 'target' || !isEarly(b, e) || b.scope.origin === 'library') return
  if (e.name === '$$return' || e.name === '$$name' || e.name === '$$system') return
  const { source, start, end } = e.span
  b.reporter.report(entryValue(e.span, source.text.slice(start, end)))
}

/** The value that an expression had when the function was entered. */
export function atEntry(b: Elaboration, e: CheckedExpression): CheckedExpression {
  if (e.kind === 'number' || e.kind === 'string') return e
  const type = e.type === 'string' ? 'string' : 'long'
  return { kind: 'entry', type, index: b.entries.add(e), span: e.span }
}

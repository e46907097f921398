import type { Expression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { locateCast } from './casts.ts'
import type { CheckedExpression } from './checked.ts'
import type { Elaboration } from './elaboration.ts'
import type { TypedExpression } from './infer-target.ts'
import { follow, type Location, pointee } from './location.ts'
import { locateTarget } from './target.ts'
import { noTypesFor, returnAtEntry, scalarCast, unknownCast } from './target-errors.ts'

type Build = (b: Elaboration, e: Expression) => CheckedExpression
type Member = Extract<TypedExpression, { kind: 'member' }>

/** Where a target variable, a cast or an autocast is, with its C type. */
export function locate(
  b: Elaboration,
  e: TypedExpression,
  elaborate: Build,
): Location | Diagnostic {
  const build = (inner: Expression): CheckedExpression => elaborate(b, inner)
  switch (e.kind) {
    case 'target':
      if (b.atEntry && e.name === '$return') return returnAtEntry(e.nameSpan, '@entry')
      return locateTarget(b, e, build)
    case 'cast':
      return locateCast(b, e, build)
    case 'member':
      return locateMember(b, e, build)
  }
}

function locateMember(
  b: Elaboration,
  e: Member,
  build: (e: Expression) => CheckedExpression,
): Location | Diagnostic {
  const { types } = b.kernel
  const base = build(e.base)
  if (types === undefined) return noTypesFor(e.span, "'->'", b.kernel.whyNoTypes)
  const shape = b.casts.base(b.owner, b.point, e)
  const { span } = e.path[0] ?? e
  if (shape === undefined) return unknownCast(span, whyUnknown(e))
  if (shape.kind === 'scalar') return scalarCast(span, types.spell(shape.type))
  return follow(types, pointee(shape.target, base), { path: e.path, index: build })
}

function whyUnknown({ base }: Member): string {
  const { source, start, end } = base.span
  return `nothing tells one type of '${source.text.slice(start, end)}'`
}

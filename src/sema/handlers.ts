import type { CheckedExpression, CheckedProbe } from './checked.ts'
import { elaborateStatement } from './elaborate.ts'
import { elaborate } from './elaborate-expression.ts'
import { type Elaboration, Entries, localsOf } from './elaboration.ts'
import { groupPoints } from './handler-groups.ts'
import type { HandlerCondition, HandlerSymbol } from './symbol.ts'

type Shared = Pick<Elaboration, 'kernel' | 'names' | 'objects' | 'reporter' | 'options' | 'casts'>

/**
 * Builds a handler, once for all points at which its target variables come down to the same
 * thing: a body for many functions may read another argument, or another layout, in each.
 */
export function buildHandler(shared: Shared, handler: HandlerSymbol): readonly CheckedProbe[] {
  const locals = localsOf(handler)
  return groupPoints(shared.kernel, handler).flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const b: Omit<Elaboration, 'scope'> = {
      ...shared,
      owner: handler,
      locals,
      point: first.point,
      entries: new Entries(),
      atEntry: false,
    }
    const statements = handler.parts.map(({ scope, block }) =>
      elaborateStatement({ ...b, scope }, block),
    )
    const [only] = statements
    const condition = conditionOf(b, first.conditions)
    return {
      points: group.map(p => p.point),
      locals: [...locals.values()],
      body: statements.length === 1 && only ? only : { kind: 'block', statements },
      ...(condition && { condition }),
      entries: b.entries.list,
      span: handler.span,
    }
  })
}

function conditionOf(
  b: Omit<Elaboration, 'scope'>,
  conditions: readonly HandlerCondition[],
): CheckedExpression | undefined {
  const [first, ...more] = conditions.map(({ scope, expression }) =>
    elaborate({ ...b, scope }, expression),
  )
  if (first === undefined) return undefined
  return more.reduce<CheckedExpression>((left, right) => {
    const { span } = right
    const operator = '&&'
    return { kind: 'binary', type: 'long', operator, left, right, span, operatorSpan: span }
  }, first)
}

import type {
  CastExpression,
  Expression,
  MemberExpression,
  OperatorExpression,
  TargetExpression,
} from '../syntax/ast.ts'
import { type Cell, known } from './cell.ts'
import { type Inference, mustBe } from './inference.ts'
import { isTargetText } from './target-text.ts'

type Infer = (c: Inference, e: Expression) => Cell
/** What has a C type: `$x->y`, `@cast(p, "t")->y`, `p->y`. */
export type TypedExpression = TargetExpression | CastExpression | MemberExpression

/** Names and types in a target variable, a cast or an autocast; gives the cell of its own type. */
export function inferTyped(c: Inference, e: TypedExpression, infer: Infer): Cell {
  if (e.kind === 'cast') long(c, e.operand, { infer, why: '@cast takes an address' })
  if (e.kind === 'member') long(c, e.base, { infer, why: "'->' takes an address" })
  for (const a of e.path)
    if (a.kind === 'index') long(c, a.index, { infer, why: 'an index is a long' })
  const isText = e.pretty > 0 || (e.kind === 'target' && (isTargetText(e) || isFileText(c, e)))
  return known(isText ? 'string' : 'long', e.span)
}

/** The same for one that is stored in. Whether it may be is said where it is looked up. */
export function inferStoredTyped(c: Inference, e: TypedExpression, infer: Infer): Cell {
  return inferTyped(c, e, infer)
}

/** `@entry(e)`, `@defined(e)`, `@const("X")` and the like. */
export function inferOperator(c: Inference, e: OperatorExpression, infer: Infer): Cell {
  const [first, second] = e.arguments
  switch (e.name) {
    case '@entry':
      return first === undefined ? known('long', e.span) : infer(c, first)
    case '@const': {
      const isText = first?.kind === 'string' && first.value.trimStart().startsWith('"')
      return known(isText ? 'string' : 'long', e.span)
    }
    case '@enumname':
      if (second !== undefined) long(c, second, { infer, why: 'the value of an enum is a long' })
      return known('string', e.span)
    case '@kderef':
    case '@uderef':
      if (second !== undefined) long(c, second, { infer, why: 'an address is a long' })
      return known('long', e.span)
    default:
      // What does not exist is no mistake inside @defined, so nothing in it is looked at here.
      return known('long', e.span)
  }
}

/** `$value` is what a procfs file holds, or what was typed in. */
function isFileText({ owner }: Inference, e: TargetExpression): boolean {
  if (owner.kind !== 'handler' || e.name !== '$value') return false
  return owner.points.some(({ point }) => point.kind === 'procfs' || point.kind === 'input')
}

function long(
  c: Inference,
  e: Expression,
  { infer, why }: { readonly infer: Infer; readonly why: string },
): void {
  mustBe(c, infer(c, e), 'long', { span: e.span, why })
}

import type {
  CastExpression,
  Expression,
  MemberExpression,
  OperatorExpression,
  TargetExpression,
} from '../syntax/ast.ts'
import { broken, type Cell, known } from './cell.ts'
import { type Inference, mustBe } from './inference.ts'
import { refusal } from './refusal.ts'
import { isTargetText } from './target-text.ts'

type Infer = (c: Inference, e: Expression) => Cell
/** What has a C type: `$x->y`, `@cast(p, "t")->y`, `p->y`. */
export type TypedExpression = TargetExpression | CastExpression | MemberExpression

/** Names and types in a target variable, a cast or an autocast; gives the cell of its own type. */
export function inferTyped(c: Inference, e: TypedExpression, infer: Infer): Cell {
  for (const { kind, ...accessor } of e.path) {
    if (!('index' in accessor)) continue
    const { index } = accessor
    mustBe(c, infer(c, index), 'long', { span: index.span, why: `an ${kind} is a long` })
  }
  const refused = refusal(e)
  if (refused) {
    c.shared.reporter.reportOnce(refused)
    return broken()
  }
  return known(e.kind === 'target' && isTargetText(e) ? 'string' : 'long', e.span)
}

/** The same for one that is stored in. Whether it may be is said where it is looked up. */
export function inferStoredTyped(c: Inference, e: TypedExpression, infer: Infer): Cell {
  return inferTyped(c, e, infer)
}

/** `@entry(e)`, `@defined(e)`, `@const("X")` and the like. */
export function inferOperator(c: Inference, e: OperatorExpression, infer: Infer): Cell {
  const [first] = e.arguments
  // What does not exist is no mistake inside @defined, so nothing in it is looked at here.
  if (e.name === '@defined') return known('long', e.span)
  if (e.name === '@entry' && first !== undefined) return infer(c, first)
  const refused = refusal(e)
  if (refused) c.shared.reporter.reportOnce(refused)
  return broken()
}

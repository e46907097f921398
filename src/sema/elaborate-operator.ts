import type { Expression, OperatorExpression } from '../syntax/ast.ts'
import type { CheckedExpression } from './checked.ts'
import { atEntry, isReturn } from './elaborate-target.ts'
import { type Elaboration, Entries, mistake, nothing, number } from './elaboration.ts'
import { refusal } from './refusal.ts'
import { Reporter } from './reporter.ts'
import { entryOutsideReturn } from './target-errors.ts'

type Elaborate = (b: Elaboration, e: Expression) => CheckedExpression

/** `@entry(e)`, `@defined(e)`, `@const("X")` and the like. */
export function elaborateOperator(
  b: Elaboration,
  e: OperatorExpression,
  elaborate: Elaborate,
): CheckedExpression {
  const [operand] = e.arguments
  if (e.name === '@defined') {
    return number(e.arguments.every(a => isDefined(b, a, elaborate)) ? 1n : 0n, e.span)
  }
  if (e.name === '@entry' && operand !== undefined) {
    if (b.point === undefined || !isReturn(b.point)) {
      return mistake(b, entryOutsideReturn(e.span, '@entry'))
    }
    return atEntry(b, elaborate({ ...b, atEntry: true }, operand))
  }
  const refused = refusal(e)
  if (refused) b.reporter.reportOnce(refused)
  return nothing(e.span)
}

/** Whether an expression means something at this point: it is built, and thrown away. */
function isDefined(b: Elaboration, e: Expression, elaborate: Elaborate): boolean {
  const reporter = new Reporter()
  const options = { ...b.options, suppressBadVars: false }
  elaborate({ ...b, reporter, options, entries: new Entries() }, e)
  return !reporter.failed
}

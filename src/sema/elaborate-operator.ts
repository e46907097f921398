import type { Expression, OperatorExpression } from '../syntax/ast.ts'
import type { CheckedExpression } from './checked.ts'
import { isReturn } from './component.ts'
import { elaborateConstant, elaborateEnum, elaborateEnumName } from './elaborate-constant.ts'
import { atEntry } from './elaborate-target.ts'
import { type Elaboration, Entries, mistake, number } from './elaboration.ts'
import { Reporter } from './reporter.ts'
import {
  entryInEntry,
  entryOutsideReturn,
  literalNeeded,
  unexpectedProbeWrite,
  unknownCounter,
} from './target-errors.ts'
import { walkStatement } from './walk.ts'

type Elaborate = (b: Elaboration, e: Expression) => CheckedExpression

/** `@entry(e)`, `@defined(e)`, `@const("X")` and the like. */
export function elaborateOperator(
  b: Elaboration,
  e: OperatorExpression,
  elaborate: Elaborate,
): CheckedExpression {
  const [first, second] = e.arguments
  const { span } = e
  switch (e.name) {
    case '@defined':
      return number(e.arguments.every(a => isDefined(b, a, elaborate)) ? 1n : 0n, span)
    case '@entry':
      return elaborateEntry(b, e, elaborate)
    case '@const':
      return elaborateConstant(b, e)
    case '@enum':
      return elaborateEnum(b, e)
    case '@enumname':
      return elaborateEnumName(b, e, second && elaborate(b, second))
    case '@perf': {
      const counter = first?.kind === 'string' ? first.value : ''
      if (!b.casts.counters.has(counter)) return mistake(b, unknownCounter(span, counter))
      return { kind: 'perf-counter', type: 'long', counter, span }
    }
    case '@probewrite':
      return probeWrite(b, e)
    case '@kregister':
    case '@uregister': {
      if (first?.kind !== 'number') return mistake(b, literalNeeded(span, `what ${e.name} takes`))
      const user = e.name === '@uregister'
      return { kind: 'register', type: 'long', number: Number(first.value), user, span }
    }
    case '@kderef':
    case '@uderef':
      return dereference(b, e, second && elaborate(b, second))
    default:
      return number(0n, span)
  }
}

function elaborateEntry(
  b: Elaboration,
  e: OperatorExpression,
  elaborate: Elaborate,
): CheckedExpression {
  const [operand] = e.arguments
  if (operand === undefined || b.point === undefined || !isReturn(b.point)) {
    return mistake(b, entryOutsideReturn(e.span, '@entry'))
  }
  if (b.atEntry) return mistake(b, entryInEntry(e.span))
  return atEntry(b, elaborate({ ...b, atEntry: true }, operand))
}

/** Whether an expression means something at this point: it is built, and thrown away. */
function isDefined(b: Elaboration, e: Expression, elaborate: Elaborate): boolean {
  const reporter = new Reporter()
  const options = { ...b.options, suppressBadVars: false }
  elaborate({ ...b, reporter, options, entries: new Entries() }, e)
  return !reporter.failed
}

/** `@kderef(4, address)` */
function dereference(
  b: Elaboration,
  e: OperatorExpression,
  address: CheckedExpression | undefined,
): CheckedExpression {
  const [size] = e.arguments
  const bytes = size?.kind === 'number' ? Number(size.value) : 0
  if (address === undefined || (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8)) {
    return mistake(b, literalNeeded(size?.span ?? e.span, `the size (1, 2, 4 or 8) of ${e.name}`))
  }
  const user = e.name === '@uderef'
  return { kind: 'load', type: 'long', address, size: bytes, signed: false, user, span: e.span }
}

/** In a part of an alias: whether the probe, or another part, stores in a variable. */
function probeWrite(b: Elaboration, e: OperatorExpression): CheckedExpression {
  const [name] = e.arguments
  const { owner } = b
  if (owner.kind !== 'handler' || owner.parts.length < 2 || name?.kind !== 'name') {
    return mistake(b, unexpectedProbeWrite(e.span))
  }
  const others = owner.parts.filter(({ block: { span } }) => {
    return span.source !== e.span.source || e.span.start < span.start || e.span.end > span.end
  })
  let written = false
  for (const { block } of others) {
    walkStatement(block, inner => {
      if (inner.kind !== 'assign' && inner.kind !== 'increment') return
      if (inner.target.kind === 'name' && inner.target.name === name.name) written = true
    })
  }
  return number(written ? 1n : 0n, e.span)
}

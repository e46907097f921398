import type { CheckedExpression } from '../../sema/checked.ts'
import { number, register } from '../instruction.ts'
import type { Operand } from '../ir.ts'
import { lowerAssign, lowerIncrement } from './assign.ts'
import type { Builder } from './builder.ts'
import { lowerCall } from './call.ts'
import { lowerElement, lowerIn } from './element.ts'
import { lowerConditional, lowerLogic } from './logic.ts'
import { lowerMatch } from './match.ts'
import { lowerBinary, lowerUnary } from './operator.ts'
import { lowerPrint } from './print.ts'
import { lowerAccumulate, lowerAggregate, lowerBucket, lowerPrintHistogram } from './statistic.ts'
import { lowerTarget } from './target.ts'

export function lowerValue(b: Builder, e: CheckedExpression): Operand {
  switch (e.kind) {
    case 'number':
      return number(e.value)
    case 'string':
      return { kind: 'text', value: e.value }
    case 'local':
      return register(b.local(e.local))
    case 'global':
      return b.globalGet(e.global, e.type)
    case 'element':
      return lowerElement(b, e)
    case 'call':
      return lowerCall(b, e, { discarded: false })
    case 'print':
      return lowerPrint(b, e)
    case 'unary':
      return lowerUnary(b, e)
    case 'increment':
      return lowerIncrement(b, e, { discarded: false })
    case 'binary':
      if (e.operator === '&&' || e.operator === '||') return lowerLogic(b, e)
      return lowerBinary(b, e)
    case 'in':
      return lowerIn(b, e)
    case 'conditional':
      return lowerConditional(b, e)
    case 'assign':
      return lowerAssign(b, e)
    case 'argument':
    case 'result':
    case 'entry':
    case 'load':
    case 'address':
      return lowerTarget(b, e)
    case 'match':
      return lowerMatch(b, e)
    case 'accumulate':
      return lowerAccumulate(b, e)
    case 'aggregate':
      return lowerAggregate(b, e)
    case 'bucket':
    case 'in-histogram':
      return lowerBucket(b, e)
    case 'print-histogram':
      return lowerPrintHistogram(b, e)
    case 'quoted-string':
    case 'enum-name':
    case 'symbol':
    case 'register':
    case 'context':
    case 'set-context':
      return lowerTarget(b, e)
    case 'embedded':
    case 'store':
    case 'set-value':
    case 'perf-counter':
      throw new Error(`'${e.kind}' reached the translation to IR`)
  }
}

/** An expression that stands as a statement. */
export function lowerEffect(b: Builder, e: CheckedExpression): void {
  if (e.kind === 'increment') lowerIncrement(b, e, { discarded: true })
  else if (e.kind === 'call') lowerCall(b, e, { discarded: true })
  else b.value(e)
}

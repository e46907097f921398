import type {
  CheckedExpression,
  CheckedForeach,
  CheckedStatement,
  Global,
  Variable,
} from '../../sema/checked.ts'
import type { Span } from '../../text/source.ts'
import { register } from '../instruction.ts'
import type { BlockId, Reg } from '../ir.ts'
import { assignVariable } from './assign.ts'
import type { Builder } from './builder.ts'
import { keyValues } from './order.ts'
import { lowerHistogramForeach } from './statistic.ts'

type While = Extract<CheckedStatement, { kind: 'while' }>
type For = Extract<CheckedStatement, { kind: 'for' }>

export function lowerWhile(b: Builder, s: While): void {
  loop(b, { span: s.span, test: s.test, body: s.body })
}

export function lowerFor(b: Builder, s: For): void {
  if (s.start !== undefined) b.effect(s.start)
  loop(b, s)
}

interface LoopParts {
  readonly span: Span
  readonly test?: CheckedExpression
  readonly step?: CheckedExpression
  readonly body: CheckedStatement
}

function loop(b: Builder, { span, test, step, body }: LoopParts): void {
  const header = b.block()
  const inside = b.block()
  const after = b.block()
  const onContinue = step === undefined ? header : b.block()
  b.start(header)
  b.markLoop(span)
  if (test === undefined) b.jump(inside)
  else b.test(test, inside, after)
  b.start(inside)
  b.inLoop({ onBreak: after, onContinue }, () => b.statement(body))
  if (step !== undefined) {
    b.start(onContinue)
    b.effect(step)
  }
  b.jump(header)
  b.start(after)
}

export function lowerForeach(b: Builder, s: CheckedForeach): void {
  const { array } = s
  if (array.kind === 'histogram') {
    lowerHistogramForeach(b, s, array)
    return
  }
  const iteration = b.iteration()
  open(b, s, array, iteration)
  const header = b.block()
  const inside = b.block()
  const after = b.block()
  b.start(header)
  b.markLoop(s.span)
  next(b, s, iteration, { inside, after })
  b.inLoop({ onBreak: after, onContinue: header }, () => b.statement(s.body))
  b.jump(header)
  b.start(after)
}

function open(b: Builder, s: CheckedForeach, array: Global, iteration: number): void {
  const slice = s.slice && keyValues(b, s.slice)
  const limit = s.limit && b.value(s.limit)
  b.emit({
    op: 'iterate',
    iteration,
    array,
    ...(slice && { slice }),
    ...(s.sort && { sort: s.sort }),
    ...(limit && { limit }),
    span: s.span,
  })
}

function next(
  b: Builder,
  s: CheckedForeach,
  iteration: number,
  { inside: then, after: otherwise }: { inside: BlockId; after: BlockId },
): void {
  const variables = [...s.keys, ...(s.value === undefined ? [] : [s.value])]
  const registers = variables.map(variable => place(b, variable))
  const keys = registers.slice(0, s.keys.length)
  const value = registers[s.keys.length]
  const found = b.make('long', to => ({
    op: 'iterate-next',
    iteration,
    to,
    keys,
    ...(value !== undefined && { value }),
  }))
  b.end({ op: 'branch', test: found, then, otherwise })
  b.start(then)
  variables.forEach((variable, i) => {
    const from = registers[i]
    if (variable.kind === 'global' && from !== undefined) {
      assignVariable(b, variable, register(from))
    }
  })
}

/** Where the next element puts it: a local's own register, or one to set a global from. */
function place(b: Builder, variable: Variable): Reg {
  if (variable.kind === 'local') return b.local(variable.local)
  return b.temporary(variable.type)
}

import type { TargetExpression } from '../syntax/ast.ts'
import type { CheckedExpression, CheckedProbe } from './checked.ts'
import { elaborateStatement } from './elaborate.ts'
import { elaborate } from './elaborate-expression.ts'
import { type Elaboration, Entries, localsOf, nothing, shapeOf } from './elaboration.ts'
import { refusal } from './refusal.ts'
import type { HandlerCondition, HandlerPoint, HandlerSymbol } from './symbol.ts'
import { resolveTarget, scalarOf } from './target.ts'
import { isTargetText } from './target-text.ts'
import { walkExpression, walkStatement } from './walk.ts'

type Shared = Pick<Elaboration, 'kernel' | 'names' | 'objects' | 'reporter' | 'options'>

/**
 * Builds a handler, once for all points at which its target variables come down to the same
 * thing: a body for many functions may read another argument, or another layout, in each.
 */
export function buildHandler(shared: Shared, handler: HandlerSymbol): readonly CheckedProbe[] {
  const targets = targetsOf(handler)
  const groups = new Map<string, HandlerPoint[]>()
  for (const p of handler.points) {
    const key = keyOf(shared, p, targets)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [p])
    else group.push(p)
  }
  const locals = localsOf(handler)
  return [...groups.values()].flatMap(group => {
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

function targetsOf(handler: HandlerSymbol): readonly TargetExpression[] {
  const targets: TargetExpression[] = []
  const take: Parameters<typeof walkStatement>[1] = e => {
    if (e.kind === 'target' && !refusal(e)) targets.push(e)
  }
  for (const { block } of handler.parts) walkStatement(block, take)
  for (const c of new Set(handler.points.flatMap(p => p.conditions))) {
    walkExpression(c.expression, take)
  }
  return targets
}

/** Equal for points that can share one body. */
function keyOf(
  { kernel }: Shared,
  { point, conditions }: HandlerPoint,
  targets: readonly TargetExpression[],
): string {
  const keys = [family(point), ...conditions.map(conditionKey)]
  for (const e of targets) {
    if (isTargetText(e)) keys.push(textKey(kernel, point))
    else {
      const found = resolveTarget({ kernel, point }, e, i => nothing(i.span))
      keys.push('code' in found ? `no ${found.code}` : shapeOf(found))
    }
  }
  return keys.join('\n')
}

/** `$$vars` reads all parameters; `$$name` and `$$system` are of one tracepoint. */
function textKey(kernel: Shared['kernel'], point: HandlerPoint['point']): string {
  const { types } = kernel
  if ((point.kind !== 'function' && point.kind !== 'tracepoint') || !point.prototype) return 'none'
  const { parameters, result } = point.prototype
  const all = [...parameters, { name: 'return', type: result }]
  const sizes = all.map(
    p => `${p.name}:${JSON.stringify(types && scalarOf(types.resolve(p.type)))}`,
  )
  return `${point.kind === 'tracepoint' ? point.text : ''} ${sizes.join()}`
}

/** Handlers of one family run in one place: outside the kernel, or in one kind of program. */
function family(point: HandlerPoint['point']): string {
  switch (point.kind) {
    case 'function':
      return `${point.kind} ${point.at}`
    case 'tracepoint':
      return point.kind
    case 'begin':
    case 'end':
    case 'error':
    case 'never':
    case 'timer':
    case 'procfs':
    case 'input':
      return 'session'
    case 'address':
    case 'watch':
    case 'process':
    case 'user':
    case 'perf':
    case 'profile':
    case 'netfilter':
      return `${point.kind} ${'at' in point ? point.at : ''}`
  }
}

function conditionKey({ expression }: HandlerCondition): string {
  const { source, start } = expression.span
  return `if ${source.name}:${start}`
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

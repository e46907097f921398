import type { CastExpression, Expression, TargetExpression } from '../syntax/ast.ts'
import type { ResolvedPoint } from './checked.ts'
import { nothing, shapeOf } from './elaboration.ts'
import type { KernelView } from './kernel-view.ts'
import { addressOf, read, scalarOf } from './location.ts'
import type { HandlerCondition, HandlerPoint, HandlerSymbol } from './symbol.ts'
import { locateTarget } from './target.ts'
import { isTargetText } from './target-text.ts'
import { walkExpression, walkStatement } from './walk.ts'

/** What the meaning of a handler hangs on that differs between points. */
interface Uses {
  readonly targets: readonly TargetExpression[]
  readonly casts: readonly CastExpression[]
  /** C types count, and not only where values are: `p->f` on a stored pointer, or `$x$`. */
  readonly typed: boolean
}

/** The points of a handler in groups: those of one group can share one body. */
export function groupPoints(
  kernel: KernelView,
  handler: HandlerSymbol,
): readonly (readonly HandlerPoint[])[] {
  const uses = usesOf(handler)
  const groups = new Map<string, HandlerPoint[]>()
  for (const p of handler.points) {
    const key = keyOf(kernel, p, uses)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [p])
    else group.push(p)
  }
  return [...groups.values()]
}

function usesOf(handler: HandlerSymbol): Uses {
  const targets: TargetExpression[] = []
  const casts: CastExpression[] = []
  let typed = false
  const take = (e: Expression): void => {
    if (e.kind === 'target') targets.push(e)
    if (e.kind === 'cast' && e.module === undefined) casts.push(e)
    if (e.kind === 'member' || ('pretty' in e && e.pretty > 0)) typed = true
  }
  for (const { block } of handler.parts) walkStatement(block, take)
  for (const c of new Set(handler.points.flatMap(p => p.conditions))) {
    walkExpression(c.expression, take)
  }
  return { targets, casts, typed }
}

/** Equal for points that can share one body. */
function keyOf(kernel: KernelView, { point, conditions }: HandlerPoint, uses: Uses): string {
  const keys = [family(point), ...conditions.map(conditionKey)]
  for (const e of uses.targets) {
    keys.push(
      isTargetText(e) ? textKey(kernel, point, uses) : targetKey(kernel, point, { e, uses }),
    )
  }
  // Without a module of its own, a cast means a type of the probed module.
  if (uses.casts.length > 0 && point.kind === 'function') keys.push(`in ${point.module ?? ''}`)
  return keys.join('\n')
}

function targetKey(
  kernel: KernelView,
  point: ResolvedPoint,
  { e, uses }: { readonly e: TargetExpression; readonly uses: Uses },
): string {
  const { types } = kernel
  const at = locateTarget({ kernel, point }, e, i => nothing(i.span))
  if ('code' in at) return `no ${at.code}`
  if (types === undefined) return 'no types'
  const type = uses.typed ? `${types.spell(at.type)} ${at.type}` : ''
  const value = e.addressOf ? addressOf(at, e.name, e.span) : read(types, at, e.span)
  if (!('code' in value)) return `${type} ${shapeOf(value)}`
  return e.pretty > 0 && at.kind === 'memory'
    ? `${type} ${shapeOf(at.address.base)} ${at.address.offset}`
    : `no ${value.code}`
}

/** `$$vars` reads all parameters; `$$name` and `$$system` are of one tracepoint. */
function textKey(kernel: KernelView, point: ResolvedPoint, { typed }: Uses): string {
  const { types } = kernel
  if ((point.kind !== 'function' && point.kind !== 'tracepoint') || !point.prototype) return 'none'
  const { parameters, result } = point.prototype
  const all = [...parameters, { name: 'return', type: result }]
  const sizes = all.map(p => {
    const type = typed ? p.type : ''
    return `${p.name}:${type}${JSON.stringify(types && scalarOf(types.resolve(p.type)))}`
  })
  return `${point.kind === 'tracepoint' ? point.text : ''} ${sizes.join()}`
}

/** Handlers of one family run in one place: outside the kernel, or in one kind of program. */
function family(point: ResolvedPoint): string {
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

import type { Expression, OperatorExpression, Statement } from '../syntax/ast.ts'
import type { ResolvedPoint } from './checked.ts'
import { groupPoints } from './handler-groups.ts'
import type { KernelView } from './kernel-view.ts'
import { mapOperands, mapStatement } from './rewrite.ts'
import type { FunctionSymbol, GlobalSymbol, HandlerSymbol, OwnerSymbol, Scope } from './symbol.ts'
import { walkExpression, walkStatement } from './walk.ts'

/** Whether what a `@defined` asks about is there, at one point of a handler. */
export type AskDefined = (
  e: OperatorExpression,
  at: {
    readonly owner: OwnerSymbol
    readonly scope: Scope
    readonly point: ResolvedPoint | undefined
  },
) => boolean

/**
 * Works out `@defined` before names and types are looked for: what it rules out may have other
 * types, and name what does not exist. A handler whose points differ in it becomes several.
 */
export function foldHandlers(
  kernel: KernelView,
  handlers: readonly HandlerSymbol[],
  ask: AskDefined,
): readonly HandlerSymbol[] {
  return handlers.flatMap(handler => {
    if (!handler.parts.some(p => asks(p.block))) return [handler]
    return groupPoints(kernel, handler).map(points => {
      const own = {
        locals: new Map(),
        calls: new Set<FunctionSymbol>(),
        changes: new Set<GlobalSymbol>(),
      }
      const owner: HandlerSymbol = { ...handler, ...own, points }
      const point = points[0]?.point
      const parts = handler.parts.map(({ scope, block }) => {
        const folded = foldStatement(e => ask(e, { owner, scope, point }), block)
        return {
          scope,
          block: folded.kind === 'block' ? folded : { ...block, statements: [folded] },
        }
      })
      return { ...owner, parts }
    })
  })
}

/** The same in the body of a function, where there are no target variables but casts. */
export function foldFunction(f: FunctionSymbol, ask: AskDefined): void {
  const { body, scope } = f
  if (body.kind === 'embedded' || !asks(body)) return
  const folded = foldStatement(e => ask(e, { owner: f, scope, point: undefined }), body)
  if (folded.kind === 'block') f.body = folded
}

type Ask = (e: OperatorExpression) => boolean

/** What hangs on the type of a stored pointer is not known so early. */
function isQuestion(e: Expression): e is OperatorExpression {
  if (e.kind !== 'operator' || e.name !== '@defined') return false
  let stored = false
  walkExpression(e, inner => {
    if (inner.kind === 'member') stored = true
  })
  return !stored
}

function asks(s: Statement): boolean {
  let found = false
  walkStatement(s, e => {
    found ||= isQuestion(e)
  })
  return found
}

function foldStatement(ask: Ask, s: Statement): Statement {
  const mapped = mapStatement(
    s,
    e => fold(ask, e),
    inner => (s.kind === 'if' ? inner : foldStatement(ask, inner)),
  )
  if (mapped.kind !== 'if' || s.kind !== 'if') return mapped
  const { test, then, otherwise } = mapped
  // Only what the script decides by @defined is decided here: `if (0)` is checked on both sides.
  if (test.kind !== 'number' || s.test.kind === 'number') {
    return mapStatement(
      mapped,
      e => e,
      inner => foldStatement(ask, inner),
    )
  }
  const taken = test.value === 0n ? otherwise : then
  return taken === undefined
    ? { kind: 'block', statements: [], span: s.span }
    : foldStatement(ask, taken)
}

function fold(ask: Ask, e: Expression): Expression {
  if (isQuestion(e)) return number(ask(e), e)
  switch (e.kind) {
    case 'conditional': {
      const test = fold(ask, e.test)
      if (test.kind === 'number' && test !== e.test) {
        return fold(ask, test.value === 0n ? e.otherwise : e.then)
      }
      const then = fold(ask, e.then)
      return { ...e, test, then, otherwise: fold(ask, e.otherwise) }
    }
    case 'unary': {
      const operand = fold(ask, e.operand)
      const decided = e.operator === '!' && operand.kind === 'number' && operand !== e.operand
      return decided ? number(operand.value === 0n, e) : { ...e, operand }
    }
    case 'binary':
      return foldLogic(ask, e)
    default:
      return mapOperands(e, operand => fold(ask, operand))
  }
}

function foldLogic(ask: Ask, e: Extract<Expression, { kind: 'binary' }>): Expression {
  const left = fold(ask, e.left)
  const decided = left.kind === 'number' && left !== e.left
  if (decided && e.operator === '&&' && left.value === 0n) return number(false, e)
  if (decided && e.operator === '||' && left.value !== 0n) return number(true, e)
  const right = fold(ask, e.right)
  if (decided && (e.operator === '&&' || e.operator === '||')) {
    if (right.kind === 'number' && right !== e.right) return number(right.value !== 0n, e)
  }
  return { ...e, left, right }
}

function number(value: boolean, { span }: Expression): Expression {
  return { kind: 'number', value: value ? 1n : 0n, span }
}

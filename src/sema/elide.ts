import type { AssignExpression, Block, Expression, Statement } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { type EffectPlace, effectsOf, hasEffect } from './effect.ts'
import { elidedAssignment, elidedExpression, elidedProbe, idleFunction } from './errors.ts'
import type { Reporter } from './reporter.ts'
import { mapOperands, mapStatement } from './rewrite.ts'
import type { Names } from './scope.ts'
import type { FunctionSymbol, HandlerSymbol, OwnerSymbol, Scope } from './symbol.ts'
import { walkStatement } from './walk.ts'

/** What is left out may leave something else without a use; so far it is followed. */
const MAX_ROUNDS = 64

interface Elision {
  readonly names: Names
  readonly reporter: Reporter
}

/**
 * Leaves out what has no effect, as SystemTap does before it looks for types: assignments to
 * locals that nothing reads, expressions that only give a value which nobody takes, and what
 * stands around nothing then. Gives the handlers that have something left to do.
 */
export function elide(
  x: Elision,
  handlers: readonly HandlerSymbol[],
  functions: readonly FunctionSymbol[],
): readonly HandlerSymbol[] {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const effects = effectsOf(x.names, functions)
    let changed = false
    for (const f of functions) changed = elideFunction({ ...x, effects }, f) || changed
    for (const h of handlers) changed = elideHandler({ ...x, effects }, h) || changed
    if (!changed) break
  }
  return handlers.filter(h => {
    const idle = h.parts.every(p => isNothing(p.block)) && !h.points.some(isCounter)
    if (idle) x.reporter.report(elidedProbe(h.span, h.points[0]?.point.text ?? ''))
    return !idle
  })
}

/** What counts for `@perf` does so without a handler. */
function isCounter({ point }: HandlerSymbol['points'][number]): boolean {
  return point.kind === 'perf' && point.counter !== undefined
}

type Round = Elision & Pick<EffectPlace, 'effects'>

function elideFunction(x: Round, f: FunctionSymbol): boolean {
  if (f.body.kind === 'embedded') return false
  const used = namesRead(x, f, [{ scope: f.scope, block: f.body }])
  const left = asBlock(elideStatement({ ...x, owner: f, scope: f.scope, used }, f.body), f.body)
  const changed = left !== f.body
  if (changed && isNothing(left) && f.scope.origin === 'script') {
    x.reporter.report(idleFunction(f.item.nameSpan, f.name))
  }
  f.body = left
  return changed
}

function elideHandler(x: Round, h: HandlerSymbol): boolean {
  const used = namesRead(x, h, h.parts)
  const parts = h.parts.map(part => {
    const { scope, block } = part
    const left = asBlock(elideStatement({ ...x, owner: h, scope, used }, block), block)
    return left === block ? part : { scope, block: left }
  })
  const changed = parts.some((p, i) => p !== h.parts[i])
  if (changed) h.parts = parts
  return changed
}

/** Names of locals whose value something takes. */
function namesRead(
  x: Round,
  owner: OwnerSymbol,
  parts: HandlerSymbol['parts'],
): ReadonlySet<string> {
  const read = new Set<string>()
  for (const { scope, block } of parts) {
    const targets = new Set<Expression>()
    const place = { ...x, owner, scope }
    walkStatement(block, e => {
      if (isPlain(e) && isLocal(place, e.target.name)) targets.add(e.target)
      if (e.kind === 'name' && !targets.has(e)) read.add(e.name)
    })
  }
  return read
}

interface Place extends Round {
  readonly owner: OwnerSymbol
  readonly scope: Scope
  readonly used: ReadonlySet<string>
}

type PlainAssignment = AssignExpression & { readonly target: { readonly kind: 'name' } }

function isPlain(e: Expression): e is PlainAssignment {
  return e.kind === 'assign' && e.operator === '=' && e.target.kind === 'name'
}

function isLocal(x: Pick<Place, 'names' | 'owner' | 'scope'>, name: string): boolean {
  return x.owner.locals.get(name)?.parameter || x.names.global(name, x.scope) === undefined
}

/** The statement itself where there is nothing to leave out. */
function elideStatement(x: Place, s: Statement): Statement {
  let changed = false
  const left = mapStatement(
    s,
    e => noted(e, elideExpression(x, e)),
    inner => noted(inner, elideStatement(x, inner)),
  )
  // An assignment that was left out was spoken of: not again of the value that is left of it.
  const kept = simplify(x, left, { spoken: changed })
  return changed || kept !== left ? kept : s

  function noted<T>(before: T, after: T): T {
    if (before !== after) changed = true
    return after
  }
}

/** The expression itself where there is nothing to leave out. */
function elideExpression(x: Place, e: Expression): Expression {
  if (isPlain(e) && !x.used.has(e.target.name) && isLocal(x, e.target.name)) {
    warn(x, elidedAssignment(e.span, e.target.name))
    return elideExpression(x, e.value)
  }
  let changed = false
  const left = mapOperands(e, operand => {
    const inner = elideExpression(x, operand)
    if (inner !== operand) changed = true
    return inner
  })
  return changed ? left : e
}

/** A statement whose parts have been looked at, or nothing where it does nothing. */
function simplify(x: Place, s: Statement, { spoken }: { spoken: boolean }): Statement {
  switch (s.kind) {
    case 'block': {
      const statements = s.statements.filter(inner => !isNothing(inner))
      return statements.length === s.statements.length ? s : { ...s, statements }
    }
    case 'expression': {
      if (hasEffect(x, s.expression)) return s
      if (!spoken) warn(x, elidedExpression(s.expression.span))
      return nothing(s)
    }
    case 'if': {
      const idle = isNothing(s.then) && (s.otherwise === undefined || isNothing(s.otherwise))
      if (!idle) return s
      return hasEffect(x, s.test)
        ? { kind: 'expression', expression: s.test, span: s.span }
        : nothing(s)
    }
    case 'while':
      return isNothing(s.body) && !hasEffect(x, s.test) ? nothing(s) : s
    case 'for': {
      const acts = [s.start, s.test, s.step].some(e => e !== undefined && hasEffect(x, e))
      return isNothing(s.body) && !acts ? nothing(s) : s
    }
    case 'foreach': {
      const acts = s.limit !== undefined && hasEffect(x, s.limit)
      return isNothing(s.body) && !acts ? nothing(s) : s
    }
    case 'try':
      return isNothing(s.body) ? nothing(s) : s
    case 'break':
    case 'continue':
    case 'next':
    case 'return':
    case 'delete':
    case 'empty':
    case 'embedded':
      return s
  }
}

function isNothing(s: Statement): boolean {
  return s.kind === 'empty' || (s.kind === 'block' && s.statements.every(isNothing))
}

function nothing(s: Statement): Block {
  return { kind: 'block', statements: [], span: s.span }
}

function asBlock(s: Statement, like: Block): Block {
  return s.kind === 'block' ? s : { ...like, statements: isNothing(s) ? [] : [s] }
}

/** What an alias of the library offers and nobody takes is no news. */
function warn(x: Place, diagnostic: Diagnostic): void {
  if (x.scope.origin === 'script') x.reporter.report(diagnostic)
}

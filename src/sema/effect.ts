import type { Expression, Statement } from '../syntax/ast.ts'
import { isPureNative, pragmasOf } from './pragmas.ts'
import type { Names } from './scope.ts'
import type { FunctionSymbol, Scope } from './symbol.ts'
import { expressionsOf, statementsOf, walkExpression } from './walk.ts'

/** Functions that do something besides giving a value; grows while it is found out. */
export type Effects = ReadonlySet<FunctionSymbol>

/** Finds those of the functions that have an effect, by themselves or by what they call. */
export function effectsOf(names: Names, functions: readonly FunctionSymbol[]): Effects {
  const found = new Set<FunctionSymbol>()
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const f of functions) if (!found.has(f) && acts(names, found, f)) found.add(f)
  }
  return found
}

function acts(names: Names, found: Effects, f: FunctionSymbol): boolean {
  const { body } = f
  if (body.kind !== 'embedded')
    return statementActs({ names, effects: found, scope: f.scope }, body)
  return f.native ? !isPureNative(body.text, f.item.type !== undefined) : !f.pragmas?.pure
}

/** Where an effect is asked about. */
export interface EffectPlace {
  readonly names: Names
  readonly effects: Effects
  readonly scope: Scope
}

/** Whether running a statement changes or shows something outside the function that it is in. */
function statementActs(x: EffectPlace, s: Statement): boolean {
  if (s.kind === 'delete') return true
  if (s.kind === 'embedded') return !pragmasOf(s.text).pure
  if (expressionsOf(s).some(e => changesMore(x, e))) return true
  return statementsOf(s).some(inner => statementActs(x, inner))
}

/** As `hasEffect`, but for locals, which nobody sees outside. */
function changesMore(x: EffectPlace, e: Expression): boolean {
  return anywhere(e, inner => {
    if (inner.kind !== 'assign' && inner.kind !== 'increment') return ownEffect(x, inner)
    const { target } = inner
    return target.kind !== 'name' || x.names.global(target.name, x.scope) !== undefined
  })
}

/** Whether working out an expression does more than giving a value. */
export function hasEffect(x: EffectPlace, e: Expression): boolean {
  return anywhere(e, inner => {
    return inner.kind === 'assign' || inner.kind === 'increment' || ownEffect(x, inner)
  })
}

function ownEffect(x: EffectPlace, e: Expression): boolean {
  switch (e.kind) {
    case 'print':
      return !e.name.startsWith('s')
    case 'call':
      return x.names.candidates(e.name, e.arguments.length, x.scope).some(f => x.effects.has(f))
    case 'embedded':
      return !pragmasOf(e.text).pure
    default:
      return false
  }
}

function anywhere(e: Expression, test: (e: Expression) => boolean): boolean {
  let found = false
  walkExpression(e, inner => {
    found ||= test(inner)
  })
  return found
}

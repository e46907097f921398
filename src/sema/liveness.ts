import type { Block, Expression, Statement } from '../syntax/ast.ts'
import type { HandlerPart } from './symbol.ts'
import { walkExpression, walkStatement } from './walk.ts'

/**
 * Leaves out, of what aliases put around a body, assignments to variables that nothing reads: an
 * alias offers more than a script takes, and what is not taken need not exist in this kernel.
 */
export function dropUnused(
  parts: readonly HandlerPart[],
  own: HandlerPart,
): readonly HandlerPart[] {
  if (parts.length === 1) return parts
  for (let left = parts; ; ) {
    const used = namesRead(left)
    const next = left.map(p => (p === own ? p : { ...p, block: without(p.block, used) }))
    if (size(next) === size(left)) return next
    left = next
  }
}

function without(block: Block, used: ReadonlySet<string>): Block {
  return { ...block, statements: block.statements.filter(s => !isUnused(s, used)) }
}

function isUnused(s: Statement, used: ReadonlySet<string>): boolean {
  const target = assignedName(s)
  return target !== undefined && !used.has(target)
}

function assignedName(s: Statement): string | undefined {
  if (s.kind !== 'expression' || s.expression.kind !== 'assign') return undefined
  const { operator, target, value } = s.expression
  if (operator !== '=' || target.kind !== 'name' || hasEffect(value)) return undefined
  return target.name
}

function hasEffect(e: Expression): boolean {
  let effect = false
  walkExpression(e, inner => {
    if (inner.kind === 'assign' || inner.kind === 'increment') effect = true
    if (inner.kind === 'print' && !inner.name.startsWith('s')) effect = true
  })
  return effect
}

/** Every name in the parts but those that a statement only stores in. */
function namesRead(parts: readonly HandlerPart[]): ReadonlySet<string> {
  const used = new Set<string>()
  for (const { block } of parts) {
    for (const s of block.statements) {
      const target = assignedName(s) === undefined ? undefined : targetOf(s)
      walkStatement(s, e => {
        if (e.kind === 'name' && e !== target) used.add(e.name)
      })
    }
  }
  return used
}

function targetOf(s: Statement): Expression | undefined {
  return s.kind === 'expression' && s.expression.kind === 'assign' ? s.expression.target : undefined
}

function size(parts: readonly HandlerPart[]): number {
  return parts.reduce((sum, p) => sum + p.block.statements.length, 0)
}

import type { TargetExpression } from '../syntax/ast.ts'

const TEXTS: ReadonlySet<string> = new Set([
  '$$vars',
  '$$parms',
  '$$locals',
  '$$return',
  '$$name',
  '$$system',
  '$$provider',
])

/** Whether a target variable is one of those that are text: `$$vars`, `$$name` and so on. */
export function isTargetText(e: TargetExpression): boolean {
  return TEXTS.has(e.name)
}

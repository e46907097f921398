import type { CheckedExpression } from '../../sema/checked.ts'
import type { Operand } from '../ir.ts'
import type { Builder } from './builder.ts'

type Context = Extract<CheckedExpression, { kind: 'context' }>
type SetContext = Extract<CheckedExpression, { kind: 'set-context' }>

/** `$value` of procfs and input: the one variable of a point that no kernel program has. */
export function lowerContext(b: Builder, e: Context): Operand {
  expectFileText(e)
  return b.context('value')
}

/**
 * `$value .= "x"` adds in the file's buffer, which may hold more than a string does: so it is not
 * read, put together and stored.
 */
export function lowerSetContext(b: Builder, e: SetContext): Operand {
  expectFileText(e)
  const { value } = e
  if (value.kind === 'binary' && value.operator === '.' && value.left.kind === 'context') {
    b.emit({ op: 'reply', value: b.value(value.right), append: true })
    return b.context('value')
  }
  const whole = b.value(value)
  b.emit({ op: 'reply', value: whole, append: false })
  return whole
}

/** The name of the variable, which `unsupported` lets pass too. */
export const FILE_TEXT = '$value'

function expectFileText({ kind, name }: Context | SetContext): void {
  if (name !== FILE_TEXT) throw new Error(`'${kind}' of ${name} reached the translation to IR`)
}

import type { Expression } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { notSupported } from './errors.ts'

/** Why this version cannot do with an expression; undefined for what it can. */
export function refusal(e: Expression): Diagnostic | undefined {
  switch (e.kind) {
    case 'member':
      return notSupported(e.span, "'->' on a value without a '$' is not supported")
    case 'cast':
      return notSupported(e.span, '@cast is not supported')
    case 'operator':
      if (e.name === '@defined' || e.name === '@entry') return undefined
      return notSupported(e.span, `${e.name} is not supported`)
    case 'target':
      if (e.variable !== undefined) return notSupported(e.span, '@var is not supported')
      if (e.pretty === 0) return undefined
      return notSupported(
        e.span,
        `printing a whole struct ('${'$'.repeat(e.pretty)}') is not supported`,
      )
    default:
      return undefined
  }
}

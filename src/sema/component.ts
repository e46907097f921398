import type { PointComponent, ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import type { ResolvedPoint } from './checked.ts'
import { missingPointArgument, strayPointArgument, unknownSuffix } from './point-errors.ts'

/** What a probe point came down to. Without points there is at least one diagnostic. */
export interface Resolution {
  readonly points: readonly ResolvedPoint[]
  /** Functions that a wildcard matches and that cannot be probed. */
  readonly skipped: readonly Skipped[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface Skipped {
  readonly name: string
  readonly reason: string
}

export function found(
  points: readonly ResolvedPoint[],
  skipped: readonly Skipped[] = [],
): Resolution {
  return { points, skipped, diagnostics: [] }
}

export function refused(...diagnostics: readonly Diagnostic[]): Resolution {
  return { points: [], skipped: [], diagnostics }
}

/** A point as written, without its marks: `kernel.function("x").return`. */
export function pointText(components: readonly PointComponent[]): string {
  return components.map(componentText).join('.')
}

function componentText({ name, argument }: PointComponent): string {
  if (argument === undefined) return name
  return `${name}(${argument.kind === 'number' ? argument.value : JSON.stringify(argument.value)})`
}

/** The number in `name(…)`, or what is wrong. */
export function numberOf(c: PointComponent): bigint | Diagnostic {
  if (c.argument?.kind === 'number') return c.argument.value
  return missingPointArgument(c.argument?.span ?? c.span, c.name, `a number: ${c.name}(1)`)
}

/** The string in `name("…")` with its place, or what is wrong. */
export function textOf(
  c: PointComponent,
  example: string,
): { readonly value: string; readonly span: Span } | Diagnostic {
  if (c.argument?.kind === 'string') return c.argument
  return missingPointArgument(c.argument?.span ?? c.span, c.name, `a string: ${example}`)
}

/** What is wrong with components that should not be there, or have no argument. */
export function strayComponents(
  rest: readonly PointComponent[],
  after: string,
): Diagnostic | undefined {
  const [first] = rest
  return first && unknownSuffix(first.span, first.name, { after, near: [] })
}

export function strayArgument(c: PointComponent): Diagnostic | undefined {
  return c.argument && strayPointArgument(c.argument.span, c.name)
}

/** One component after another, with what is left. */
export function split(p: ProbePoint): {
  readonly first: PointComponent | undefined
  readonly rest: readonly PointComponent[]
} {
  const [first, ...rest] = p.components
  return { first, rest }
}

import type { PointComponent, ProbePoint, StringLiteral } from '../syntax/ast.ts'
import { printLiteral } from '../syntax/print-expression.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Span } from '../text/source.ts'
import type { ResolvedPoint } from './checked.ts'

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
  return `${name}(${argument.kind === 'number' ? argument.value : printLiteral(argument)})`
}

/** The number in `name(…)`, which the table of points has seen to be one. */
export function numberIn(p: ProbePoint, name: string): bigint | undefined {
  const argument = componentOf(p, name)?.argument
  return argument?.kind === 'number' ? argument.value : undefined
}

/** The string in `name("…")`, with its place. */
export function stringIn(p: ProbePoint, name: string): StringLiteral | undefined {
  const argument = componentOf(p, name)?.argument
  return argument?.kind === 'string' ? argument : undefined
}

export function componentOf(p: ProbePoint, name: string): PointComponent | undefined {
  return p.components.find(c => c.name === name)
}

/** Where an argument stands, or the component without one. */
export function placeOf(p: ProbePoint, name: string): Span {
  const component = componentOf(p, name)
  return component?.argument?.span ?? component?.span ?? p.span
}

/** `0x1234`, as addresses are written in points. */
export function hex(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16)}`
}

export function isReturn(point: ResolvedPoint): boolean {
  return (point.kind === 'function' || point.kind === 'user') && point.at === 'return'
}

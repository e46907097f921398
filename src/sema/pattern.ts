import type { StringLiteral } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { regexProblem } from '../text/regex.ts'
import type { Span } from '../text/source.ts'
import { badRegex } from './errors.ts'

/** What is wrong with the pattern of a `=~`, or nothing. */
export function badPattern(pattern: StringLiteral): Diagnostic | undefined {
  const problem = regexProblem(pattern.value)
  return problem && badRegex(within(pattern, problem), problem.text)
}

/** The part of a literal that is meant, where it is written without escapes or pieces. */
function within(
  { value, span }: StringLiteral,
  { start, end }: { readonly start: number; readonly end: number },
): Span {
  const written = span.source.text.slice(span.start, span.end)
  if (written !== `"${value}"`) return span
  const from = span.start + 1 + Math.min(start, value.length)
  const to = span.start + 1 + Math.max(start, Math.min(end, value.length))
  return span.source.span(from, Math.max(to, from + 1))
}

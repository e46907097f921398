import type {
  CheckedExpression,
  CheckedForeach,
  CheckedFunction,
  CheckedProgram,
  CheckedStatement,
  ResolvedPoint,
} from '../sema/checked.ts'
import { capturerOf } from '../text/capturer.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { matcherOf } from '../text/matcher.ts'
import type { Span } from '../text/source.ts'
import { notTranslated } from './errors.ts'
import { keepsCaptures, type Match } from './lower/match.ts'
import { walkProgram } from './walk.ts'

/**
 * What a script rightly says and this version cannot translate. Lowering takes only programs in
 * which this finds nothing.
 */
export function unsupported(program: CheckedProgram): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const report = (span: Span, what: string): void => {
    if (!found.some(d => d.span.source === span.source && d.span.start === span.start)) {
      found.push(notTranslated(span, what))
    }
  }
  for (const { points } of program.probes) {
    for (const point of points) {
      const what = pointWords(point)
      if (what !== undefined) report(point.span, what)
    }
  }
  walkProgram(program, {
    expression: e => {
      const what = e.kind === 'match' ? matchWords(e, program) : expressionWords(e)
      if (what !== undefined) report(e.span, what)
    },
    statement: (s, within) => {
      const at = statementProblem(s, within)
      if (at !== undefined) report(at.span, at.what)
    },
    embedded: f => report(f.span, 'embedded C'),
  })
  return found
}

function pointWords(point: ResolvedPoint): string | undefined {
  switch (point.kind) {
    case 'begin':
    case 'end':
    case 'error':
    case 'never':
    case 'timer':
    case 'function':
    case 'tracepoint':
      return undefined
    case 'address':
    case 'watch':
    case 'process':
    case 'user':
    case 'perf':
    case 'profile':
    case 'netfilter':
    case 'procfs':
    case 'input':
      return `the probe point ${point.text}`
  }
}

function expressionWords(e: CheckedExpression): string | undefined {
  switch (e.kind) {
    case 'embedded':
      return 'embedded C'
    case 'store':
    case 'set-value':
      return 'storing in a target variable'
    case 'context':
    case 'set-context':
      return e.name
    case 'quoted-string':
      return 'printing a whole struct'
    case 'enum-name':
      return '@enumname'
    case 'symbol':
      return 'a global variable of the kernel'
    case 'register':
      return 'reading a register'
    case 'perf-counter':
      return '@perf'
    case 'print':
      return e.onFault === undefined ? undefined : 'printing a whole struct'
    case 'call':
      return e.function.next === undefined ? undefined : "overloads that 'next' goes on to"
    default:
      return undefined
  }
}

/** A pattern whose machine would be too large is rare, and found out only by making it. */
function matchWords(e: Match, { functions }: CheckedProgram): string | undefined {
  const captures = keepsCaptures(e, functions)
  const machine = captures ? capturerOf(e.pattern) : matcherOf(e.pattern)
  return machine === undefined ? 'a pattern with so many repeats and choices' : undefined
}

function statementProblem(
  s: CheckedStatement,
  within: CheckedFunction | undefined,
): { readonly span: Span; readonly what: string } | undefined {
  switch (s.kind) {
    case 'foreach':
      return foreachProblem(s)
    case 'embedded':
      return { span: s.span, what: 'embedded C' }
    case 'next':
      return within && { span: s.span, what: "'next' in a function" }
    default:
      return undefined
  }
}

function foreachProblem(
  s: CheckedForeach,
): { readonly span: Span; readonly what: string } | undefined {
  return s.slice && { span: s.span, what: 'foreach over a part of an array' }
}

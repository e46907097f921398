import type { CheckedExpression, CheckedProgram, ResolvedPoint } from '../sema/checked.ts'
import { capturerOf } from '../text/capturer.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { matcherOf } from '../text/matcher.ts'
import { notTranslated, unwritable } from './errors.ts'
import { keepsCaptures, type Match } from './lower/match.ts'
import { walkProgram } from './walk.ts'

/**
 * What a script rightly says and this version cannot translate. Lowering takes only programs in
 * which this finds nothing.
 */
export function unsupported(program: CheckedProgram): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const report = (diagnostic: Diagnostic): void => {
    const { source, start } = diagnostic.span
    if (!found.some(d => d.span.source === source && d.span.start === start)) {
      found.push(diagnostic)
    }
  }
  for (const { points } of program.probes) {
    for (const point of points) {
      const what = pointWords(point)
      if (what !== undefined) report(notTranslated(point.span, what))
    }
  }
  walkProgram(program, {
    expression: e => {
      const what = e.kind === 'match' ? matchWords(e, program) : expressionWords(e)
      if (what !== undefined) report(notTranslated(e.span, what))
      const fixed = unwritableWords(e)
      if (fixed !== undefined) report(unwritable(e.span, fixed))
    },
    statement: s => {
      if (s.kind === 'embedded') report(notTranslated(s.span, 'embedded C'))
    },
    embedded: f => report(notTranslated(f.span, 'embedded C')),
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
      return e.user ? 'storing in the memory of a program' : undefined
    case 'context':
    case 'set-context':
      return e.name
    case 'symbol':
      return e.address === 0n ? `${e.name}, whose address the kernel hides,` : undefined
    case 'perf-counter':
      return '@perf'
    default:
      return undefined
  }
}

/** What no eBPF program may write, whatever the kernel. */
function unwritableWords(e: CheckedExpression): string | undefined {
  if (e.kind === 'store' && !e.user) return 'memory of the kernel'
  if (e.kind !== 'set-value') return undefined
  return e.of.kind === 'result' ? 'what a function returns' : 'an argument of a function'
}

/** A pattern whose machine would be too large is rare, and found out only by making it. */
function matchWords(e: Match, { functions }: CheckedProgram): string | undefined {
  const captures = keepsCaptures(e, functions)
  const machine = captures ? capturerOf(e.pattern) : matcherOf(e.pattern)
  return machine === undefined ? 'a pattern with so many repeats and choices' : undefined
}

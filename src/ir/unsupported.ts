import type { CheckedExpression, CheckedProgram, ResolvedPoint } from '../sema/checked.ts'
import { capturerOf } from '../text/capturer.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { matcherOf } from '../text/matcher.ts'
import { counterAlone, notTranslated, unwritable, unwritableVerdict } from './errors.ts'
import { FILE_TEXT } from './lower/file-text.ts'
import { isOfHook } from './lower/hook.ts'
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
      if (point.kind === 'perf' && point.counter !== undefined) {
        report(counterAlone(point.span, point.text))
      }
    }
  }
  for (const point of readAndWritten(program)) {
    report(notTranslated(point.span, `${point.text}, whose file is also read,`))
  }
  walkProgram(program, {
    expression: e => {
      const what = e.kind === 'match' ? matchWords(e, program) : expressionWords(e)
      if (what !== undefined) report(notTranslated(e.span, what))
      const fixed = unwritableWords(e)
      if (fixed !== undefined) report(unwritable(e.span, fixed))
      const verdict = otherVerdict(e)
      if (verdict !== undefined) report(unwritableVerdict(e.span, verdict))
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
    case 'procfs':
    case 'input':
    case 'function':
    case 'tracepoint':
    case 'address':
    case 'watch':
    case 'profile':
    case 'perf':
    case 'netfilter':
      return undefined
    case 'process':
    case 'user':
      return `the probe point ${point.text}`
  }
}

/** A file is a pipe, which has one direction: the points that write one that is read as well. */
function readAndWritten({ probes }: CheckedProgram): readonly ProcfsPoint[] {
  const files = probes.flatMap(({ points }) => points.filter(point => point.kind === 'procfs'))
  const read = new Set(files.filter(f => f.access === 'read').map(f => f.path))
  return files.filter(f => f.access === 'write' && read.has(f.path))
}

type ProcfsPoint = Extract<ResolvedPoint, { kind: 'procfs' }>

function expressionWords(e: CheckedExpression): string | undefined {
  switch (e.kind) {
    case 'embedded':
      return 'embedded C'
    case 'store':
      return e.user ? 'storing in the memory of a program' : undefined
    case 'context':
    case 'set-context':
      return e.name === FILE_TEXT || isOfHook(e) ? undefined : e.name
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

/** A verdict that is known not to be one of those that programs may give. */
function otherVerdict(e: CheckedExpression): bigint | undefined {
  if (e.kind !== 'set-context' || e.value.kind !== 'number' || !isOfHook(e)) return undefined
  const { value } = e.value
  return value === 0n || value === 1n ? undefined : value
}

/** A pattern whose machine would be too large is rare, and found out only by making it. */
function matchWords(e: Match, { functions }: CheckedProgram): string | undefined {
  const captures = keepsCaptures(e, functions)
  const machine = captures ? capturerOf(e.pattern) : matcherOf(e.pattern)
  return machine === undefined ? 'a pattern with so many repeats and choices' : undefined
}

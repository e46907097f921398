import type { Facts } from '../../src/kernel/facts.ts'
import { aliasesOf, aliasProblems, type Expansion, expandProbe } from '../../src/sema/expand.ts'
import { environmentOf, KernelView } from '../../src/sema/kernel-view.ts'
import type { Library } from '../../src/sema/library.ts'
import { pointConflicts } from '../../src/sema/point-conflicts.ts'
import { resolvePoint } from '../../src/sema/points.ts'
import { Reporter } from '../../src/sema/reporter.ts'
import { Names } from '../../src/sema/scope.ts'
import type { HandlerSymbol } from '../../src/sema/symbol.ts'
import { parse } from '../../src/syntax/parser.ts'
import type { Diagnostic } from '../../src/text/diagnostic.ts'
import { Source } from '../../src/text/source.ts'
import { emptyLibrary } from './empty-library.ts'
import { fakeFacts } from './fake-facts.ts'

export interface Given {
  readonly facts?: Facts
  readonly library?: Library
  readonly guru?: boolean
  readonly target?: boolean
}

export interface Expanded {
  readonly handlers: readonly HandlerSymbol[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Expands the probes of a script, and looks at nothing else in it. */
export function expandText(text: string, given: Given = {}): Expanded {
  const { facts = fakeFacts(), library = emptyLibrary, guru = false } = given
  const { file, diagnostics } = parse(new Source('t.stp', text), { arguments: [], guru })
  const broken = diagnostics.filter(d => d.severity === 'error')
  if (broken.length > 0) return { handlers: [], diagnostics: broken }
  const reporter = new Reporter()
  const environment = environmentOf(facts, guru)
  const names = new Names([file], { library, reporter, environment })
  const kernel = new KernelView(facts)
  const options = { guru, ...(given.target !== undefined && { target: given.target }) }
  const aliases = aliasesOf(file, names.script)
  const resolve: Expansion['resolve'] = p => resolvePoint(kernel, p, options)
  const x: Expansion = { names, reporter, library, aliases, skipped: [], resolve }
  for (const d of aliasProblems(aliases)) reporter.report(d)
  const probes = file.items.filter(item => item.kind === 'probe')
  const handlers = probes.flatMap(probe => expandProbe(x, probe))
  for (const d of pointConflicts(handlers)) reporter.report(d)
  return { handlers, diagnostics: reporter.diagnostics }
}

export function pointTexts({ handlers }: Expanded): readonly string[] {
  return handlers.flatMap(h => h.points.map(({ point }) => point.text))
}

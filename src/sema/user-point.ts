import type { ProbePoint } from '../syntax/ast.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { UserPlace } from './checked.ts'
import {
  componentOf,
  found,
  numberIn,
  pointText,
  type Resolution,
  refused,
  stringIn,
} from './component.ts'
import { functionPattern } from './function-pattern.ts'
import { needsDebugInformation, noTarget, refusedPoint } from './point-errors.ts'
import type { PointOptions } from './point-table.ts'
import { processOf } from './process-point.ts'

/**
 * A place in a program or in a library of it. Whether the file is there, and has that place, is
 * for the loader to find out.
 */
export function resolveUser(p: ProbePoint, options: PointOptions): Resolution {
  const target = processOf(p)
  if ('code' in target) return refused(target)
  if (target.kind === 'target' && options.target === false) {
    return refused(noTarget(componentOf(p, 'process')?.span ?? p.span))
  }
  const place = placeIn(p)
  if ('code' in place) return refused(place)
  const library = stringIn(p, 'library')?.value
  const at = p.components.at(-1)?.name === 'return' ? 'return' : 'entry'
  const text = pointText(p.components)
  return found([{ kind: 'user', target, library, place, at, text, span: p.span }])
}

function placeIn(p: ProbePoint): UserPlace | Diagnostic {
  const mark = stringIn(p, 'mark')?.value
  if (mark !== undefined) return { kind: 'mark', provider: stringIn(p, 'provider')?.value, mark }
  if (componentOf(p, 'plt') !== undefined) return { kind: 'plt', name: stringIn(p, 'plt')?.value }
  return codeIn(p, componentOf(p, 'function') === undefined ? 'statement' : 'function')
}

/** Endings of a function that name places only debug information knows. */
const INSIDE: ReadonlySet<string> = new Set(['inline', 'label', 'callee', 'callees'])

function codeIn(p: ProbePoint, kind: 'function' | 'statement'): UserPlace | Diagnostic {
  const at = p.components.findIndex(c => c.name === kind)
  const rest = p.components.slice(at + 1)
  const [first] = rest
  const ending = pointText(rest)
  const text = pointText(p.components)
  if (first?.name === 'absolute') {
    return refusedPoint(first.span, text, {
      why: 'absolute process probes are not available',
      hint: `process("PATH").statement(ADDRESS) counts from the start of the file`,
    })
  }
  if (first !== undefined && INSIDE.has(first.name)) {
    const needs = `the table of symbols has whole functions only`
    return needsDebugInformation(first.span, text, { needs })
  }
  const address = numberIn(p, kind)
  if (address !== undefined) return { kind, pattern: address, ending }
  const name = stringIn(p, kind)
  if (name === undefined) return { kind, pattern: '', ending }
  const pattern = functionPattern(name.value, name.span)
  if ('code' in pattern) return pattern
  if (kind === 'statement' && pattern.lines !== undefined) {
    const needs = `which instructions line ${pattern.lines} is`
    const hint = `without a line, ${kind}("${pattern.name}") is the entry of the function`
    return needsDebugInformation(name.span, text, { needs, hint })
  }
  return { kind, pattern: name.value, ending }
}

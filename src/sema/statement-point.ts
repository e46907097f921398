import type { ProbePoint } from '../syntax/ast.ts'
import {
  found,
  hex,
  numberIn,
  placeOf,
  pointText,
  type Resolution,
  refused,
  stringIn,
} from './component.ts'
import { functionPattern, lineRanges } from './function-pattern.ts'
import { functionsNamed, modulesOf } from './function-point.ts'
import type { KernelView } from './kernel-view.ts'
import { needsDebugInformation, needsGuru, noFunctionAt } from './point-errors.ts'
import type { PointOptions } from './point-table.ts'

/**
 * `kernel.statement("FUNC@FILE:LINE")`, `kernel.statement(0x…)`, `.nearest`, `.absolute`. Without a
 * line it is the entry of the function. So it is at the line of the declaration; which instructions
 * the lines inside are, only debug information knows.
 */
export function resolveStatement(
  kernel: KernelView,
  p: ProbePoint,
  { guru }: PointOptions,
): Resolution {
  const address = numberIn(p, 'statement')
  if (address !== undefined) return atAddress(kernel, p, { address, guru })
  const text = stringIn(p, 'statement')
  if (text === undefined) return refused()
  const pattern = functionPattern(text.value, text.span)
  if ('code' in pattern) return refused(pattern)
  const modules = modulesOf(kernel, p)
  if ('code' in modules) return refused(modules)
  const suffix = { text: '', at: 'entry', maxActive: undefined, exported: false } as const
  const search = { p, pattern: { ...pattern, lines: undefined }, suffix, named: 'statement' }
  const entries = functionsNamed(kernel, search, modules)
  if (pattern.lines === undefined || entries.points.length === 0) return entries
  const [range, ...more] = lineRanges(pattern) ?? []
  const line = range?.[0] === range?.[1] && more.length === 0 ? range?.[0] : undefined
  const points = entries.points.filter(
    ({ text: t }) => line !== undefined && t.includes(`:${line}")`),
  )
  if (points.length > 0) return { ...entries, points }
  return refused(
    needsDebugInformation(text.span, pointText(p.components), {
      needs: `which instructions line ${pattern.lines} is`,
      hint: `without a line it is the entry of the function: ${withoutLine(p, pattern.text)}`,
    }),
  )
}

function withoutLine(p: ProbePoint, text: string): string {
  const value = text.slice(0, text.lastIndexOf(':'))
  const components = p.components.map(c =>
    c.argument?.kind === 'string' && c.name === 'statement'
      ? { ...c, argument: { ...c.argument, value } }
      : c,
  )
  return pointText(components)
}

function atAddress(
  kernel: KernelView,
  p: ProbePoint,
  { address, guru }: { readonly address: bigint; readonly guru: boolean },
): Resolution {
  const [family] = p.components
  const ending = p.components.at(-1)?.name ?? ''
  if (ending === 'absolute' && !guru) {
    return refused(needsGuru(p.span, 'absolute statement probe in unprivileged script'))
  }
  const modules = family?.name === 'module' ? modulesOf(kernel, p) : [undefined]
  if ('code' in modules) return refused(modules)
  const symbols = kernel.facts.symbols()
  const wanted = BigInt.asUintN(64, address)
  const inside = ending === 'absolute' || family?.name === 'module' || !symbols.addressesKnown
  if (!inside && symbols.find(wanted) === undefined) {
    return refused(noFunctionAt(placeOf(p, 'statement'), wanted, 'the kernel'))
  }
  const suffix = ending === 'absolute' ? '.absolute' : ''
  return found(
    modules.map(module => {
      const head = module === undefined ? (family?.name ?? '') : `module(${JSON.stringify(module)})`
      const text = `${head}.statement(${hex(address)})${suffix}`
      return { kind: 'address', address: wanted, module, at: 'entry', text, span: p.span }
    }),
  )
}

import { isGlob } from '../kernel/glob.ts'
import type { ProbePoint } from '../syntax/ast.ts'
import type { FunctionPoint } from './checked.ts'
import { found, type Resolution, refused, stringIn } from './component.ts'
import { functionsNamed, loadedModules, suffixOf } from './function-point.ts'
import type { KernelView } from './kernel-view.ts'
import { malformedPattern } from './point-errors.ts'

/**
 * `kprobe.function("NAME")`, `kprobe.module("m").function("NAME")`: by the table of symbols alone.
 * A module that is not loaded may be when the probe is set, so nothing is said against it here.
 */
export function resolveKprobe(kernel: KernelView, p: ProbePoint): Resolution {
  const name = stringIn(p, 'function')
  if (name === undefined) return refused()
  if (name.value === '') return refused(malformedPattern(name.span, name.value))
  const suffix = suffixOf(p, 'function')
  if ('code' in suffix) return refused(suffix)
  const module = stringIn(p, 'module')
  const pattern = {
    text: name.value,
    span: name.span,
    name: name.value,
    file: undefined,
    lines: undefined,
  }
  const family = module === undefined ? 'kprobe' : `kprobe.module(${JSON.stringify(module.value)})`
  const modules = module === undefined ? [undefined] : loadedModules(kernel, module.value)
  if (modules.length > 0 || isGlob(name.value) || module === undefined) {
    const search = { p, pattern, suffix, named: 'function', bySymbol: true }
    return functionsNamed(kernel, search, modules)
  }
  const point: FunctionPoint = {
    kind: 'function',
    name: name.value,
    symbol: name.value,
    module: module.value,
    address: 0n,
    at: suffix.at,
    prototype: undefined,
    maxActive: suffix.maxActive,
    optional: p.optional,
  }
  const text = `${family}.function(${JSON.stringify(name.value)})${suffix.text}`
  return found([{ ...point, text, span: p.span }])
}

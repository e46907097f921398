import type { CheckedFunction, CheckedProbe, CheckedProgram, Global, Local } from './checked.ts'

/**
 * A checked program as `stap -p2` prints it: globals and functions with their types, then each
 * probe point with the locals of its handler.
 */
export function printChecked(program: CheckedProgram): string {
  const lines: string[] = []
  if (program.globals.length > 0) lines.push('# globals', ...program.globals.map(printGlobal))
  if (program.functions.length > 0) {
    const functions = [...program.functions].sort((a, b) => (a.name < b.name ? -1 : 1))
    lines.push('# functions', ...functions.flatMap(printFunction))
  }
  if (program.probes.length > 0) lines.push('# probes', ...program.probes.flatMap(printProbe))
  return lines.map(line => `${line}\n`).join('')
}

/** `x:long`, `names%[100]:string [long, string]` */
function printGlobal({ name, type, keys, wrap, capacity, span, initial }: Global): string {
  const sized = /^\s*%?\s*\[/.test(span.source.text.slice(span.end))
  const size = keys.length > 0 && sized ? `[${capacity}]` : ''
  const value = initial === undefined ? '' : ` = ${printValue(initial)}`
  const list = keys.length === 0 ? '' : ` [${keys.join(', ')}]`
  return `${name}${wrap ? '%' : ''}${size}:${type}${list}${value}`
}

function printValue(value: bigint | string): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

function printFunction(f: CheckedFunction): readonly string[] {
  const parameters = f.locals.slice(0, f.parameterCount).map(printLocal)
  const result = f.result === 'void' ? 'unknown' : f.result
  return [
    `${f.name}:${result} (${parameters.join(', ')})`,
    ...locals(f.locals.slice(f.parameterCount)),
  ]
}

function printProbe(p: CheckedProbe): readonly string[] {
  const written = p.span.source.text.slice(p.span.start, p.span.end)
  const head = /^probe\s+(?<points>[^{]*[^{\s])\s*\{/.exec(written)?.groups?.['points']
  const from = head === undefined ? '' : ` /* <- ${head.replace(/\s+/g, ' ')} */`
  return p.points.flatMap(point => [`${point.text}${from}`, ...locals(p.locals)])
}

function locals(list: readonly Local[]): readonly string[] {
  return list.length === 0 ? [] : ['  # locals', ...list.map(l => `  ${printLocal(l)}`)]
}

function printLocal({ name, type }: Local): string {
  return `${name}:${type}`
}

import type {
  CheckedFunction,
  CheckedProbe,
  CheckedProgram,
  Global,
  Local,
  ValueType,
} from './checked.ts'
import { expressionText, quote, statementLines } from './print-body.ts'

export interface PrintOptions {
  /** Functions and handlers with what they do, as `stap -p2 -v`. */
  readonly bodies: boolean
}

/**
 * A checked program as `stap -p2` prints it: globals and functions with their types, then each
 * probe point with the locals of its handler.
 */
export function printChecked(program: CheckedProgram, options: PrintOptions = PLAIN): string {
  const lines: string[] = []
  if (program.globals.length > 0)
    lines.push('# globals', ...program.globals.map(g => printGlobal(g, options)))
  if (program.functions.length > 0) {
    const functions = [...program.functions].sort((a, b) => (a.name < b.name ? -1 : 1))
    lines.push('# functions', ...functions.flatMap(f => printFunction(f, options)))
  }
  if (program.probes.length > 0) {
    lines.push('# probes', ...program.probes.flatMap(p => printProbe(p, options)))
  }
  return lines.map(line => `${line}\n`).join('')
}

const PLAIN: PrintOptions = { bodies: false }

/** `x:long`, `names%[100]:string [long, string]`; with bodies, the value that it starts with. */
function printGlobal(g: Global, { bodies }: PrintOptions): string {
  const { name, type, keys, wrap, capacity, span, initial } = g
  const sized = /^\s*%?\s*\[/.test(span.source.text.slice(span.end))
  const size = keys.length > 0 && sized ? `[${capacity}]` : ''
  const value = initial === undefined || !bodies ? '' : ` = ${printValue(initial)}`
  const list = keys.length === 0 ? '' : ` [${keys.join(', ')}]`
  return `${name}${wrap ? '%' : ''}${size}:${typeName(type)}${list}${value}`
}

function typeName(type: ValueType | 'statistic' | 'void'): string {
  if (type === 'statistic') return 'stats'
  return type === 'void' ? 'unknown' : type
}

function printValue(value: bigint | string): string {
  return typeof value === 'bigint' ? String(value) : quote(value)
}

function printFunction(f: CheckedFunction, { bodies }: PrintOptions): readonly string[] {
  const parameters = f.locals.slice(0, f.parameterCount).map(printLocal)
  return [
    `${f.name}:${typeName(f.result)} (${parameters.join(', ')})`,
    ...locals(f.locals.slice(f.parameterCount)),
    ...(bodies ? bodyLines(f.body) : []),
  ]
}

function bodyLines(body: CheckedFunction['body']): readonly string[] {
  if (body.kind === 'native') return ['%{ native %}']
  return body.kind === 'embedded-body' ? [`%{${body.text}%}`] : statementLines(body)
}

function printProbe(p: CheckedProbe, { bodies }: PrintOptions): readonly string[] {
  const written = p.span.source.text.slice(p.span.start, p.span.end)
  const head = /^probe\s+(?<points>[^{]*[^{\s])\s*\{/.exec(written)?.groups?.['points']
  const from = head === undefined ? '' : ` /* <- ${head.replace(/\s+/g, ' ')} */`
  const condition = p.condition === undefined ? '' : ` if (${expressionText(p.condition)})`
  const body = bodies ? statementLines(p.body) : []
  return p.points.flatMap(point => [
    `${point.text}${condition}${from}`,
    ...locals(p.locals),
    ...body,
  ])
}

function locals(list: readonly Local[]): readonly string[] {
  return list.length === 0 ? [] : ['  # locals', ...list.map(l => `  ${printLocal(l)}`)]
}

function printLocal({ name, type }: Local): string {
  return `${name}:${type}`
}

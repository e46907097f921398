import type { AliasItem, FunctionItem, Item, ProbePoint } from '../syntax/ast.ts'
import type { ParseOptions } from '../syntax/parser.ts'
import { parse } from '../syntax/parser.ts'
import { printExpression } from '../syntax/print-expression.ts'
import type { Source } from '../text/source.ts'
import { pointText } from './component.ts'
import type { Library } from './library.ts'

export interface LineOptions {
  /** Names that begin with `_`, which are the library's own, are listed too. */
  readonly verbose: boolean
  /** What conditionals in library files may ask about. */
  readonly environment?: ParseOptions['environment']
}

/** `tcp.recvmsg = kernel.function("tcp_recvmsg")`, as `--dump-probe-aliases` prints them. */
export function aliasLines(library: Library, options: LineOptions): readonly string[] {
  const sources = sourcesOf(library.aliasNames(), name => library.aliasSources(name))
  const aliases = itemsOf(sources, options).filter(item => item.kind === 'alias')
  const shown = aliases.filter(a => options.verbose || !a.name[0]?.name.startsWith('_'))
  return sorted(shown.map(aliasLine))
}

/** `strlen:long (s:string)` with the marks of its C, as `--dump-functions` prints them. */
export function functionLines(library: Library, options: LineOptions): readonly string[] {
  const sources = sourcesOf(library.functionNames(), name => library.functionSources(name))
  const functions = itemsOf(sources, options).filter(item => item.kind === 'function')
  const shown = functions.filter(f => !f.private && (options.verbose || !f.name.startsWith('_')))
  return sorted(shown.map(f => functionLine(f, options)))
}

function sourcesOf(
  names: readonly string[],
  find: (name: string) => readonly { readonly source: Source }[],
): readonly Source[] {
  return [...new Set(names.flatMap(name => find(name).map(({ source }) => source)))]
}

function itemsOf(sources: readonly Source[], { environment }: LineOptions): readonly Item[] {
  const options = { arguments: [], library: true, ...(environment && { environment }) }
  return sources.flatMap(source => parse(source, options).file.items)
}

function sorted(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function aliasLine({ name, points, prologue, epilogue }: AliasItem): string {
  const operator = epilogue !== undefined && prologue === undefined ? '+=' : '='
  return `${pointText(name)} ${operator} ${points.map(marked).join(', ')}`
}

function marked({ components, optional, sufficient, condition }: ProbePoint): string {
  const mark = sufficient ? '!' : optional ? '?' : ''
  const when = condition === undefined ? '' : ` if (${printExpression(condition)})`
  return pointText(components) + mark + when
}

/** Marks in the C of a function that say who may call it, and those that only `-v` shows. */
const MARKS = ['bpf', 'guru', 'myproc-unprivileged', 'unprivileged']
const MORE_MARKS = ['pure', 'stable', 'unmangled', 'unmodified-fnargs']

function functionLine(f: FunctionItem, { verbose }: LineOptions): string {
  const parameters = f.parameters.map(p => `${p.name}:${p.type ?? 'unknown'}`)
  const text = f.body.kind === 'embedded' ? f.body.text : ''
  const marks = [...MARKS, ...(verbose ? MORE_MARKS : [])]
    .sort()
    .map(mark => `/* ${mark} */`)
    .filter(mark => text.includes(mark))
  return [`${f.name}:${f.type ?? 'unknown'} (${parameters.join(', ')})`, ...marks].join(' ')
}

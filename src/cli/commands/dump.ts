import { environmentOf } from '../../sema/kernel-view.ts'
import { aliasLines, functionLines } from '../../sema/library-lines.ts'
import { probeTypes } from '../../sema/point-table.ts'
import { type CliContext, EXIT } from '../context.ts'
import { openLibrary } from '../library.ts'
import { type ListOption, listAsked, onlyOneList } from '../list-options.ts'
import { openMachine } from '../machine.ts'
import type { ParsedLine } from '../options.ts'
import { openReport } from '../report.ts'

/** `--dump-probe-types`, `--dump-probe-aliases` and `--dump-functions`: sorted, a line each. */
export function dumpLists(line: ParsedLine, context: CliContext): number {
  const { options } = line
  onlyOneList(options)
  const asked = listAsked(options)
  const { facts } = openMachine(context)
  const library = openLibrary({ context, folders: options.get('I') ?? [], facts })
  const environment = environmentOf(facts, options.has('g'))
  const lines = linesOf(asked)
  const json = options.has('json')
  const report = openReport(context, { json, warnings: true, release: facts.release })
  if (json) for (const text of lines) report.data(text, { type: typeOf(asked), text })
  else if (lines.length > 0) report.data(lines.join('\n'), {})
  report.end(EXIT.ok)
  return EXIT.ok

  function linesOf(list: ListOption | undefined): readonly string[] {
    const about = { verbose: options.has('v'), environment }
    if (list === 'dump-functions') return functionLines(library, about)
    return list === 'dump-probe-aliases' ? aliasLines(library, about) : probeTypes()
  }
}

function typeOf(list: ListOption | undefined): string {
  if (list === 'dump-functions') return 'function'
  return list === 'dump-probe-aliases' ? 'alias' : 'probe-type'
}

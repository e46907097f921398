import { join, resolve } from 'node:path'
import type { Facts } from '../kernel/facts.ts'
import { environmentOf } from '../sema/kernel-view.ts'
import type { Library } from '../sema/library.ts'
import { parse } from '../syntax/parser.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import { Source } from '../text/source.ts'
import { readLibraryFile, tapsetKernel } from './library.ts'
import { listTapset } from './tapset-folders.ts'

export interface TapsetFolders {
  readonly folders: readonly string[]
  readonly cwd: string
  readonly library: Library
  readonly facts: Facts
}

/**
 * A warning for each file with errors in the folders of -I, which somebody is likely to be writing:
 * a name that its errors hide is otherwise only not there. Files of other folders are read when a
 * script names something of theirs.
 */
export function tapsetProblems({
  folders,
  cwd,
  library,
  facts,
}: TapsetFolders): readonly Diagnostic[] {
  const environment = environmentOf(facts, false)
  const kernel = tapsetKernel(facts)
  const paths = folders.flatMap(folder => {
    const directory = resolve(cwd, folder)
    return listTapset(directory, kernel).map(file => join(directory, file))
  })
  return [...new Set(paths)].flatMap(path => {
    const { diagnostics } = parse(new Source(path, readLibraryFile(path)), {
      arguments: [],
      library: true,
      ...(environment && { environment }),
      macroSource: name => library.macroSource(name),
    })
    const error = diagnostics.find(d => d.severity === 'error')
    return error === undefined ? [] : [tapsetErrors(path, error)]
  })
}

function tapsetErrors(path: string, { span, text }: Diagnostic): Diagnostic {
  return {
    code: 'tapset-errors',
    severity: 'warning',
    stage: 'parse',
    span,
    text: `tapset "${path}" has errors: ${text}`,
    notes: [],
  }
}

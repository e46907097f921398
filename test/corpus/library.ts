import { fileURLToPath } from 'node:url'
import { openLibrary } from '../../src/cli/library.ts'
import type { Library } from '../../src/sema/library.ts'

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** What a script of the examples finds: the tapset, then what is only declared, then its own folders. */
export function corpusLibrary(
  folders: readonly string[],
  facts: { readonly release: string; readonly arch: string },
): Library {
  const open = (folder: string): Library =>
    openLibrary({
      context: { env: { SYSTEMTAP_TAPSET: folder }, cwd: ROOT, root: ROOT },
      folders: [],
      facts,
    })
  return together(['tapset', 'test/declarations', ...folders].map(open))
}

/** Several libraries as one; what an earlier one has goes first. */
function together(libraries: readonly Library[]): Library {
  return {
    functionSources: name => libraries.flatMap(l => l.functionSources(name)),
    globalSources: name => libraries.flatMap(l => l.globalSources(name)),
    aliasSources: name => libraries.flatMap(l => l.aliasSources(name)),
    macroSource: name => libraries.map(l => l.macroSource(name)).find(s => s !== undefined),
    functionNames: () => libraries.flatMap(l => l.functionNames()),
    aliasNames: () => libraries.flatMap(l => l.aliasNames()),
    macroNames: () => libraries.flatMap(l => l.macroNames()),
  }
}

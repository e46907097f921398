import type { Library } from '../../src/sema/library.ts'

/** A tapset with nothing in it; tests spread it and add what they need. */
export const emptyLibrary: Library = {
  functionSources: () => [],
  globalSources: () => [],
  aliasSources: () => [],
  macroSource: () => undefined,
  functionNames: () => [],
  aliasNames: () => [],
  macroNames: () => [],
}

import type { Source } from '../text/source.ts'

/**
 * The tapset, as the checker sees it: sources by the name that a script uses. Which file defines
 * what is known without reading them all, so only files that a script needs are parsed. Where
 * several directories have a name, all files are given, those that go first first.
 */
export interface Library {
  /** The files that define a function of this name. */
  functionSources(name: string): readonly LibrarySource[]
  /** The files that declare a global of this name. */
  globalSources(name: string): readonly LibrarySource[]
  /** Files with aliases whose first component matches; a name, or a pattern with `*`. */
  aliasSources(firstComponent: string): readonly LibrarySource[]
  /** The text that defines the macro `@name`, of a `.stpm` file. */
  macroSource(name: string): Source | undefined
  /** All function names, for near-name messages and lists. */
  functionNames(): readonly string[]
  /** First components of all aliases. */
  aliasNames(): readonly string[]
  macroNames(): readonly string[]
}

export interface LibrarySource {
  readonly source: Source
  /** Of a file under `PATH/` in a tapset: what its bare `process` points are about. */
  readonly process?: string
}

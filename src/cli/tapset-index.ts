import type { FileDefinitions } from './tapset-definitions.ts'

/**
 * Which file of a tapset defines what. The build writes one for the tapset that ships, as JSON;
 * those of other directories are made as they are opened.
 */
export interface TapsetIndex {
  /** Relative to the directory: `linux/6.1/task.stp`. */
  readonly files: readonly string[]
  readonly functions: DefinedIn
  readonly globals: DefinedIn
  readonly aliases: DefinedIn
  readonly macros: DefinedIn
}

/** By name, the places in `files`. */
export type DefinedIn = Readonly<Record<string, readonly number[]>>

export type DefinitionKind = keyof FileDefinitions

/** Macros come from .stpm files alone, everything else from .stp files. */
export function indexFiles(
  files: readonly string[],
  definitions: (file: string) => FileDefinitions,
): TapsetIndex {
  const index = { functions: table(), globals: table(), aliases: table(), macros: table() }
  files.forEach((file, at) => {
    const found = definitions(file)
    const kinds: readonly DefinitionKind[] = file.endsWith('.stpm')
      ? ['macros']
      : ['functions', 'globals', 'aliases']
    for (const kind of kinds) {
      for (const name of new Set(found[kind])) {
        const known = index[kind][name]
        if (known === undefined) index[kind][name] = [at]
        else known.push(at)
      }
    }
  })
  return { files, ...index }
}

/** Without a prototype: a function may be called `constructor`. */
function table(): Record<string, number[]> {
  return Object.create(null)
}

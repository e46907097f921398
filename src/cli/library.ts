import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Library, LibrarySource } from '../sema/library.ts'
import { Source } from '../text/source.ts'

/** The index that the build makes of the tapset: which file defines what. */
interface TapsetIndex {
  readonly functions: Readonly<Record<string, string>>
  readonly aliases: Readonly<Record<string, readonly string[]>>
}

/** The tapset that ships with klew, under `root`; files are read when first asked for. */
export function openLibrary(root: string): Library {
  let index: TapsetIndex | undefined
  const sources = new Map<string, Source>()
  return {
    functionSources(name) {
      const file = Object.hasOwn(read().functions, name) ? read().functions[name] : undefined
      return file === undefined ? [] : [source(file)]
    },
    globalSources: () => [],
    aliasSources(firstComponent) {
      const files = Object.hasOwn(read().aliases, firstComponent)
        ? read().aliases[firstComponent]
        : undefined
      return (files ?? []).map(source)
    },
    macroSource: () => undefined,
    functionNames: () => Object.keys(read().functions),
    aliasNames: () => Object.keys(read().aliases),
    macroNames: () => [],
  }

  function read(): TapsetIndex {
    if (index === undefined) {
      // What the build wrote; its shape is the build's to keep.
      index = JSON.parse(readFileSync(join(root, 'dist/tapset-index.json'), 'utf8')) as TapsetIndex
    }
    return index
  }

  function source(file: string): LibrarySource {
    let known = sources.get(file)
    if (known === undefined) {
      const path = join(root, 'tapset', file)
      known = new Source(path, readFileSync(path, 'utf8'))
      sources.set(file, known)
    }
    return { source: known }
  }
}

import { readdirSync, readFileSync } from 'node:fs'
import type { Library, LibrarySource } from '../../src/sema/library.ts'
import { parse } from '../../src/syntax/parser.ts'
import { Source } from '../../src/text/source.ts'
import { emptyLibrary } from './empty-library.ts'

/** The tapset of this tree, indexed as the build does it, by reading its files. */
export function tapset(): Library {
  const root = new URL('../../tapset/', import.meta.url)
  const functions = new Map<string, Source>()
  const globals = new Map<string, Source>()
  const aliases = new Map<string, Set<Source>>()
  for (const file of readdirSync(root).filter(f => f.endsWith('.stp'))) {
    const source = new Source(`tapset/${file}`, readFileSync(new URL(file, root), 'utf8'))
    for (const item of parse(source, { arguments: [], library: true }).file.items) {
      if (item.kind === 'function' && !item.private) functions.set(item.name, source)
      if (item.kind === 'global' && !item.private) globals.set(item.name, source)
      if (item.kind !== 'alias') continue
      const first = item.name[0]?.name ?? ''
      aliases.set(first, (aliases.get(first) ?? new Set()).add(source))
    }
  }
  return {
    ...emptyLibrary,
    functionSources: name => sourcesOf(functions.get(name)),
    globalSources: name => sourcesOf(globals.get(name)),
    aliasSources: first => [...(aliases.get(first) ?? [])].map(source => ({ source })),
    functionNames: () => [...functions.keys()],
  }
}

function sourcesOf(source: Source | undefined): readonly LibrarySource[] {
  return source === undefined ? [] : [{ source }]
}

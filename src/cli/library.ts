import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Library, LibrarySource } from '../sema/library.ts'
import { fromUtf8 } from '../text/bytes.ts'
import { Source } from '../text/source.ts'
import type { CliContext } from './context.ts'
import { UsageError } from './options.ts'
import { definitionsOf } from './tapset-definitions.ts'
import { foldersFor, listTapset, PROGRAM_FOLDER, type TapsetKernel } from './tapset-folders.ts'
import { type DefinitionKind, indexFiles, type TapsetIndex } from './tapset-index.ts'

export interface LibraryInput {
  readonly context: Pick<CliContext, 'env' | 'cwd' | 'root'>
  /** Of -I, in their order. */
  readonly folders: readonly string[]
  readonly facts: { readonly release: string; readonly arch: string }
}

/**
 * The library of a script: the tapset that ships with klew or, in its place, SYSTEMTAP_TAPSET;
 * then systemtap/tapset of the folders of XDG_DATA_DIRS; then those of -I. Of files with the same
 * name in several folders the first counts. Nothing is read before it is asked for.
 */
export function openLibrary({ context, folders, facts }: LibraryInput): Library {
  const kernel = tapsetKernel(facts)
  const { directories, shipped } = searchPath(context, folders)
  let opened: readonly Tapset[] | undefined
  return {
    functionSources: name => definedIn('functions', name),
    globalSources: name => definedIn('globals', name),
    aliasSources: name => tapsets().flatMap(t => t.aliases(name)),
    macroSource: name => definedIn('macros', name.replace(/^@/, ''))[0]?.source,
    functionNames: () => names('functions'),
    aliasNames: () => names('aliases'),
    macroNames: () => names('macros'),
  }

  function tapsets(): readonly Tapset[] {
    if (opened === undefined) {
      const seen = new Set<string>()
      const others = directories.map(d => openFolder(d, kernel, seen))
      opened = shipped ? [openShipped(context.root, kernel), ...others] : others
    }
    return opened
  }

  function definedIn(kind: DefinitionKind, name: string): readonly LibrarySource[] {
    return tapsets().flatMap(t => t.definedIn(kind, name))
  }

  function names(kind: DefinitionKind): readonly string[] {
    const all = tapsets().map(t => t.names(kind))
    return all.length === 1 ? (all[0] ?? []) : [...new Set(all.flat())]
  }
}

/** As the folders of a tapset name kernels. */
export function tapsetKernel({ release, arch }: LibraryInput['facts']): TapsetKernel {
  return { release, arch: arch === 'x64' ? 'x86_64' : arch }
}

function searchPath(
  { env, cwd }: LibraryInput['context'],
  folders: readonly string[],
): { readonly directories: readonly string[]; readonly shipped: boolean } {
  const { SYSTEMTAP_TAPSET: instead, XDG_DATA_DIRS: data = '' } = env
  for (const folder of folders) {
    const isFolder = statSync(resolve(cwd, folder), { throwIfNoEntry: false })?.isDirectory()
    if (!isFolder) throw new UsageError(`-I ${folder}: there is no such folder`)
  }
  const shared = data.split(':').filter(d => d !== '')
  const directories = [
    ...(instead ? [instead] : []),
    ...shared.map(d => join(d, 'systemtap/tapset')).filter(d => resolve(d) !== STOCK),
    ...folders,
  ]
  return { directories: directories.map(d => resolve(cwd, d)), shipped: !instead }
}

/** SystemTap's own library is written for its C; the one that ships with klew stands for it. */
const STOCK = '/usr/share/systemtap/tapset'

/** A directory with its index. */
interface Tapset {
  definedIn(kind: DefinitionKind, name: string): readonly LibrarySource[]
  /** Of a word, or of a pattern with `*` and `?`. */
  aliases(first: string): readonly LibrarySource[]
  names(kind: DefinitionKind): readonly string[]
}

/** The index that the build makes; it has the folders of all kernels. */
function openShipped(root: string, kernel: TapsetKernel): Tapset {
  let index: TapsetIndex | undefined
  const order = new Map(foldersFor(kernel).map((folder, at) => [folder === '' ? '.' : folder, at]))
  return tapset(join(root, 'tapset'), () => (index ??= read()), rankOf)

  function read(): TapsetIndex {
    const text = readFileSync(join(root, 'dist/tapset-index.json'), 'utf8')
    // What the build wrote; its shape is the build's to keep.
    return JSON.parse(text) as TapsetIndex
  }

  function rankOf(file: string): number | undefined {
    return file.startsWith(`${PROGRAM_FOLDER}/`) ? order.size : order.get(dirname(file))
  }
}

/** `seen` has the names of the files in the directories before this one. */
function openFolder(directory: string, kernel: TapsetKernel, seen: Set<string>): Tapset {
  const files = listTapset(directory, kernel).filter(f => !seen.has(f))
  for (const file of files) seen.add(file)
  let index: TapsetIndex | undefined
  return tapset(
    directory,
    () => (index ??= make()),
    () => 0,
  )

  function make(): TapsetIndex {
    // Latin-1 is the quickest to read, and names are ASCII.
    return indexFiles(files, file => definitionsOf(readText(join(directory, file), latin1)))
  }
}

/** `rankOf` gives undefined for files of other kernels. */
function tapset(
  directory: string,
  index: () => TapsetIndex,
  rankOf: (file: string) => number | undefined,
): Tapset {
  const sources = new Map<string, LibrarySource>()
  return {
    definedIn: (kind, name) => {
      const table = index()[kind]
      return sourcesOf(Object.hasOwn(table, name) ? (table[name] ?? []) : [])
    },
    aliases: first => {
      const table = index().aliases
      if (!/[*?]/.test(first)) {
        return sourcesOf(Object.hasOwn(table, first) ? (table[first] ?? []) : [])
      }
      const pattern = wildcard(first)
      const found = Object.entries(table).filter(([name]) => pattern.test(name))
      return sourcesOf([...new Set(found.flatMap(([, files]) => files))])
    },
    names: kind => Object.keys(index()[kind]),
  }

  function sourcesOf(places: readonly number[]): readonly LibrarySource[] {
    const { files } = index()
    const ranked = places.flatMap(place => {
      const file = files[place] ?? ''
      const rank = rankOf(file)
      return rank === undefined ? [] : [{ file, rank }]
    })
    if (ranked.length > 1) ranked.sort((a, b) => a.rank - b.rank)
    return ranked.map(r => sourceOf(r.file))
  }

  function sourceOf(file: string): LibrarySource {
    let known = sources.get(file)
    if (known === undefined) {
      const path = join(directory, file)
      known = { source: new Source(path, readText(path)), ...programOf(file) }
      sources.set(file, known)
    }
    return known
  }
}

/** `PATH/usr/bin/ls.stp` is about the program /usr/bin/ls. */
function programOf(file: string): { readonly process?: string } {
  if (!file.startsWith(`${PROGRAM_FOLDER}/`)) return {}
  return { process: file.slice(PROGRAM_FOLDER.length, file.lastIndexOf('.')) }
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

function latin1(bytes: Buffer): string {
  return bytes.toString('latin1')
}

export function readLibraryFile(path: string): string {
  return readText(path)
}

function readText(path: string, decode: (bytes: Buffer) => string = fromUtf8): string {
  try {
    return decode(readFileSync(path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw new UsageError(`the library file ${path} cannot be read (${code})`)
  }
}

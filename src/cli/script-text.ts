import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fromUtf8 } from '../text/bytes.ts'
import { Source } from '../text/source.ts'
import type { CliContext } from './context.ts'
import { UsageError } from './options.ts'
import type { ScriptText, Settings } from './settings.ts'

/** The script and those beside it, by the names that SystemTap gives to texts. */
export function readScripts(
  { script, additional }: Pick<Settings, 'script' | 'additional'>,
  context: CliContext,
): { readonly main: Source; readonly additional: readonly Source[] } {
  return {
    main: readScript(script, context),
    additional: additional.map((text, i) => new Source(`<input${i + 1}>`, text)),
  }
}

function readScript(script: ScriptText, context: CliContext): Source {
  switch (script.kind) {
    case 'text':
      return new Source('<input>', script.text)
    case 'standard-input':
      return new Source('<stdin>', fromUtf8(readInput()))
    case 'file':
      return new Source(script.path, fromUtf8(readScriptFile(script.path)))
    case 'example': {
      const path = findExample(script.name, context)
      return new Source(path, fromUtf8(readScriptFile(path)))
    }
  }
}

/** The bytes of a script file; it may be a pipe. */
export function readScriptFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT') throw new UsageError(`input file '${path}' is missing`)
    if (code === 'EISDIR') throw new UsageError(`input file '${path}' is a folder`)
    throw new UsageError(`input file '${path}' can't be opened for reading (${code})`)
  }
}

/** All of standard input. */
export function readInput(): Buffer {
  try {
    return readFileSync(0)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw new UsageError(`standard input cannot be read (${code})`)
  }
}

/** Where SystemTap's package puts its examples. */
const STOCK_EXAMPLES = '/usr/share/systemtap/examples'

/** A script by its bare name: one of klew's own examples, else one of SystemTap's. */
function findExample(name: string, context: CliContext): string {
  const folders = [join(context.root, 'examples'), STOCK_EXAMPLES]
  for (const folder of folders) {
    const found = scriptsBelow(folder).filter(f => [name, `${name}.stp`].includes(basename(f)))
    const [only, another] = found
    if (only !== undefined && another === undefined) return only
    if (only !== undefined) {
      throw new UsageError(`example '${name}' is there several times: ${found.join(', ')}`)
    }
  }
  throw new UsageError(`example '${name}' is neither in klew nor under ${STOCK_EXAMPLES}`)
}

/** A file itself; of a folder the .stp files in it. Throws UsageError where there are none. */
export function scriptsAt(path: string, cwd: string): readonly string[] {
  if (!statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory()) return [path]
  const inside = scriptsBelow(path)
  if (inside.length === 0) throw new UsageError(`there is no .stp file in the folder ${path}`)
  return inside
}

/** The .stp files of a folder and of those in it, by name; none where it cannot be read. */
export function scriptsBelow(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true }).map(String)
    return names
      .filter(name => name.endsWith('.stp'))
      .sort()
      .map(name => join(folder, name))
  } catch {
    return []
  }
}

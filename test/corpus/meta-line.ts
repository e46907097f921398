/** How a script of the examples says that it is to be started. */
export interface Start {
  readonly guru: boolean
  readonly arguments: readonly string[]
  /** Folders of -I, as written. */
  readonly folders: readonly string[]
  readonly suppressBadVars: boolean
}

export const PLAIN_START: Start = {
  guru: false,
  arguments: [],
  folders: [],
  suppressBadVars: false,
}

/** Short options of SystemTap that take a value. */
const WITH_VALUE = 'pIeEoRramxDsSTcGdlLBj'

/**
 * The options and arguments of a line `stap -gp4 NAME ARG… -c COMMAND`, as the .meta files have it;
 * undefined where that line does not start the script so.
 */
export function startOf(line: string, name: string): Start | undefined {
  const all = words(line)
  const stap = all.indexOf('stap')
  const script = all.indexOf(name)
  if (stap < 0 || script < stap) return undefined
  const given: string[] = []
  const folders: string[] = []
  let options = ''
  let suppressBadVars = false
  const rest = [...all.slice(stap + 1, script), ...all.slice(script + 1)]
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? ''
    if (word === '||' || word === '&&') break
    if (word.startsWith('--')) suppressBadVars ||= word === '--skip-badvars'
    else if (!/^-[a-zA-Z]/.test(word)) given.push(word)
    else {
      const { flags, option, value } = split(word)
      options += flags
      const attached = value ?? (option === undefined ? undefined : rest[++at])
      if (option === 'I' && attached !== undefined) folders.push(attached)
    }
  }
  return { guru: options.includes('g'), arguments: given, folders, suppressBadVars }
}

/** `-gp4`: the flag g, and the option p with its value 4. */
function split(word: string): { flags: string; option?: string; value?: string } {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    if (!WITH_VALUE.includes(letter)) continue
    const value = word.slice(at + 1)
    return { flags: word.slice(1, at), option: letter, ...(value !== '' && { value }) }
  }
  return { flags: word.slice(1) }
}

/** As a shell parts them. What a command in backquotes would give is left out, `$$` is 1. */
export function words(line: string): readonly string[] {
  const found: string[] = []
  let word: string | undefined
  const piece = /\s+|'([^']*)'|"((?:\\.|[^"\\])*)"|`[^`]*`|\$\$|\\(.)|[^\s'"`\\]/g
  for (const [text, single, double, escaped] of line.matchAll(piece)) {
    if (/^\s/.test(text)) {
      if (word !== undefined) found.push(word)
      word = undefined
      continue
    }
    word ??= ''
    if (single !== undefined) word += single
    else if (double !== undefined) word += double.replace(/`[^`]*`/g, '').replace(/\\(.)/g, '$1')
    else if (escaped !== undefined) word += escaped
    else if (text === '$$') word += '1'
    else if (!text.startsWith('`')) word += text
  }
  if (word !== undefined) found.push(word)
  return found
}

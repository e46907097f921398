import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { UsageError } from './options.ts'

/**
 * The words of `$SYSTEMTAP_DIR/rc` (`~/.systemtap/rc`): options that stand before those of the
 * command line. Words are taken as a shell takes them, with quotes, variables and `~`, but no
 * command is run and no file name is looked for.
 */
export function rcWords(env: NodeJS.ProcessEnv): string[] {
  const { SYSTEMTAP_DIR: folder, HOME: home = '' } = env
  const directory = folder || join(home, '.systemtap')
  if (!isAbsolute(directory)) return []
  const path = join(directory, 'rc')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line, i) => words(line, env, `${path}:${i + 1}`))
}

const WORD = /\s*((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+)/y
const PART = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|\$(?:\{(\w+)\}|(\w+))|[^'"\\$]+|\$/g

function words(line: string, env: NodeJS.ProcessEnv, place: string): string[] {
  const found: string[] = []
  const text = line.replace(/(^|\s)#.*$/, '').trimEnd()
  for (let at = 0; at < text.length; at = WORD.lastIndex) {
    WORD.lastIndex = at
    const word = WORD.exec(text)?.[1]
    if (word === undefined) throw new UsageError(`${place}: a quote is not closed`)
    if (/`|\$\(/.test(word)) throw new UsageError(`${place}: commands in options are not run`)
    found.push(
      plain(
        word.replace(/^~(?=\/|$)/, () => env['HOME'] ?? '~'),
        env,
      ),
    )
  }
  return found
}

function plain(word: string, env: NodeJS.ProcessEnv): string {
  return word.replace(PART, (all, single, double, escaped, braced, bare) => {
    if (single !== undefined) return single
    if (double !== undefined) {
      return variables(double, env).replace(/\\(["\\$`])/g, '$1')
    }
    if (escaped !== undefined) return escaped
    const name = braced ?? bare
    return name === undefined ? all : (env[name] ?? '')
  })
}

function variables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(
    /(?<!\\)\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced, bare) => env[braced ?? bare] ?? '',
  )
}

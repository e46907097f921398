import { formatScript } from '../../src/syntax/format.ts'
import { parse } from '../../src/syntax/parser.ts'
import { printFile } from '../../src/syntax/print.ts'
import { Source } from '../../src/text/source.ts'
import { readScript } from '../corpus/check-example.ts'
import type { Random } from '../support/ir-random.ts'
import { scripts, type Trouble } from './mutants.ts'
import { mutate, piecesOf } from './mutate.ts'

const LIMIT_MS = 5000

/** What a script may be made of, and a few things that it may not. */
const WORDS =
  'probe begin end function global private if else for foreach while in try catch return next break delete ' +
  'x y arr f @count @sum @hist_log @hist_linear @cast @var @defined @entry @const @define $x $$vars $x$ $1 @1 $# @# ' +
  '%( %? %: %) %{ %} kernel_v arch "text" "a\\x41" 0 1 0x7f 9223372036854775807 007 -1 5.3 { } ( ) [ ] , ; : ? ! . * ** ' +
  '+ - / % & | ^ ~ << >> >>> < > <= >= == != && || = += .= <<< <<= =~ !~ -> ++ -- # // /* */ \n " \\ \x00 \xff `'

/**
 * Reads texts made at random (bytes, words of the language, changed scripts), prints those that are
 * right and lays them out: nothing throws, what is printed reads as the same, twice laid out is
 * once laid out.
 */
export function tryTexts(count: number, random: Random): readonly Trouble[] {
  const all = scripts().map(({ name, path }) => ({ name, pieces: piecesOf(readScript(path)) }))
  const words = WORDS.split(' ')
  const trouble: Trouble[] = []
  for (let tried = 0; tried < count; tried++) {
    const chosen = all[random.below(all.length)]
    if (chosen === undefined) continue
    const [name, text] = random.pick([
      (): [string, string] => ['bytes', bytes(random)],
      (): [string, string] => ['words', join(words, random)],
      (): [string, string] => [chosen.name, mutate(chosen.pieces, random)],
    ])()
    const what = troubleOf(text)
    if (what !== undefined) trouble.push({ name, what, text })
  }
  return trouble
}

function bytes(random: Random): string {
  const length = random.below(200)
  return Array.from({ length }, () => String.fromCharCode(random.below(256))).join('')
}

function join(words: readonly string[], random: Random): string {
  const length = random.below(60)
  return Array.from(
    { length },
    () => `${words[random.below(words.length)]}${random.pick(['', ' ', ' '])}`,
  ).join('')
}

function troubleOf(text: string): string | undefined {
  const start = performance.now()
  try {
    const wrong = printing(text) ?? layout(text)
    if (wrong !== undefined) return wrong
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const took = performance.now() - start
  return took > LIMIT_MS ? `takes ${took.toFixed(0)} ms` : undefined
}

/** The tree of a right script as text; undefined where there are errors. */
function printed(text: string, given: readonly string[]): string | undefined {
  const { file, diagnostics } = parse(new Source('t.stp', text), { arguments: given, guru: true })
  return diagnostics.some(d => d.severity === 'error') ? undefined : printFile(file)
}

function printing(text: string): string | undefined {
  const once = printed(text, ['1', 'x'])
  if (once === undefined) return undefined
  const again = printed(once, [])
  return again === once ? undefined : `prints as\n${once}\nand that as\n${again ?? 'errors'}`
}

function layout(text: string): string | undefined {
  const once = formatScript(new Source('t.stp', text))
  if (once.diagnostics.some(d => d.severity === 'error')) return undefined
  const again = formatScript(new Source('t.stp', once.text))
  if (again.text !== once.text) return `is laid out as\n${once.text}\nand that as\n${again.text}`
  const [before, after] = [printed(text, ['1', 'x']), printed(once.text, ['1', 'x'])]
  return before === after ? undefined : `is laid out as\n${once.text}\nwhich means something else`
}

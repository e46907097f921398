import { writeFileSync } from 'node:fs'
import { formatScript } from '../../syntax/format.ts'
import { fromUtf8, toBytes } from '../../text/bytes.ts'
import { Source } from '../../text/source.ts'
import { type CliContext, EXIT } from '../context.ts'
import { UsageError } from '../options.ts'
import { renderedText } from '../report.ts'
import { readInput, readScriptFile, scriptsAt } from '../script-text.ts'

const FORM = 'klew fmt [--check] [-w] FILE|FOLDER...|-'

interface FmtLine {
  /** Says which files are not in the usual style, and changes nothing. */
  readonly check: boolean
  /** Writes the files anew; without it the text goes to standard output. */
  readonly write: boolean
  readonly files: readonly string[]
}

/** `klew fmt`: scripts in the usual style. Status 1 where one has errors, or is not in it. */
export function fmt(argv: readonly string[], context: CliContext): number {
  const line = readLine(argv)
  const files = line.files.flatMap(file => (file === '-' ? [file] : scriptsAt(file, context.cwd)))
  const results = files.map(file => formatOne(file, line, context))
  return results.every(right => right) ? EXIT.ok : EXIT.script
}

function formatOne(file: string, { check, write }: FmtLine, context: CliContext): boolean {
  const given = fromUtf8(file === '-' ? readInput() : readScriptFile(file))
  const source = new Source(file === '-' ? '<stdin>' : file, given)
  const { text, diagnostics } = formatScript(source)
  if (diagnostics.length > 0) {
    context.err(renderedText(diagnostics, context))
    return false
  }
  if (check) {
    if (text !== given) context.out(`${source.name}\n`)
    return text === given
  }
  if (!write || file === '-') context.outBytes(bytesOf(text))
  else if (text !== given) writeScript(file, text)
  return true
}

function bytesOf(text: string): Buffer {
  return Buffer.from(toBytes(text), 'latin1')
}

function writeScript(file: string, text: string): void {
  try {
    writeFileSync(file, bytesOf(text))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw new UsageError(`${file} cannot be written (${code})`)
  }
}

function readLine(argv: readonly string[]): FmtLine {
  const separator = argv.indexOf('--')
  const options = separator < 0 ? argv : argv.slice(0, separator)
  const isOption = (word: string): boolean => word.startsWith('-') && word !== '-'
  const known = ['--check', '-w', '--write']
  const stranger = options.find(word => isOption(word) && !known.includes(word))
  if (stranger !== undefined) throw new UsageError(`klew fmt: unknown option ${stranger}`, FORM)
  const rest = separator < 0 ? [] : argv.slice(separator + 1)
  const files = [...options.filter(word => !isOption(word)), ...rest]
  if (files.length === 0) throw new UsageError('klew fmt: no script given', FORM)
  const check = options.includes('--check')
  const write = options.includes('-w') || options.includes('--write')
  if (check && write) throw new UsageError('klew fmt: --check and -w exclude each other', FORM)
  return { check, write, files }
}

import { OPTIONS, type OptionSpec, optionKey, optionNames } from './option-table.ts'

/** A command line taken apart. `options` holds the values given, in order, by letter or long name. */
export interface ParsedLine {
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly operands: readonly string[]
}

/** The command line is wrong: exit 2. */
export class UsageError extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/**
 * Options may stand before and after operands, as with stap; `--` ends them, so that an argument
 * of the script may start with a dash.
 */
export function parseLine(argv: readonly string[]): ParsedLine {
  const options = new Map<string, string[]>()
  const operands: string[] = []
  let at = 0
  for (; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') return { options, operands: [...operands, ...argv.slice(at + 1)] }
    if (word === '-' || !word.startsWith('-')) operands.push(word)
    else if (word.startsWith('--')) readLong(word)
    else readLetters(word)
  }
  return { options, operands }

  function readLong(word: string): void {
    const equals = word.indexOf('=')
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals)
    const spec = longOption(name)
    let value = equals < 0 ? '' : word.slice(equals + 1)
    if (spec.value === undefined && equals >= 0) throw new UsageError(`--${name} takes no value`)
    if (spec.value !== undefined && !spec.optionalValue && equals < 0)
      value = next(`--${name}`, spec)
    take(spec, value)
  }

  function readLetters(word: string): void {
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] ?? ''
      const spec = OPTIONS.find(o => o.letter === letter)
      if (spec === undefined) throw unknownOption(`-${letter}`)
      if (spec.value === undefined || spec.optionalValue) {
        take(spec, '')
        continue
      }
      take(spec, i + 1 < word.length ? word.slice(i + 1) : next(`-${letter}`, spec))
      return
    }
  }

  function next(option: string, spec: OptionSpec): string {
    const value = argv[++at]
    if (value === undefined) throw new UsageError(`${option} needs a value: ${spec.value}`)
    return value
  }

  function take(spec: OptionSpec, value: string): void {
    const name = optionKey(spec)
    if (spec.status === 'refused') {
      throw new UsageError(`${optionNames(spec)}: ${spec.help}`)
    }
    const values = options.get(name)
    if (values === undefined) options.set(name, [value])
    else if (spec.repeat) values.push(value)
    else options.set(name, [value])
  }
}

/** By its whole name, or by a beginning that no other option has, as getopt_long(3) takes it. */
function longOption(name: string): OptionSpec {
  const exact = OPTIONS.find(o => o.long === name || o.also === name)
  if (exact !== undefined) return exact
  const begun = OPTIONS.filter(o => o.long?.startsWith(name) || o.also?.startsWith(name))
  const [only, another] = begun
  if (only === undefined || name === '') throw unknownOption(`--${name}`)
  if (another === undefined) return only
  const names = begun.map(o => `--${o.long}`).join(', ')
  throw new UsageError(`--${name} may mean several options: ${names}`)
}

/** The words that `parseLine` takes apart into this. */
export function commandLine({ options, operands }: ParsedLine): string[] {
  const words = [...options].flatMap(([name, values]) => {
    const spec = OPTIONS.find(o => optionKey(o) === name)
    return spec === undefined ? [] : values.flatMap(value => optionWords(spec, value))
  })
  return [...words, '--', ...operands]
}

function optionWords(spec: OptionSpec, value: string): string[] {
  const plain = spec.value === undefined || (spec.optionalValue && value === '')
  if (spec.long !== undefined) return [`--${spec.long}${plain ? '' : `=${value}`}`]
  return plain ? [`-${spec.letter}`] : [`-${spec.letter}`, value]
}

function unknownOption(given: string): UsageError {
  return new UsageError(`unknown option ${given}`, 'klew --help lists the options')
}

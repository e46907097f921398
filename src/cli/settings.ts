import { type ParsedLine, UsageError } from './options.ts'

/** The options of a script run, checked. */
export interface Settings {
  readonly script: ScriptText
  /** $1, @1 … */
  readonly arguments: readonly string[]
  readonly lastPass: 1 | 2 | 3 | 4 | 5
  readonly verbose: number
  readonly guru: boolean
  readonly warnings: boolean
  readonly verboseVerifier: boolean
  readonly command: string | undefined
  readonly targetPid: number | undefined
  readonly timeoutMs: number | undefined
  readonly outputFile: string | undefined
}

export type ScriptText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'standard-input' }

export function readSettings(line: ParsedLine): Settings {
  const { options, operands } = line
  const text = options.get('e')?.at(-1)
  const script = text === undefined ? scriptOperand(operands[0]) : { kind: 'text' as const, text }
  const command = options.get('c')?.at(-1)
  if (command !== undefined && command.trim() === '')
    throw new UsageError('-c: the command is empty')
  const targetPid = number(options, 'x', 'a process id', 1)
  if (command !== undefined && targetPid !== undefined) {
    throw new UsageError('-c and -x exclude each other: both say what target() is')
  }
  return {
    script,
    arguments: text === undefined ? operands.slice(1) : operands,
    lastPass: lastPass(options.get('p')?.at(-1)),
    verbose: options.get('v')?.length ?? 0,
    guru: options.has('g'),
    warnings: !options.has('w'),
    verboseVerifier: options.has('verbose-verifier'),
    command,
    targetPid,
    timeoutMs: timeout(options),
    outputFile: options.get('o')?.at(-1),
  }
}

function scriptOperand(operand: string | undefined): ScriptText {
  if (operand === undefined) {
    throw new UsageError('no script given', 'klew SCRIPT.stp, klew -e PROGRAM, or klew --help')
  }
  return operand === '-' ? { kind: 'standard-input' } : { kind: 'file', path: operand }
}

function lastPass(value: string | undefined): Settings['lastPass'] {
  switch (value) {
    case '1':
      return 1
    case '2':
      return 2
    case '3':
      return 3
    case '4':
      return 4
    case undefined:
    case '5':
      return 5
    default:
      throw new UsageError(`-p ${value}: pass numbers are 1 to 5`)
  }
}

const MS_PER_SECOND = 1000

function timeout(options: ParsedLine['options']): number | undefined {
  const seconds = number(options, 'T', 'seconds', Number.MIN_VALUE)
  return seconds === undefined ? undefined : seconds * MS_PER_SECOND
}

function number(
  options: ParsedLine['options'],
  letter: string,
  what: string,
  least: number,
): number | undefined {
  const text = options.get(letter)?.at(-1)
  if (text === undefined) return undefined
  const value = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least)) throw new UsageError(`-${letter} ${text}: expected ${what}`)
  return value
}

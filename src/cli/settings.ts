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
  const targetPid = processId(options)
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

/** Of setTimeout(), which takes no longer one: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** `5`, `0.5`: the milliseconds of a number of seconds that a timer can take. */
export function milliseconds(option: string, text: string): number {
  const value = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) * 1000 : Number.NaN
  if (value > 0 && value <= MAX_TIMEOUT_MS) return Math.max(value, 1)
  const most = Math.floor(MAX_TIMEOUT_MS / 1000)
  throw new UsageError(`${option} ${text}: expected seconds, more than 0 and at most ${most}`)
}

function timeout(options: ParsedLine['options']): number | undefined {
  const text = options.get('T')?.at(-1)
  return text === undefined ? undefined : milliseconds('-T', text)
}

/** include/linux/threads.h, PID_MAX_LIMIT */
const MAX_PID = 2 ** 22

function processId(options: ParsedLine['options']): number | undefined {
  const text = options.get('x')?.at(-1)
  if (text === undefined) return undefined
  const value = /^[0-9]+$/.test(text) ? Number(text) : 0
  if (value < 1 || value > MAX_PID) throw new UsageError(`-x ${text}: expected a process id`)
  return value
}

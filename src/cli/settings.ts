import type { OutputFilesOptions } from '../run/output-files.ts'
import { type Limits, readLimits } from './limits.ts'
import { type ParsedLine, UsageError } from './options.ts'

/** The options of a script run, checked. */
export interface Settings {
  readonly script: ScriptText
  /** The texts of -E, which run beside the script. */
  readonly additional: readonly string[]
  /** $1, @1 … */
  readonly arguments: readonly string[]
  readonly lastPass: Pass
  /** Of each pass: 0 says nothing. */
  readonly verbosity: Readonly<Record<Pass, number>>
  readonly guru: boolean
  readonly warnings: boolean
  readonly warningsAreErrors: boolean
  readonly skipBadVariables: boolean
  /** Nothing is left out, though it has no effect. */
  readonly unoptimised: boolean
  readonly suppressHandlerErrors: boolean
  readonly displayGlobals: boolean
  readonly json: boolean
  /** How often and how long each probe ran is told at the end. */
  readonly timing: boolean
  /** How often the screen of --monitor is drawn. */
  readonly monitorMs: number | undefined
  readonly limits: Limits
  /** Of -G: globals and what they start with. */
  readonly globals: ReadonlyMap<string, string>
  /** The SystemTap whose language is asked for. */
  readonly compatible: string | undefined
  readonly verboseVerifier: boolean
  readonly command: string | undefined
  readonly targetPid: number | undefined
  readonly timeoutMs: number | undefined
  /** Of -o and -S. */
  readonly output: OutputFilesOptions | undefined
  /** Of -m: the folder with the files of procfs probes. */
  readonly name: string | undefined
  /** The run goes on in the background, and klew gives its process id. */
  readonly background: boolean
}

export type Pass = 1 | 2 | 3 | 4 | 5

export type ScriptText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'example'; readonly name: string }
  | { readonly kind: 'standard-input' }

type Options = ParsedLine['options']

export function readSettings(line: ParsedLine): Settings {
  const { options, operands } = line
  const script = scriptOf(line)
  const command = options.get('c')?.at(-1)
  if (command !== undefined && command.trim() === '')
    throw new UsageError('-c: the command is empty')
  const targetPid = processId(options)
  if (command !== undefined && targetPid !== undefined) {
    throw new UsageError('-c and -x exclude each other: both say what target() is')
  }
  if (options.has('suppress-time-limits') && !options.has('g')) {
    throw new UsageError('--suppress-time-limits requires guru mode (-g)')
  }
  checkWithoutEffect(options)
  const settings: Settings = {
    script,
    additional: options.get('E') ?? [],
    arguments: script.kind === 'text' ? operands : operands.slice(1),
    lastPass: lastPass(options.get('p')?.at(-1)),
    verbosity: verbosity(options),
    ...switches(options),
    limits: readLimits(pairs(options, 'D', LIMIT), {
      suppressHandlerErrors: options.has('suppress-handler-errors'),
    }),
    globals: pairs(options, 'G', GLOBAL),
    compatible: compatible(options.get('compatible')?.at(-1)),
    command,
    targetPid,
    timeoutMs: timeout(options),
    output: outputFiles(options),
    name: sessionName(options),
    background: options.has('F'),
    monitorMs: monitor(options),
  }
  if (settings.monitorMs !== undefined && (settings.background || settings.json)) {
    throw new UsageError('--monitor is for people at a terminal: not with -F, and not with --json')
  }
  if (settings.background && settings.output === undefined) {
    throw new UsageError(
      '-F needs -o FILE: probes live no longer than klew, which then runs in the background',
    )
  }
  return settings
}

function switches(options: Options) {
  return {
    guru: options.has('g'),
    warnings: !options.has('w'),
    warningsAreErrors: options.has('W') && !options.has('w'),
    skipBadVariables: options.has('skip-badvars'),
    unoptimised: options.has('u'),
    suppressHandlerErrors: options.has('suppress-handler-errors'),
    displayGlobals: !options.has('no-global-var-display'),
    json: options.has('json'),
    timing: options.has('t'),
    verboseVerifier: options.has('verbose-verifier'),
  }
}

function scriptOf({ options, operands }: ParsedLine): ScriptText {
  const [text, another] = options.get('e') ?? []
  if (another !== undefined) {
    throw new UsageError('only one script can be given on the command line: -e stands twice')
  }
  if (text !== undefined) return { kind: 'text', text }
  const [operand] = operands
  if (operand === undefined) {
    throw new UsageError(
      'a script must be specified',
      'klew SCRIPT.stp, klew -e PROGRAM, or klew --help',
    )
  }
  if (options.has('example')) return { kind: 'example', name: operand }
  return operand === '-' ? { kind: 'standard-input' } : { kind: 'file', path: operand }
}

function lastPass(value: string | undefined): Pass {
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
      throw new UsageError(`-p ${value}: invalid pass number: expected 1 to 5`)
  }
}

/** -v counts for every pass, a digit of --vp for its own. */
function verbosity(options: Options): Settings['verbosity'] {
  const digits = options.get('vp') ?? []
  for (const given of digits) {
    if (!/^[0-9]{1,5}$/.test(given)) {
      throw new UsageError(`--vp ${given}: it takes 1 to 5 digits, one for each pass`)
    }
  }
  const all = options.get('v')?.length ?? 0
  const of = (pass: Pass): number =>
    digits.reduce((sum, given) => sum + Number(given[pass - 1] ?? 0), all)
  return { 1: of(1), 2: of(2), 3: of(3), 4: of(4), 5: of(5) }
}

interface PairForm {
  readonly pattern: RegExp
  readonly wanted: string
}

const LIMIT: PairForm = {
  pattern: /^([a-z_][a-z_0-9]*)(?:=(-?[a-z_0-9]+))?$/i,
  wanted: 'NAME or NAME=VALUE, of letters, digits and _',
}
const GLOBAL: PairForm = {
  pattern: /^([a-z_][a-z0-9_]*)=([a-z0-9_.-]+)$/i,
  wanted: 'NAME=VALUE; a value has letters, digits and _ . -',
}

function pairs(options: Options, letter: string, form: PairForm): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const given of options.get(letter) ?? []) {
    const [, name, value = '1'] = form.pattern.exec(given) ?? []
    if (name === undefined) throw new UsageError(`-${letter} ${given}: expected ${form.wanted}`)
    found.set(name, value)
  }
  return found
}

/** The SystemTap whose language this is. */
const LANGUAGE_VERSION = [5, 6]

function compatible(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!/^[0-9]+(\.[0-9]+)*$/.test(text)) {
    throw new UsageError(`--compatible=${text}: expected a version, such as 4.8`)
  }
  const [major = 0, minor = 0] = text.split('.').map(Number)
  const [latest = 0, latestMinor = 0] = LANGUAGE_VERSION
  if (major > latest || (major === latest && minor > latestMinor)) {
    const newest = LANGUAGE_VERSION.join('.')
    throw new UsageError(`--compatible=${text}: the latest version that is known is ${newest}`)
  }
  return text
}

/** Options without effect still have a form, and a mistake in them is one. */
function checkWithoutEffect(options: Options): void {
  const size = options.get('s')?.at(-1)
  if (size !== undefined && !(/^[0-9]+$/.test(size) && Number(size) >= 1 && Number(size) <= 4095)) {
    throw new UsageError(`-s ${size}: invalid buffer size: expected 1 to 4095`)
  }
  const runtime = options.get('runtime')?.at(-1)
  if (runtime === 'dyninst') throw new UsageError('--runtime=dyninst: klew is eBPF only')
  if (runtime !== undefined && runtime !== 'kernel' && runtime !== 'bpf') {
    throw new UsageError(`--runtime=${runtime}: expected kernel or bpf`)
  }
}

/** -m NAME; SystemTap's is that of a file too. */
function sessionName(options: Options): string | undefined {
  const given = options.get('m')?.at(-1)
  if (given === undefined) return undefined
  const [, name] = /^([a-z0-9_]+)(?:\.ko)?$/.exec(given) ?? []
  if (name !== undefined) return name
  throw new UsageError(`-m ${given}: expected a name of lower-case letters, digits and _`)
}

const BYTES_PER_MIB = 2 ** 20
/** The size of a file is a number of JavaScript too. */
const MAX_FILE_MIB = 2 ** 32

/** -o FILE, and -S SIZE[,N] with it. */
function outputFiles(options: Options): OutputFilesOptions | undefined {
  const path = options.get('o')?.at(-1)
  const given = options.get('S')?.at(-1)
  if (given === undefined) return path === undefined ? undefined : { path }
  const [, size, keep] = /^([0-9]+)(?:,([0-9]+))?$/.exec(given) ?? []
  const mib = Number(size)
  if (!(mib >= 1 && mib <= MAX_FILE_MIB) || keep === '0') {
    const wanted = 'SIZE or SIZE,N: the MiB that a file may have, and how many files are kept'
    throw new UsageError(`-S ${given}: expected ${wanted}`)
  }
  if (path === undefined) throw new UsageError('-S needs -o FILE: it is about the size of files')
  const maxBytes = mib * BYTES_PER_MIB
  return { path, maxBytes, ...(keep === undefined ? {} : { keep: Number(keep) }) }
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

function timeout(options: Options): number | undefined {
  const text = options.get('T')?.at(-1)
  return text === undefined ? undefined : milliseconds('-T', text)
}

function monitor(options: Options): number | undefined {
  const text = options.get('monitor')?.at(-1)
  return text === undefined ? undefined : milliseconds('--monitor', text === '' ? '1' : text)
}

/** include/linux/threads.h, PID_MAX_LIMIT */
const MAX_PID = 2 ** 22

function processId(options: Options): number | undefined {
  const text = options.get('x')?.at(-1)
  if (text === undefined) return undefined
  const value = /^[0-9]+$/.test(text) ? Number(text) : 0
  if (value < 1 || value > MAX_PID) throw new UsageError(`-x ${text}: expected a process id`)
  return value
}

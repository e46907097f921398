/**
 * The option table: parsing and help come from it. Letters and meanings are those of stap(1);
 * an option of stap that klew cannot serve stands here too, with the reason, so that it is
 * refused in words and not taken for a script.
 */
export interface OptionSpec {
  /** `v` for -v; absent for options that are only long. */
  readonly letter?: string
  /** `version` for --version. */
  readonly long?: string
  /** Name of the value in help; absent for a switch. */
  readonly value?: string
  /** `--vm` or `--vm=6.12`: the value is only taken behind `=`. */
  readonly optionalValue?: boolean
  readonly repeat?: boolean
  readonly help: string
  /**
   * `taken`: klew does it. `accepted`: has no meaning on eBPF and does no harm.
   * `refused`: `help` says why and what to use.
   */
  readonly status: 'taken' | 'accepted' | 'refused'
}

export const OPTIONS: readonly OptionSpec[] = [
  taken({ letter: 'e', value: 'SCRIPT', help: 'run this text instead of a file' }),
  taken({ letter: 'v', repeat: true, help: 'say what each pass did and how long it took' }),
  taken({
    letter: 'p',
    value: 'N',
    help: 'stop after pass N: 1 parse, 2 check, 3 translate, 4 load, 5 run',
  }),
  taken({ letter: 'l', value: 'POINT', help: 'list the probe points that match' }),
  taken({ letter: 'L', value: 'POINT', help: 'the same, with the variables of each' }),
  taken({
    letter: 'c',
    value: 'CMD',
    help: 'start CMD when the probes are armed; end when it ends',
  }),
  taken({ letter: 'x', value: 'PID', help: 'what target() gives' }),
  taken({ letter: 'T', value: 'SECONDS', help: 'end after that long (may be a fraction)' }),
  taken({ letter: 'o', value: 'FILE', help: 'write the output of the script to FILE' }),
  taken({
    letter: 'g',
    help: 'guru mode: accepted; what it would allow beyond is refused by name',
  }),
  taken({ letter: 'w', help: 'no warnings' }),
  taken({ letter: 'h', long: 'help', help: 'this text' }),
  taken({ letter: 'V', long: 'version', help: 'the version' }),
  taken({
    long: 'vm',
    value: 'VERSION',
    optionalValue: true,
    help: 'do it in a throw-away kernel (QEMU)',
  }),
  taken({
    long: 'verbose-verifier',
    help: "print the kernel verifier's whole log when it refuses a program",
  }),
  taken({ long: 'color', value: 'WHEN', optionalValue: true, help: 'auto, always or never' }),
  accepted({ letter: 'k', help: 'keep the temporary directory: there is none' }),
  accepted({ letter: 'u', help: 'no optimisation: unused code is still checked' }),
  accepted({
    letter: 'P',
    long: 'prologue-searching',
    value: 'WHEN',
    optionalValue: true,
    help: 'prologues need no search here',
  }),
  accepted({ letter: 's', value: 'MB', help: 'buffer size: the ring is sized by klew' }),
  accepted({ letter: 'R', value: 'DIR', help: 'runtime directory: there is none' }),
  accepted({ long: 'disable-cache', help: 'nothing is cached between runs' }),
  accepted({ long: 'all-modules', help: 'symbols of all modules are always known' }),
  accepted({ long: 'ldd', help: 'symbols of libraries are not needed yet' }),
  refused({
    letter: 'E',
    value: 'SCRIPT',
    help: 'not in this version; join the scripts in one file',
  }),
  refused({ letter: 'I', value: 'DIR', help: 'not in this version: tapset directories' }),
  refused({ letter: 'D', value: 'NAME=VALUE', help: 'not in this version: limits' }),
  refused({
    letter: 'G',
    value: 'NAME=VALUE',
    help: 'not in this version: values of globals; use script arguments ($1, @1)',
  }),
  refused({ letter: 'S', value: 'SIZE[,N]', help: 'not in this version: rotated output files' }),
  refused({ letter: 'F', help: 'not in this version: flight recorder' }),
  refused({ letter: 't', help: 'not in this version: timing of probes' }),
  refused({ letter: 'W', help: 'not in this version: warnings as errors' }),
  refused({
    letter: 'b',
    help: 'there are no per-CPU files: one ring keeps the order of the kernel',
  }),
  refused({ letter: 'i', long: 'interactive', help: 'not in this version' }),
  refused({ letter: 'm', value: 'NAME', help: 'no kernel module is made' }),
  refused({ letter: 'B', value: 'OPTION', help: 'nothing is built with make' }),
  refused({
    letter: 'r',
    value: 'RELEASE',
    help: 'klew runs on the running kernel; for another one use --vm=VERSION',
  }),
  refused({ letter: 'a', value: 'ARCH', help: 'klew runs on the running machine' }),
  refused({
    letter: 'd',
    value: 'MODULE',
    help: 'symbols of all modules are always known; leave it out',
  }),
  refused({ letter: 'q', help: 'no tapset coverage data is kept' }),
  refused({ long: 'monitor', value: 'SECONDS', optionalValue: true, help: 'not in this version' }),
  refused({
    long: 'remote',
    value: 'HOST',
    help: 'not in this version; run klew there through ssh',
  }),
  refused({
    long: 'use-server',
    value: 'SERVER',
    optionalValue: true,
    help: 'no compile server is needed',
  }),
  refused({ long: 'dump-functions', help: 'not in this version' }),
  refused({ long: 'dump-probe-aliases', help: 'not in this version' }),
  refused({ long: 'dump-probe-types', help: 'not in this version' }),
  refused({ long: 'language-server', help: 'not in this version' }),
  refused({ long: 'json', help: 'not in this version' }),
]

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
    const spec = OPTIONS.find(o => o.long === name)
    if (spec === undefined) throw unknownOption(`--${name}`)
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
    const name = spec.letter ?? spec.long ?? ''
    if (spec.status === 'refused') {
      throw new UsageError(`${optionNames(spec)}: ${spec.help}`)
    }
    const values = options.get(name)
    if (values === undefined) options.set(name, [value])
    else if (spec.repeat) values.push(value)
    else options.set(name, [value])
  }
}

/** The words that `parseLine` takes apart into this. */
export function commandLine({ options, operands }: ParsedLine): string[] {
  const words = [...options].flatMap(([name, values]) => {
    const spec = OPTIONS.find(o => (o.letter ?? o.long) === name)
    return spec === undefined ? [] : values.flatMap(value => optionWords(spec, value))
  })
  return [...words, '--', ...operands]
}

function optionWords(spec: OptionSpec, value: string): string[] {
  const plain = spec.value === undefined || (spec.optionalValue && value === '')
  if (spec.long !== undefined) return [`--${spec.long}${plain ? '' : `=${value}`}`]
  return plain ? [`-${spec.letter}`] : [`-${spec.letter}`, value]
}

/** `-h, --help` */
export function optionNames(spec: OptionSpec): string {
  const names: string[] = []
  if (spec.letter !== undefined) names.push(`-${spec.letter}`)
  if (spec.long !== undefined) names.push(`--${spec.long}`)
  return names.join(', ')
}

function unknownOption(given: string): UsageError {
  return new UsageError(`unknown option ${given}`, 'klew --help lists the options')
}

function taken(spec: Omit<OptionSpec, 'status'>): OptionSpec {
  return { ...spec, status: 'taken' }
}

function accepted(spec: Omit<OptionSpec, 'status'>): OptionSpec {
  return { ...spec, status: 'accepted' }
}

function refused(spec: Omit<OptionSpec, 'status'>): OptionSpec {
  return { ...spec, status: 'refused' }
}

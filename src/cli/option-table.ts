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
  /** Another spelling: `colour`. */
  readonly also?: string
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

/** `-h, --help` */
export function optionNames(spec: OptionSpec): string {
  const names: string[] = []
  if (spec.letter !== undefined) names.push(`-${spec.letter}`)
  if (spec.long !== undefined) names.push(`--${spec.long}`)
  return names.join(', ')
}

/** By which the values of an option are found: its letter, else its long name. */
export function optionKey(spec: OptionSpec): string {
  return spec.letter ?? spec.long ?? ''
}

const script: readonly OptionSpec[] = [
  taken({ letter: 'e', value: 'SCRIPT', repeat: true, help: 'run this text instead of a file' }),
  taken({ letter: 'E', value: 'SCRIPT', repeat: true, help: 'run this text beside the script' }),
  taken({
    letter: 'I',
    value: 'DIR',
    repeat: true,
    help: 'look for functions, aliases and macros in DIR too',
  }),
  taken({
    letter: 'm',
    value: 'NAME',
    help: 'name of the folder with the files of procfs probes',
  }),
  taken({
    letter: 'D',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: 'set a limit: MAXMAPENTRIES, MAXERRORS, MAXSKIPPED, MAXACTION',
  }),
  taken({
    letter: 'G',
    value: 'NAME=VALUE',
    repeat: true,
    help: 'the value of a global at the start, if it is a number or a string',
  }),
  taken({
    letter: 'g',
    help: 'guru mode: embedded code and other dangerous things may be written',
  }),
  taken({ long: 'example', help: 'the script is one of the examples, found by its name' }),
  taken({ long: 'skip-badvars', help: 'target variables that are not there are 0' }),
  taken({
    long: 'compatible',
    value: 'VERSION',
    help: 'the language of that SystemTap',
  }),
  taken({
    long: 'suppress-handler-errors',
    help: 'count errors and skipped probes, and go on however many they are',
  }),
  taken({
    long: 'suppress-time-limits',
    help: 'with -g; here only MAXACTION limits loops, and before Linux 6.9 only',
  }),
  taken({ long: 'no-global-var-display', help: 'no list of globals at the end' }),
]

const run: readonly OptionSpec[] = [
  taken({ letter: 'v', repeat: true, help: 'say what each pass did and how long it took' }),
  taken({ long: 'vp', value: 'DIGITS', repeat: true, help: 'the same, a digit for each pass' }),
  taken({
    letter: 'p',
    value: 'N',
    help: 'stop after pass N: 1 parse, 2 check, 3 translate, 4 load, 5 run',
  }),
  taken({
    letter: 'c',
    value: 'CMD',
    help: 'start CMD when the probes are armed; end when it ends',
  }),
  taken({ letter: 'x', value: 'PID', help: 'what target() gives' }),
  taken({ letter: 'T', value: 'SECONDS', help: 'end after that long (may be a fraction)' }),
  taken({
    letter: 'o',
    value: 'FILE',
    help: 'write the output of the script to FILE (with %Y, %m … of strftime); SIGUSR2: to FILE.1 …',
  }),
  taken({
    letter: 'S',
    value: 'SIZE[,N]',
    help: 'with -o: FILE.0, FILE.1 … of at most SIZE MiB; only the newest N stay',
  }),
  taken({ letter: 'F', help: 'with -o: go on in the background; prints the process id' }),
  taken({
    long: 'monitor',
    value: 'SECONDS',
    optionalValue: true,
    help: 'a screen of probes and globals, with keys',
  }),
  taken({ letter: 't', help: 'how often each probe ran, and how long, at the end' }),
  taken({ letter: 'u', help: 'leave nothing out, though it has no effect' }),
  taken({ letter: 'w', help: 'no warnings' }),
  taken({ letter: 'W', help: 'warnings are errors' }),
  taken({
    long: 'color',
    also: 'colour',
    value: 'WHEN',
    optionalValue: true,
    help: 'auto, always or never',
  }),
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
]

const lists: readonly OptionSpec[] = [
  taken({ letter: 'l', value: 'POINT', repeat: true, help: 'list the probe points that match' }),
  taken({
    letter: 'L',
    value: 'POINT',
    repeat: true,
    help: 'the same, with the variables of each',
  }),
  taken({ long: 'dump-functions', help: 'list the functions of the library' }),
  taken({ long: 'dump-probe-aliases', help: 'list the aliases of the library' }),
  taken({ long: 'dump-probe-types', help: 'list the kinds of probe points' }),
  taken({ long: 'json', help: 'output, messages and lists as JSON, an object a line' }),
  taken({ letter: 'h', long: 'help', help: 'this text' }),
  taken({ letter: 'V', long: 'version', help: 'the version' }),
]

const withoutEffect: readonly OptionSpec[] = [
  accepted({ letter: 'k', help: 'keep the temporary directory: there is none' }),
  accepted({
    letter: 'P',
    long: 'prologue-searching',
    value: 'WHEN',
    optionalValue: true,
    help: 'prologues need no search here',
  }),
  accepted({ letter: 's', value: 'MB', help: 'buffer size: the ring is sized by klew' }),
  accepted({ letter: 'q', help: 'no data about the use of the library is kept' }),
  accepted({ letter: 'R', value: 'DIR', help: 'runtime directory: there is none' }),
  accepted({ letter: 'B', value: 'OPTION', repeat: true, help: 'nothing is built with make' }),
  accepted({ letter: 'd', value: 'OBJECT', repeat: true, help: 'symbols are always known' }),
  accepted({ long: 'all-modules', help: 'symbols of all modules are always known' }),
  accepted({ long: 'ldd', help: 'symbols of libraries are not needed yet' }),
  accepted({ long: 'modinfo', value: 'NAME=VALUE', repeat: true, help: 'no module is made' }),
  accepted({ long: 'sign-module', value: 'KEY', optionalValue: true, help: 'no module is made' }),
  accepted({ long: 'save-uprobes', help: 'no module is made' }),
  accepted({ long: 'check-version', help: 'the language is that of one version' }),
  accepted({ long: 'semantic-keep-going', help: 'all errors are always shown' }),
  accepted({ long: 'disable-cache', help: 'nothing is cached between runs' }),
  accepted({ long: 'poison-cache', help: 'nothing is cached between runs' }),
  accepted({ long: 'clean-cache', help: 'nothing is cached between runs' }),
  accepted({ long: 'tmpdir', value: 'DIR', help: 'there are no temporary files' }),
  accepted({
    long: 'download-debuginfo',
    value: 'WHEN',
    optionalValue: true,
    help: 'none is needed',
  }),
  accepted({ long: 'runtime', value: 'MODE', help: 'kernel or bpf: it is eBPF in any case' }),
  accepted({ long: 'bpf', help: 'it is eBPF in any case' }),
  accepted({
    long: 'privilege',
    value: 'LEVEL',
    optionalValue: true,
    help: 'the kernel says what a user may do',
  }),
  accepted({ long: 'unprivileged', help: 'the kernel says what a user may do' }),
  accepted({ long: 'debug', help: 'no module is made' }),
  ...['as', 'cpu', 'nproc', 'stack', 'fsize'].map(what =>
    accepted({ long: `rlimit-${what}`, value: 'N', help: 'of the translator: it needs no limits' }),
  ),
]

const refusals: readonly OptionSpec[] = [
  refused({
    letter: 'b',
    help: 'there are no per-CPU files: one ring keeps the order of the kernel',
  }),
  refused({ letter: 'i', long: 'interactive', help: 'not in this version' }),
  refused({
    letter: 'r',
    value: 'RELEASE',
    help: 'klew runs on the running kernel; for another one use --vm=VERSION',
  }),
  refused({ letter: 'a', value: 'ARCH', help: 'klew runs on the running machine' }),
  refused({ long: 'dyninst', help: 'klew probes the kernel by eBPF only' }),
  refused({
    long: 'remote',
    value: 'HOST',
    help: 'not in this version; run klew there through ssh',
  }),
  refused({ long: 'remote-prefix', help: 'not in this version; run klew there through ssh' }),
  refused({
    long: 'target-namespaces',
    value: 'PID',
    help: 'not in this version: namespaces of another process',
  }),
  refused({
    long: 'sysroot',
    value: 'DIR',
    help: 'klew runs on the running machine; for another kernel use --vm=VERSION',
  }),
  refused({ long: 'sysenv', value: 'NAME=VALUE', help: 'klew runs on the running machine' }),
  refused({
    long: 'build-as',
    value: 'USER',
    help: 'nothing is built: the user is who starts klew',
  }),
  refused({
    long: 'use-server',
    value: 'SERVER',
    optionalValue: true,
    help: 'no compile server is needed',
  }),
  refused({
    long: 'use-server-on-error',
    value: 'WHEN',
    optionalValue: true,
    help: 'no compile server is needed',
  }),
  refused({
    long: 'use-http-server',
    value: 'SERVER',
    help: 'no compile server is needed',
  }),
  refused({
    long: 'list-servers',
    value: 'PROPERTIES',
    optionalValue: true,
    help: 'no compile server is needed',
  }),
  refused({
    long: 'trust-servers',
    value: 'TRUST',
    optionalValue: true,
    help: 'no compile server is needed',
  }),
  refused({ long: 'client-options', help: 'no compile server is needed' }),
  refused({ long: 'language-server', help: 'not in this version' }),
]

export const OPTIONS: readonly OptionSpec[] = [
  ...script,
  ...run,
  ...lists,
  ...withoutEffect,
  ...refusals,
]

function taken(spec: Omit<OptionSpec, 'status'>): OptionSpec {
  return { ...spec, status: 'taken' }
}

function accepted(spec: Omit<OptionSpec, 'status'>): OptionSpec {
  return { ...spec, status: 'accepted' }
}

function refused(spec: Omit<OptionSpec, 'status'>): OptionSpec {
  return { ...spec, status: 'refused' }
}

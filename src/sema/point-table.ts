/** What a probe point of the table comes down to; each has a function in points.ts. */
export type Family =
  | 'ordered'
  | 'never'
  | 'oneshot'
  | 'timer'
  | 'profile'
  | 'function'
  | 'statement'
  | 'tracepoint'
  | 'watch'
  | 'kprobe'
  | 'process'
  | 'user'
  | 'perf'
  | 'netfilter'
  | 'procfs'
  | 'input'
  | 'refused'

/** Points that begin alike: `prefix.ending` for each ending; `''` is the prefix alone. */
export interface PointGroup {
  readonly family: Family
  readonly prefix: string
  readonly endings: readonly string[]
}

/** `begin(number)`, `kernel.function(string).call` …, sorted: all but those that are only refused. */
export function probeTypes(): readonly string[] {
  const shown = pointTable().filter(g => g.family !== 'refused')
  return [...new Set(shown.flatMap(patternsOf))].sort()
}

export function patternsOf({ prefix, endings }: PointGroup): readonly string[] {
  return endings.map(e => (e === '' ? prefix : `${prefix}.${e}`))
}

/**
 * The patterns of all probe points, as `--dump-probe-types` prints them. `(number)` and `(string)`
 * are kinds of arguments: `function` and `function(string)` are different components.
 */
export function pointTable(): readonly PointGroup[] {
  const userSpace = ['process(string)', 'process(string).library(string)', 'process(number)']
  return [
    { family: 'ordered', prefix: 'begin', endings: [''] },
    { family: 'ordered', prefix: 'begin(number)', endings: [''] },
    { family: 'ordered', prefix: 'end', endings: [''] },
    { family: 'ordered', prefix: 'end(number)', endings: [''] },
    { family: 'ordered', prefix: 'error', endings: [''] },
    { family: 'ordered', prefix: 'error(number)', endings: [''] },
    { family: 'never', prefix: 'never', endings: [''] },
    { family: 'oneshot', prefix: 'oneshot', endings: [''] },
    ...timers(),
    ...inKernel('kernel'),
    ...inKernel('module(string)'),
    { family: 'statement', prefix: 'kernel', endings: ['statement(number).absolute'] },
    { family: 'tracepoint', prefix: 'kernel', endings: ['trace(string)'] },
    { family: 'watch', prefix: 'kernel', endings: WATCHES },
    { family: 'kprobe', prefix: 'kprobe', endings: KPROBES },
    { family: 'kprobe', prefix: 'kprobe', endings: KPROBES.map(e => `module(string).${e}`) },
    { family: 'statement', prefix: 'kprobe', endings: ['statement(number).absolute'] },
    ...[...userSpace, 'process', 'process.library(string)'].map(inProcess),
    ...['process(string)', 'process(number)', 'process'].map(processEvents),
    {
      family: 'user',
      prefix: 'process(number)',
      endings: ['statement(number).absolute', 'statement(number).absolute.return'],
    },
    { family: 'perf', prefix: 'perf.type(number).config(number)', endings: PERF },
    { family: 'netfilter', prefix: 'netfilter', endings: NETFILTER },
    ...['procfs', 'procfs.umask(number)', 'procfs(string)', 'procfs(string).umask(number)'].map(
      prefix => ({ family: 'procfs', prefix, endings: PROCFS }) as const,
    ),
    { family: 'input', prefix: 'input', endings: ['char', 'line'] },
    ...refusals(),
  ]
}

function timers(): readonly PointGroup[] {
  const units = ['s', 'sec', 'ms', 'msec', 'us', 'usec', 'ns', 'nsec', 'jiffies']
  const endings = units.flatMap(u => [`${u}(number)`, `${u}(number).randomize(number)`])
  return [
    { family: 'timer', prefix: 'timer', endings: ['hz(number)', ...endings] },
    { family: 'profile', prefix: 'timer.profile', endings: ['', 'tick', 'freq.hz(number)'] },
  ]
}

const RETURNS = ['return', 'return.maxactive(number)']
const WITHIN = ['callee(string)', 'callee(string).call', 'callee(string).return', 'callees']
const BY_NAME = ['', 'call', 'exported', 'inline', 'label(string)', ...WITHIN, 'callees(number)']
const BY_ADDRESS = ['', 'call', 'exported']
const STATEMENTS = ['number', 'string'].flatMap(a => [`statement(${a})`, `statement(${a}).nearest`])
const KPROBES = ['', 'call', ...RETURNS].map(e => after('function(string)', e))

const WATCHES = ['rw', 'write'].flatMap(access => [
  `data(number).${access}`,
  `data(number).length(number).${access}`,
  `data(string).${access}`,
])

function after(head: string, ending: string): string {
  return ending === '' ? head : `${head}.${ending}`
}

function inKernel(prefix: string): readonly PointGroup[] {
  const byName = [...BY_NAME, ...RETURNS].map(e => after('function(string)', e))
  const byAddress = [...BY_ADDRESS, ...RETURNS].map(e => after('function(number)', e))
  return [
    { family: 'function', prefix, endings: [...byName, ...byAddress] },
    { family: 'statement', prefix, endings: STATEMENTS },
    { family: 'refused', prefix, endings: ['tracepoint(string)'] },
  ]
}

function inProcess(prefix: string): PointGroup {
  const byName = [...BY_NAME, 'return'].map(e => after('function(string)', e))
  const byAddress = [...BY_ADDRESS, 'return'].map(e => after('function(number)', e))
  const plt = ['plt', 'plt.return', 'plt(string)', 'plt(string).return']
  const marks = ['mark(string)', 'provider(string).mark(string)']
  const endings = [...byName, ...byAddress, ...STATEMENTS, ...plt, ...marks]
  return { family: 'user', prefix, endings }
}

function processEvents(prefix: string): PointGroup {
  const endings = ['begin', 'end', 'thread.begin', 'thread.end', 'syscall', 'syscall.return']
  return { family: 'process', prefix, endings }
}

const PERF = [
  '',
  'sample(number)',
  'hz(number)',
  'counter(string)',
  'process',
  'process(string)',
  'process(string).counter(string)',
]

const NETFILTER = ['hook(string).pf(string)', 'pf(string).hook(string)'].flatMap(e => [
  e,
  `${e}.priority(string)`,
])

const PROCFS = ['read', 'read.maxsize(number)', 'write']

/** Points that SystemTap has, had or may be built with; their refusal says why. */
function refusals(): readonly PointGroup[] {
  const java = ['', 'return'].flatMap(e => [
    after('class(string).method(string)', e),
    after('method(string)', e),
  ])
  const python = ['', 'call', 'return'].map(e => after('module(string).function(string)', e))
  const refused = 'refused'
  return [
    { family: refused, prefix: 'kernel', endings: ['mark(string)', 'mark(string).format(string)'] },
    { family: refused, prefix: 'kernel', endings: ['lsm(string)'] },
    { family: refused, prefix: 'process(string)', endings: ['insn', 'insn.block'] },
    { family: refused, prefix: 'process(number)', endings: ['insn', 'insn.block'] },
    { family: refused, prefix: 'java(string)', endings: java },
    { family: refused, prefix: 'java(number)', endings: java },
    { family: refused, prefix: 'python2', endings: python },
    { family: refused, prefix: 'python3', endings: python },
    { family: refused, prefix: 'debuginfod', endings: ['process(string)'] },
    ...['read', 'write', 'rw'].map(
      access =>
        ({
          family: refused,
          prefix: 'process(string)',
          endings: [`data(number).${access}`, `data(string).${access}`],
        }) as const,
    ),
  ]
}

/** What a point may do beyond what this kernel has. */
export interface PointOptions {
  /** -g: absolute addresses, and names of netfilter that only headers know. */
  readonly guru: boolean
  /** Whether -c or -x names a process, where that is known. */
  readonly target?: boolean
}

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { nearest } from '../text/nearest.ts'
import type { CliContext } from './context.ts'
import { reportFailure } from './failure.ts'
import { isInBackground } from './in-background.ts'
import { listAsked } from './list-options.ts'
import { type ParsedLine, parseLine, UsageError } from './options.ts'
import { rcWords } from './rc-file.ts'

/** Words that are commands; any other first word is a script file, as with stap. */
const COMMANDS = ['run', 'check', 'fmt', 'explain', 'vm', 'send', 'help', 'demo'] as const

/** Commands that are promised and not there yet: never taken for a script of that name. */
const LATER = new Set(
  'follow events list why receive pktgen record replay query diff export top topo ui doctor prep lsp completion'.split(
    ' ',
  ),
)

/** Runs one command line and gives the exit code. Never throws. */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(argv, context)
  } catch (error) {
    return reportFailure(error, context)
  }
}

async function dispatch(argv: readonly string[], context: CliContext): Promise<number> {
  const word = argv[0] ?? ''
  if (isCommand(word)) return command(word, argv.slice(1), context)
  if (LATER.has(word)) {
    throw new UsageError(`klew ${word} is not in this version`, 'klew help lists what is')
  }
  return script(argv, context)
}

async function command(
  word: (typeof COMMANDS)[number],
  rest: readonly string[],
  context: CliContext,
): Promise<number> {
  if (word !== 'run' && asksForHelp(rest)) {
    return (await import('./commands/help.ts')).help(context, [word])
  }
  switch (word) {
    case 'run':
      return script(rest, context)
    case 'vm':
      return (await import('./commands/vm.ts')).vm(rest, context)
    case 'send':
      return (await import('./commands/send.ts')).send(rest, context)
    case 'check': {
      const { check } = await import('./commands/check.ts')
      return check(rest, context, line => withColor(line, context))
    }
    case 'fmt':
      return (await import('./commands/fmt.ts')).fmt(rest, context)
    case 'explain':
      return (await import('./commands/explain.ts')).explain(rest, context)
    case 'help':
      return (await import('./commands/help.ts')).help(context, rest)
    case 'demo':
      return (await import('./commands/demo.ts')).demo(context)
  }
}

/** `klew vm run -- CMD --help` asks CMD. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  return own.includes('--help') || own.includes('-h')
}

async function script(argv: readonly string[], context: CliContext): Promise<number> {
  const inside = isInBackground(context.env)
  const line = parseLine([...(inside ? [] : rcWords(context.env)), ...argv])
  if (line.options.has('h')) return (await import('./commands/help.ts')).help(context, [])
  if (line.options.has('V')) return (await import('./commands/help.ts')).version(context)
  refuseCommandBehindOptions(line, context)
  const colored = withColor(line, context)
  if (line.options.has('F') && !inside) {
    return (await import('./commands/background.ts')).startInBackground(line, colored)
  }
  if (line.options.has('vm')) {
    return (await import('./commands/in-guest.ts')).inGuest(line, colored)
  }
  switch (listAsked(line.options)) {
    case 'l':
    case 'L':
      return (await import('./commands/list-points.ts')).listPoints(line, colored)
    case 'dump-functions':
    case 'dump-probe-aliases':
    case 'dump-probe-types':
      return (await import('./commands/dump.ts')).dumpLists(line, colored)
    case undefined:
  }
  if (inside) return (await import('./commands/background.ts')).runInBackground(line, colored)
  return (await import('./commands/script.ts')).runScript(line, colored)
}

/** `klew -I DIR check x`, `klew chekc x`: no file has that name, and a command has, or nearly. */
function refuseCommandBehindOptions({ options, operands }: ParsedLine, context: CliContext): void {
  const [word] = operands
  if (word === undefined || options.has('e') || existsSync(resolve(context.cwd, word))) return
  const [near] = nearest(word, COMMANDS, 1)
  if (near === undefined || options.has('example')) return
  const hint =
    near === word ? `a command comes first: klew ${word} …` : `did you mean: klew ${near} …`
  throw new UsageError(`input file '${word}' is missing`, hint)
}

/** --color decides; without it the terminal does, which is asked when something is coloured. */
function withColor(line: ParsedLine, context: CliContext): CliContext {
  const when = line.options.get('color')?.at(-1)
  switch (when) {
    case undefined:
    case 'auto':
      return context.env['TERM'] === 'dumb' ? { ...context, color: false } : context
    case '':
    case 'always':
      return { ...context, color: true }
    case 'never':
      return { ...context, color: false }
    default:
      throw new UsageError(`--color=${when}: expected auto, always or never`)
  }
}

function isCommand(word: string): word is (typeof COMMANDS)[number] {
  return COMMANDS.some(c => c === word)
}

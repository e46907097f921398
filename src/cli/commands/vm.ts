import { vmFetch, vmRun, vmShell } from '../../guest/commands.ts'
import { type CliContext, EXIT } from '../context.ts'
import { UsageError } from '../options.ts'
import { milliseconds } from '../settings.ts'

const FORMS = [
  'klew vm run [--kernel VERSION] [--out DIR] [--timeout SECONDS] [--memory MIB] -- CMD [ARG...]',
  'klew vm shell [--kernel VERSION] [--out DIR]',
  'klew vm fetch [--kernel VERSION]',
].join('\n  ')

/** What stands between `klew vm WORD` and the command. */
interface VmLine {
  readonly kernel?: string
  readonly outDir?: string
  readonly timeoutMs?: number
  readonly memoryMb?: number
  readonly command: readonly string[]
}

export async function vm(argv: readonly string[], context: CliContext): Promise<number> {
  const [word = '', ...rest] = argv
  const line = readLine(rest)
  const { command: _command, ...settings } = line
  const options = { ...settings, ...common(context) }
  switch (word) {
    case 'run': {
      if (line.command.length === 0) throw new UsageError('klew vm run: no command', FORMS)
      const streams = { stdout: context.outBytes, stderr: context.errBytes }
      return (await vmRun({ ...options, ...streams, command: line.command })).status
    }
    case 'shell':
      if (line.command.length > 0) throw new UsageError('klew vm shell takes no command', FORMS)
      if (!process.stdin.isTTY) throw new UsageError('klew vm shell needs a terminal', FORMS)
      return (await vmShell(options)).status
    case 'fetch': {
      if (line.command.length > 0) throw new UsageError('klew vm fetch takes no command', FORMS)
      const kernel = await vmFetch(options)
      context.out(`${kernel.release}\n`)
      return EXIT.ok
    }
    default:
      throw new UsageError(`${`klew vm ${word}`.trimEnd()}: expected run, shell or fetch`, FORMS)
  }
}

export interface GuestRunOptions {
  readonly kernel: string | undefined
  /** A folder that the guest may write to, seen at the same path. */
  readonly outDir: string | undefined
  /** What the command reads on standard input; nothing if absent. */
  readonly input?: Uint8Array
}

/** Runs a command line of klew in the guest, from the same folder with the same files. */
export async function guestRun(
  command: readonly string[],
  options: GuestRunOptions,
  context: CliContext,
): Promise<number> {
  const result = await vmRun({
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    ...(options.outDir === undefined ? {} : { outDir: options.outDir }),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...common(context),
    command,
    stdout: context.outBytes,
    stderr: context.errBytes,
  })
  return result.status
}

function common(context: CliContext): {
  cwd: string
  env: NodeJS.ProcessEnv
  allowFetch: boolean
  say: (text: string) => void
} {
  return { cwd: context.cwd, env: context.env, allowFetch: true, say: context.err }
}

function readLine(argv: readonly string[]): VmLine {
  const line: { -readonly [K in keyof VmLine]: VmLine[K] } = { command: [] }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') return { ...line, command: argv.slice(at + 1) }
    if (!word.startsWith('-')) return { ...line, command: argv.slice(at) }
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    const value = equals < 0 ? argv[++at] : word.slice(equals + 1)
    if (value === undefined) throw new UsageError(`${name} needs a value`, FORMS)
    if (name === '--kernel') line.kernel = value
    else if (name === '--out') line.outDir = value
    else if (name === '--timeout') line.timeoutMs = milliseconds(name, value)
    else if (name === '--memory') line.memoryMb = megabytes(name, value)
    else throw new UsageError(`unknown option ${name}`, FORMS)
  }
  return line
}

/** With less, the kernel finds no room for what it boots from, and hangs. */
const LEAST_MEMORY_MB = 256

function megabytes(name: string, text: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : 0
  if (value >= LEAST_MEMORY_MB) return value
  throw new UsageError(`${name} ${text}: expected MiB, at least ${LEAST_MEMORY_MB}`, FORMS)
}

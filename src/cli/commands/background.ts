import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { strftime } from '../../run/strftime.ts'
import { type CliContext, EXIT } from '../context.ts'
import { reportFailure } from '../failure.ts'
import { IN_BACKGROUND } from '../in-background.ts'
import { commandLine, type ParsedLine, UsageError } from '../options.ts'
import { readSettings } from '../settings.ts'
import { runScript } from './script.ts'

const READY_FD = 3
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * -F: starts the same command in a session of its own, waits until it runs, and gives its process
 * id. What goes wrong until then is told here, with its exit code.
 */
export async function startInBackground(line: ParsedLine, context: CliContext): Promise<number> {
  const settings = readSettings(line)
  if (settings.lastPass < 5) throw new UsageError('-F runs a script; with -p nothing is run')
  if (line.options.has('vm')) {
    throw new UsageError('-F and --vm exclude each other: the kernel ends with its command')
  }
  const options = new Map(line.options)
  options.set('color', [context.color ? 'always' : 'never'])
  const [program = '', ...words] = context.self
  const isInput = settings.script.kind === 'standard-input'
  const child = spawn(program, [...words, ...commandLine({ ...line, options })], {
    cwd: context.cwd,
    detached: true,
    env: { ...context.env, [IN_BACKGROUND]: String(READY_FD) },
    stdio: [isInput ? 'inherit' : 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  child.stderr?.on('data', (bytes: Buffer) => context.errBytes(bytes))
  // It is in a session of its own, where no ^C reaches it.
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  const ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : EXIT.bug))
  const ready = child.stdio[READY_FD]
  if (!(ready instanceof Readable)) throw new Error('the descriptor of readiness is no pipe')
  const running = new Promise<undefined>(resolve => ready.once('data', () => resolve(undefined)))
  const status = await Promise.race([running, ended])
  for (const signal of SIGNALS) process.off(signal, pass)
  if (status !== undefined) return status
  context.out(`${child.pid}\n`)
  return EXIT.ok
}

/** The run that `startInBackground` starts. Once it runs, nobody reads its messages but a file. */
export async function runInBackground(line: ParsedLine, context: CliContext): Promise<number> {
  // Not for the command of -c, which may be a klew.
  delete context.env[IN_BACKGROUND]
  const path = `${strftime(line.options.get('o')?.at(-1) ?? '', new Date())}.err`
  let running = false
  const errBytes = (bytes: Buffer): void => {
    if (running) appendFileSync(path, bytes)
    else context.errBytes(bytes)
  }
  const background: CliContext = {
    ...context,
    err: text => errBytes(Buffer.from(text)),
    errBytes,
    onRunning: () => {
      running = true
      writeSync(READY_FD, 'running\n')
      closeSync(READY_FD)
    },
  }
  try {
    return await runScript(line, background)
  } catch (error) {
    return reportFailure(error, background)
  }
}

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The launcher of the built command. */
export const KLEW: string = fileURLToPath(new URL('../../bin/klew', import.meta.url))

export interface CliResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** In front of the interpreter: `setpriv …` */
  readonly prefix?: readonly string[]
  /** Called with the running process, to send it signals. */
  readonly started?: (pid: number) => void
}

const LIMIT_MS = 60_000

/** Runs klew as a user would and waits for it. */
export function klew(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const [command = '', ...rest] = [...(options.prefix ?? []), process.execPath, KLEW, ...args]
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString('utf8')
    })
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString('utf8')
    })
    // A command that ought to end by itself and does not would hold up all other tests.
    const guard = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(guard)
      resolve({ status: code ?? (signal === null ? -1 : -2), stdout, stderr })
    })
    child.stdin.end(options.input ?? '')
    if (child.pid !== undefined) options.started?.(child.pid)
  })
}

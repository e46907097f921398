import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Writable } from 'node:stream'

/** The command of -c: started, but held before its first instruction until `release`. */
export interface HeldChild {
  readonly pid: number
  release(): void
  /** Ends it, when it still runs. */
  stop(): void
  readonly ended: Promise<ChildEnd>
}

export interface ChildEnd {
  /** Exit status, or 128 + the signal as shells give it. */
  readonly status: number
  /** `Child process exited with status 1`; undefined for success. */
  readonly warning: string | undefined
}

// The shell waits for a line on descriptor 3 and then becomes the command, with the same pid.
// Should klew die first, the pipe closes and the shell ends.
const HOLD = 'read -r go <&3 || exit 1; exec 3<&-'

/** Outside quotes: what makes more of a line than one command with its words. */
const SHELL_LINE = /[|&;<>(){}\n`]|^\s*(!|[A-Za-z_]\w*=)/
const QUOTED = /'[^']*'|"(?:[^"\\]|\\.)*"|\\./gs

/**
 * As stap does: one command with its words becomes the target itself, and only what is more than
 * that is run by a shell, which then is the target.
 */
function heldScript(command: string): string {
  const shellLine = SHELL_LINE.test(command.replace(QUOTED, 'x'))
  // On a line of its own, so that a mistake in the command comes up after the wait.
  return `${HOLD}\nexec ${shellLine ? '/bin/sh -c "$1"' : command}`
}

export function holdChild(command: string): HeldChild {
  const child = spawn('/bin/sh', ['-c', heldScript(command), 'sh', command], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  })
  const gate = child.stdio[3]
  if (!(gate instanceof Writable)) throw new Error('the gate of the command is no pipe')
  // It closes when the child ends; that is told by `exit`.
  gate.on('error', () => {})
  const ended = new Promise<ChildEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const status = signal === null ? (code ?? 0) : 128 + constants.signals[signal]
      resolve({ status, warning: warningOf(status, signal) })
    })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    release: () => gate.end('\n'),
    stop: () => {
      gate.destroy()
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      child.unref()
    },
  }
}

function warningOf(status: number, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) {
    return `Child process exited with signal ${constants.signals[signal]} (${signal})`
  }
  return status === 0 ? undefined : `Child process exited with status ${status}`
}

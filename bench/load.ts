import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Runs a perl script under the name that the scripts of the bench select by; its seconds. */
export function runLoad(script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn('perl', ['-e', script], { argv0: 'klewload', stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', () => resolve((performance.now() - start) / 1000))
  })
}

/** So many real system calls, with nothing between them. Perl is in every Debian. */
export function fullSpeed(events: number): string {
  return `$0 = "klewload"; getppid() for 1..${events};`
}

/** The number of getppid(2). */
export const GETPPID: number = process.arch === 'arm64' ? 173 : 110

/** A tracer says that its probes are in place by a line of its output. */
export async function isReady(file: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (readFileSync(file, 'latin1').includes('READY')) return
    await pause(100)
  }
  throw new Error('the tracer did not start')
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Ends a tracer as ^C does. */
export async function interrupt(tracer: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => tracer.on('exit', resolve))
  tracer.kill('SIGINT')
  await ended
}

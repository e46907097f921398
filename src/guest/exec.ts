import { realpathSync } from 'node:fs'
import { type Boot, bootGuest, type RunningGuest } from './boot.ts'
import { GuestError } from './error.ts'
import { makeFolders } from './folder.ts'
import { commandScript, guestConfig, SHARES } from './init.ts'
import { bootFiles } from './initramfs.ts'
import type { GuestKernel } from './kernels.ts'
import type { Share } from './qemu.ts'
import { joinTerminal, terminalSize } from './terminal.ts'

/** A command to run in a throw-away kernel. */
export interface GuestOptions {
  readonly kernel: GuestKernel
  readonly cache: string
  readonly command: readonly string[]
  readonly cwd: string
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** For all of it: boot, command, and second tries. */
  readonly timeoutMs: number
  /** A host folder, made if need be, that the guest has read-write at the same path. */
  readonly outDir?: string
  /** What the command reads on standard input; nothing if absent. */
  readonly input?: Uint8Array
  readonly stdout: (bytes: Buffer) => void
  readonly stderr: (bytes: Buffer) => void
  /** The command gets a terminal, joined to the one of this process, instead of the three streams. */
  readonly interactive?: boolean
  readonly memoryMb?: number
  readonly cpus?: number
  /** The guest's clock counts instructions: times in it are repeatable, and fit for ratios only. */
  readonly icount?: boolean
}

export interface GuestResult {
  /** The command's own; 124 after the time limit, 125 when the guest died, 128 + N after signal N. */
  readonly status: number
  readonly reason?: 'timeout' | 'died' | 'signal'
}

const STATUS_TIMEOUT = 124
const STATUS_DIED = 125
/** A kernel that dies while it boots is tried again; seen about once in 50 boots on a busy host. */
const BOOTS_MAX = 3
const MEMORY_MB = 2048
const CPUS = 2
const LOG_LINES_SHOWN = 30

/** Boots the kernel, runs the command, and ends the machine; nothing is left behind. */
export async function runGuest(options: GuestOptions): Promise<GuestResult> {
  const boot = prepareBoot(options)
  const seconds = options.timeoutMs / 1000
  const deadline = Date.now() + options.timeoutMs
  for (let tries = 1; ; tries++) {
    const end = await runOnce(boot, options, deadline)
    if (end.kind === 'ended') {
      if (end.result.reason === 'timeout') tell(`the guest was ended after ${seconds} s`)
      return end.result
    }
    if (end.wasUp || tries === BOOTS_MAX) {
      tell(`the guest died:\n${endOfLog(end.log)}`)
      return { status: STATUS_DIED, reason: 'died' }
    }
    tell('the guest died while it booted; trying again')
  }

  function tell(text: string): void {
    options.stderr(Buffer.from(`klew: ${text}\n`))
  }
}

type End =
  | { readonly kind: 'ended'; readonly result: GuestResult }
  | { readonly kind: 'died'; readonly wasUp: boolean; readonly log: string }

async function runOnce(boot: Boot, options: GuestOptions, deadline: number): Promise<End> {
  const guest = bootGuest(boot)
  let cut: GuestResult | undefined
  const cutShort = (result: GuestResult): void => {
    cut ??= result
    guest.kill()
  }
  const timer = setTimeout(
    () => cutShort({ status: STATUS_TIMEOUT, reason: 'timeout' }),
    Math.max(0, deadline - Date.now()),
  )
  const control = readControl(guest)
  const restoreSignals = catchSignals(guest, control, cutShort)
  const leaveTerminal = guest.terminal === undefined ? () => {} : joinTerminal(guest.terminal)
  guest.out.on('data', options.stdout)
  guest.err.on('data', options.stderr)
  try {
    const { failure } = await guest.ended
    if (cut !== undefined) return { kind: 'ended', result: cut }
    if (control.status !== undefined) return { kind: 'ended', result: { status: control.status } }
    if (failure !== undefined) throw new GuestError(`QEMU failed: ${failure}`)
    return { kind: 'died', wasUp: control.isUp, log: guest.log() }
  } finally {
    clearTimeout(timer)
    restoreSignals()
    leaveTerminal()
    guest.close()
  }
}

function prepareBoot(options: GuestOptions): Boot {
  const { kernel } = options
  const files = bootFiles(kernel, options.cache)
  const outDir = options.outDir === undefined ? undefined : makeFolder(options.outDir)
  const shares: Share[] = [{ tag: SHARES.root, folder: '/', writable: false }]
  if (kernel.tree !== undefined) {
    shares.push({ tag: SHARES.kernel, folder: kernel.tree, writable: false })
  }
  if (outDir !== undefined) shares.push({ tag: SHARES.out, folder: outDir, writable: true })
  const config = guestConfig({
    release: kernel.release,
    ownTree: kernel.tree !== undefined,
    ...(outDir === undefined ? {} : { outDir }),
    ...(options.interactive === true ? { terminal: terminalSize() } : {}),
  })
  return {
    machine: {
      kernel: files.kernel,
      memoryMb: options.memoryMb ?? MEMORY_MB,
      cpus: options.cpus ?? CPUS,
      icount: options.icount ?? false,
      shares,
    },
    initramfs: files.initramfs,
    files: {
      config: Buffer.from(config),
      command: Buffer.from(commandScript(options.command, options.cwd, options.env)),
      input: options.input ?? new Uint8Array(0),
    },
    terminal: options.interactive ?? false,
  }
}

function makeFolder(path: string): string {
  try {
    makeFolders(path)
    return realpathSync(path)
  } catch (e) {
    throw new GuestError(`cannot make the folder ${path}: ${e instanceof Error ? e.message : e}`)
  }
}

interface Control {
  isUp: boolean
  status: number | undefined
}

/** Follows what the init script says on the control channel. */
function readControl(guest: RunningGuest): Control {
  const control: Control = { isUp: false, status: undefined }
  let text = ''
  guest.control.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (/^up$/m.test(text)) control.isUp = true
    const status = /^status (\d+)$/m.exec(text)?.[1]
    if (status !== undefined) control.status = Number(status)
  })
  return control
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

/**
 * The first ^C is for the command, which may have more to print; a second one, ^C before the
 * command runs, and the other signals end the machine. Returns what undoes it.
 */
function catchSignals(
  guest: RunningGuest,
  control: Control,
  cutShort: (result: GuestResult) => void,
): () => void {
  let interrupts = 0
  const onSignal = (name: NodeJS.Signals, number: number): void => {
    if (name === 'SIGINT' && control.isUp && interrupts++ === 0) guest.control.write('INT\n')
    else cutShort({ status: 128 + number, reason: 'signal' })
  }
  for (const name of Object.keys(SIGNALS)) process.on(name, onSignal)
  return () => {
    for (const name of Object.keys(SIGNALS)) process.removeListener(name, onSignal)
  }
}

/** From where the kernel says that it dies, or else the last lines. */
function endOfLog(log: string): string {
  const lines = log.trimEnd().split(/\r?\n/)
  const fatal = lines.findIndex(line =>
    /Kernel panic|\bBUG:|\bOops:|Unable to mount root/.test(line),
  )
  const start = fatal < 0 ? Math.max(0, lines.length - LOG_LINES_SHOWN) : fatal
  return lines.slice(start, start + LOG_LINES_SHOWN).join('\n')
}

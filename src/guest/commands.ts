import { asGuestError } from './error.ts'
import { type GuestOptions, type GuestResult, runGuest } from './exec.ts'
import { fetchGuest, guestCache } from './fetch.ts'
import { DEFAULT_KERNEL, type GuestKernel } from './kernels.ts'

/** What the commands of `klew vm` have in common. */
export interface VmOptions {
  /** A series (`6.1`), a full release, or the path of a bzImage or of an unpacked package. */
  readonly kernel?: string
  readonly cwd: string
  /** The environment of klew, which the command in the guest gets too. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether parts that are missing may be got now; if not, they are a GuestError. */
  readonly allowFetch: boolean
  /** Takes progress, for standard error. */
  readonly say: (text: string) => void
}

export interface VmRunOptions
  extends VmOptions,
    Pick<GuestOptions, 'stdout' | 'stderr' | 'outDir' | 'input' | 'memoryMb' | 'cpus' | 'icount'> {
  readonly command: readonly string[]
  readonly timeoutMs?: number
}

export type VmShellOptions = VmOptions & Pick<GuestOptions, 'outDir' | 'memoryMb' | 'cpus'>

export const TIMEOUT_MS: number = 300_000
/** The longest that a Node timer takes: a shell ends when its user wants. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

/** `klew vm fetch`: sees to it that everything is there, and gives the kernel. */
export async function vmFetch(options: Omit<VmOptions, 'cwd'>): Promise<GuestKernel> {
  const { env, allowFetch, say } = options
  const kernel = options.kernel ?? DEFAULT_KERNEL
  return await orGuestError(fetchGuest({ kernel, cache: guestCache(env), allowFetch, say }))
}

/** `klew vm run -- CMD`: one command in a throw-away kernel, its streams and its status. */
export async function vmRun(options: VmRunOptions): Promise<GuestResult> {
  const kernel = await vmFetch(options)
  return await orGuestError(
    runGuest({
      ...options,
      kernel,
      cache: guestCache(options.env),
      env: guestEnv(options.env),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    }),
  )
}

/** `klew vm shell`: an interactive shell in it, on the terminal of this process. */
export async function vmShell(options: VmShellOptions): Promise<GuestResult> {
  const kernel = await vmFetch(options)
  const tell = (bytes: Buffer): void => options.say(bytes.toString())
  return await orGuestError(
    runGuest({
      ...options,
      kernel,
      cache: guestCache(options.env),
      env: { ...guestEnv(options.env), PS1: `klew ${kernel.release} \\w\\$ ` },
      command: ['/bin/bash', '--norc', '-i'],
      timeoutMs: NO_TIMEOUT_MS,
      stdout: tell,
      stderr: tell,
      interactive: true,
    }),
  )
}

async function orGuestError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asGuestError(error)
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The environment of the host, in which the command is root and has the administrator's tools. */
function guestEnv(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const { PATH: path, HOME = '/root', TERM = 'dumb' } = env
  return { ...env, PATH: path === undefined ? PATH : `${path}:${PATH}`, HOME, TERM, USER: 'root' }
}

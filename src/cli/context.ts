/** What the command line may use of the process: given by the launcher, so that commands can be tested. */
export interface CliContext {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly outBytes: (bytes: Buffer) => void
  readonly errBytes: (bytes: Buffer) => void
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** The folder of the package: tapset, data, examples and dist are in it. */
  readonly root: string
  /** How to start klew again: the interpreter and the launcher. */
  readonly self: readonly string[]
  /** Told when a script runs, with everything attached. */
  readonly onRunning?: () => void
  /** Whether messages are coloured, when no option says. */
  readonly color: boolean
}

/** Exit codes; klew help lists them. */
export const EXIT = {
  ok: 0,
  script: 1,
  usage: 2,
  cannot: 3,
  bug: 70,
} as const

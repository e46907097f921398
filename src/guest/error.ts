/**
 * The throw-away kernel cannot be had or started. `commands` are what the user may type, in order,
 * to mend it.
 */
export class GuestError extends Error {
  readonly commands: readonly string[]
  constructor(message: string, commands: readonly string[] = []) {
    super(message)
    this.name = 'GuestError'
    this.commands = commands
  }
}

/** What the system refused, as to write to the cache, becomes one message of ours. */
export function asGuestError(error: unknown): unknown {
  const isFromSystem = error instanceof Error && 'syscall' in error && 'code' in error
  return isFromSystem ? new GuestError(error.message, []) : error
}

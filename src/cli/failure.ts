import { GuestError } from '../guest/error.ts'
import { BtfError } from '../kernel/btf.ts'
import { RefusedProgramError } from '../load/verifier.ts'
import { SyscallError, UnsupportedError } from '../sys/error.ts'
import { type CliContext, EXIT } from './context.ts'
import { UsageError } from './options.ts'

/** One message for what was thrown, and the exit code for it. */
export function reportFailure(error: unknown, context: CliContext): number {
  if (error instanceof UsageError) {
    context.err(`klew: ${error.message}\n`)
    if (error.hint !== undefined) context.err(`  ${error.hint}\n`)
    return EXIT.usage
  }
  if (error instanceof UnsupportedError) {
    context.err(`klew: this machine cannot do it: ${error.message}\n`)
    return EXIT.cannot
  }
  if (error instanceof RefusedProgramError) {
    context.err(`klew: ${error.message}\n`)
    context.err('  --verbose-verifier prints the whole log\n')
    return EXIT.cannot
  }
  if (error instanceof GuestError) {
    context.err(`klew: the throw-away kernel cannot start: ${error.message}\n`)
    for (const command of error.commands) context.err(`  ${command}\n`)
    return EXIT.cannot
  }
  if (error instanceof SyscallError || error instanceof BtfError) {
    context.err(`klew: ${error.message}\n`)
    return EXIT.cannot
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  context.err(`klew: this is a bug in klew: ${message}\n`)
  context.err('  please report it with the script, the command line and what follows\n')
  context.err(`${stack ?? ''}\n`)
  return EXIT.bug
}

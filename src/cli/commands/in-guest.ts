import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { CliContext } from '../context.ts'
import { commandLine, type ParsedLine, UsageError } from '../options.ts'
import { readInput, readScriptFile } from '../script-text.ts'
import { guestRun } from './vm.ts'

/** `--vm` on a command: the same command, without it, in the throw-away kernel. */
export function inGuest(line: ParsedLine, context: CliContext): Promise<number> {
  const kernel = line.options.get('vm')?.at(-1) ?? ''
  const { operands, input } = scriptFromHere(line, context)
  const options = new Map(line.options)
  options.delete('vm')
  // The terminal is here, where the guest does not see it.
  options.set('color', [context.color ? 'always' : 'never'])
  return guestRun(
    [...context.self, ...commandLine({ options, operands })],
    {
      kernel: kernel === '' ? undefined : kernel,
      outDir: outputFolder(line, context),
      ...(input === undefined ? {} : { input }),
    },
    // The options of the file rc are among these already, and the guest sees the same file.
    { ...context, env: { ...context.env, SYSTEMTAP_DIR: '/nonexistent' } },
  )
}

/** Where the guest has file systems of its own. */
const UNSHARED = /^\/(dev|proc|sys|run)\//

/** The guest sees the machine's files, but not what comes through its pipes. */
function scriptFromHere(
  { options, operands }: ParsedLine,
  context: CliContext,
): { readonly operands: readonly string[]; readonly input?: Uint8Array } {
  const [script, ...rest] = operands
  if (script === undefined || options.has('e')) return { operands }
  if (script === '-') return { operands, input: readInput() }
  const path = resolve(context.cwd, script)
  const stat = statSync(path, { throwIfNoEntry: false })
  const isPipe = stat !== undefined && !stat.isFile() && !stat.isDirectory()
  if (!isPipe && !UNSHARED.test(path)) return { operands }
  return { operands: ['-', ...rest], input: readScriptFile(script) }
}

/** The folder of the file of -o, which the guest has to write to. */
function outputFolder({ options }: ParsedLine, context: CliContext): string | undefined {
  const given = options.get('o')?.at(-1)
  if (given === undefined) return undefined
  const file = resolve(context.cwd, given)
  if (file.startsWith('/dev/')) return undefined
  if (!existsSync(dirname(file))) throw new UsageError(`-o ${given}: cannot be written (ENOENT)`)
  if (existsSync(file) && !statSync(file).isFile()) {
    throw new UsageError(`-o ${given}: with --vm it has to be a plain file`)
  }
  return dirname(file)
}

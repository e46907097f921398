import { list } from '../../sema/list.ts'
import { renderAll } from '../../text/render.ts'
import { Source } from '../../text/source.ts'
import { type CliContext, EXIT } from '../context.ts'
import { openLibrary } from '../library.ts'
import { openMachine } from '../machine.ts'
import { type ParsedLine, UsageError } from '../options.ts'
import { sayWhoseLines } from '../source-lines.ts'

/** `-l POINT` and `-L POINT`: status 0 only if something matched. */
export function listPoints(line: ParsedLine, context: CliContext): number {
  const { options, operands } = line
  if (options.has('l') && options.has('L')) throw new UsageError('-l and -L exclude each other')
  if (options.has('e') || operands.length > 0) {
    throw new UsageError('-l and -L list probe points: they take no script')
  }
  const withVariables = options.has('L')
  const text = options.get(withVariables ? 'L' : 'l')?.at(-1) ?? ''
  const { facts } = openMachine(context)
  const source = new Source('<probe point>', text)
  const listing = list(source, withVariables, openLibrary(context.root), facts)
  if (listing.lines.length > 0) {
    if (options.has('v')) sayWhoseLines(listing.lines, facts, context)
    context.out(`${listing.lines.join('\n')}\n`)
    return EXIT.ok
  }
  context.err(`${renderAll(listing.diagnostics, { color: context.color })}\n`)
  return EXIT.script
}

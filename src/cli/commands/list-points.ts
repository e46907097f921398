import { list } from '../../sema/list.ts'
import { Source } from '../../text/source.ts'
import { type CliContext, EXIT } from '../context.ts'
import { openLibrary } from '../library.ts'
import { onlyOneList } from '../list-options.ts'
import { openMachine } from '../machine.ts'
import type { ParsedLine } from '../options.ts'
import { openReport } from '../report.ts'
import { sayWhoseLines } from '../source-lines.ts'

/** `-l POINT` and `-L POINT`: status 0 only if something matched. */
export function listPoints(line: ParsedLine, context: CliContext): number {
  const { options } = line
  onlyOneList(options)
  const withVariables = options.has('L')
  const text = options.get(withVariables ? 'L' : 'l')?.at(-1) ?? ''
  const { facts } = openMachine(context)
  const source = new Source('<probe point>', text)
  const library = openLibrary({ context, folders: options.get('I') ?? [], facts })
  const listing = list(source, withVariables, library, facts)
  const report = openReport(context, {
    json: options.has('json'),
    warnings: !options.has('w'),
    release: facts.release,
  })
  const status = listing.lines.length > 0 ? EXIT.ok : EXIT.script
  if (status === EXIT.ok) {
    if (options.has('v')) sayWhoseLines(listing.lines, facts, context)
    if (options.has('json')) for (const line of listing.lines) report.data(line, pointJson(line))
    else report.data(listing.lines.join('\n'), {})
  } else report.diagnostics(listing.diagnostics)
  report.end(status)
  return status
}

interface Variable {
  readonly name: string
  readonly type: string
}

/** A variable begins behind a space: its name, a colon, and a type that may have spaces. */
const VARIABLES = / (?=\$?[A-Za-z_]\w*:(?!:))/

/** `POINT name:string $skb:struct sk_buff*` taken apart. */
export function pointJson(line: string): Readonly<Record<string, unknown>> {
  // A point may have strings with anything in them; variables stand behind the last one.
  const last = line.lastIndexOf('"')
  const tail = line.slice(last + 1)
  const [rest = '', ...words] = tail.split(VARIABLES)
  const variables = words.map((word): Variable => {
    const colon = word.indexOf(':')
    return { name: word.slice(0, colon), type: word.slice(colon + 1).trim() }
  })
  const point = line.slice(0, last + 1) + rest
  return { type: 'point', point, ...(variables.length > 0 ? { variables } : {}) }
}

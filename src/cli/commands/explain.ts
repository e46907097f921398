import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nearest } from '../../text/nearest.ts'
import { type CliContext, EXIT } from '../context.ts'
import { UsageError } from '../options.ts'

/** `klew explain CODE`: the page about a message. Without a code, all codes with what they mean. */
export function explain(argv: readonly string[], context: CliContext): number {
  const [code, another] = argv
  if (another !== undefined || code?.startsWith('-')) {
    throw new UsageError('klew explain takes one code', 'klew explain unknown-function')
  }
  const folder = join(context.root, 'docs/errors')
  const codes = readdirSync(folder)
    .filter(f => f.endsWith('.md'))
    .map(f => f.slice(0, -'.md'.length))
    .sort()
  if (code === undefined) {
    context.out(codes.map(c => `${c.padEnd(CODE_COLUMN)} ${meaning(folder, c)}\n`).join(''))
    return EXIT.ok
  }
  // As it is copied from a message: `[unknown-function]`.
  const name = code.replace(/^\[(.*)\]$/, '$1')
  if (!codes.includes(name)) {
    const near = nearest(name, codes, 3)
    throw new UsageError(
      `there is no message '${name}'`,
      near.length > 0 ? `near it: ${near.join(', ')}` : 'klew explain lists all',
    )
  }
  context.out(readFileSync(join(folder, `${name}.md`), 'utf8'))
  return EXIT.ok
}

const CODE_COLUMN = 28

/** The line behind the title. */
function meaning(folder: string, code: string): string {
  const lines = readFileSync(join(folder, `${code}.md`), 'utf8').split('\n')
  return lines.slice(1).find(line => line !== '') ?? ''
}

import { compile } from '../../compile.ts'
import type { Facts } from '../../kernel/facts.ts'
import type { Library } from '../../sema/library.ts'
import { toBytes } from '../../text/bytes.ts'
import { type CliContext, EXIT } from '../context.ts'
import { openLibrary } from '../library.ts'
import { openMachine } from '../machine.ts'
import { type ParsedLine, parseLine, UsageError } from '../options.ts'
import { count } from '../passes.ts'
import { rcWords } from '../rc-file.ts'
import { openReport, type Report } from '../report.ts'
import { readScripts, scriptsAt } from '../script-text.ts'
import { readSettings, type ScriptText, type Settings } from '../settings.ts'
import { tapsetProblems } from '../tapset-problems.ts'

const FORM = 'klew check [-g] [-I DIR] [-w] [-W] [--json] FILE|FOLDER|-... [-- ARG...]'

/** Options of a run that say nothing about whether a script is right. */
const SERVED = new Set(
  'e E I D G g u w W v vp json color skip-badvars compatible example suppress-handler-errors'.split(
    ' ',
  ),
)

/**
 * `klew check FILE… -- ARG…`: passes 1 and 2 of each file, with all messages; nothing is run.
 */
export function check(
  argv: readonly string[],
  context: CliContext,
  colored: (line: ParsedLine) => CliContext,
): number {
  const separator = argv.indexOf('--')
  const end = separator < 0 ? argv.length : separator
  const line = parseLine([...rcWords(context.env), ...argv.slice(0, end)])
  const stranger = [...line.options.keys()].find(name => !SERVED.has(name))
  if (stranger !== undefined) {
    const dashes = stranger.length === 1 ? '-' : '--'
    throw new UsageError(`klew check: ${dashes}${stranger} has no meaning here`, FORM)
  }
  const scripts = scriptsOf(line, context)
  const { facts } = openMachine(context)
  const folders = line.options.get('I') ?? []
  const library = openLibrary({ context, folders, facts })
  const settings = {
    ...readSettings({ options: new Map([...line.options, ['p', ['2']]]), operands: ['-'] }),
    arguments: argv.slice(end + 1),
  }
  const report = openReport(colored(line), { ...settings, release: facts.release })
  const run = { settings, facts, library, report, context: colored(line) }
  report.diagnostics(tapsetProblems({ folders, cwd: context.cwd, library, facts }))
  const outcomes = scripts.map(script => outcomeOf(run, script))
  const checked = outcomes.filter(outcome => outcome !== 'unreadable').length
  const wrong = outcomes.filter(outcome => outcome === 'wrong').length
  if (scripts.length > 1) {
    report.say(`${count(checked, 'script')} checked, ${wrong} with errors\n`)
  }
  const status = checked < scripts.length ? EXIT.usage : wrong > 0 ? EXIT.script : EXIT.ok
  report.end(status)
  return status
}

interface CheckRun {
  readonly settings: Settings
  readonly facts: Facts
  readonly library: Library
  readonly report: Report
  readonly context: CliContext
}

type Outcome = 'right' | 'wrong' | 'unreadable'

/** A file that cannot be read is told, and the others are checked nevertheless. */
function outcomeOf(run: CheckRun, script: ScriptText): Outcome {
  try {
    return isRight(run, script) ? 'right' : 'wrong'
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const file = 'path' in script ? { file: script.path } : {}
    run.report.message({ severity: 'error', text: toBytes(error.message), fields: file })
    return 'unreadable'
  }
}

function isRight({ settings, facts, library, report, context }: CheckRun, script: ScriptText) {
  const { main, additional } = readScripts({ ...settings, script }, context)
  const { diagnostics, failedPass } = compile(main, {
    additional,
    arguments: settings.arguments,
    library,
    facts,
    guru: settings.guru,
    skipBadVariables: settings.skipBadVariables,
    unoptimised: settings.unoptimised,
    warningsAreErrors: settings.warningsAreErrors,
    ...(settings.compatible === undefined ? {} : { compatible: settings.compatible }),
    lastPass: 2,
    without: [],
    onPass: () => {},
  })
  report.diagnostics(diagnostics)
  return failedPass === undefined
}

/** Folders stand for the .stp files in them. */
function scriptsOf({ options, operands }: ParsedLine, context: CliContext): readonly ScriptText[] {
  const texts = (options.get('e') ?? []).map((text): ScriptText => ({ kind: 'text', text }))
  const files = operands.flatMap((path): readonly ScriptText[] => {
    if (path === '-') return [{ kind: 'standard-input' }]
    if (options.has('example')) return [{ kind: 'example', name: path }]
    return scriptsAt(path, context.cwd).map(path => ({ kind: 'file', path }))
  })
  if (texts.length + files.length === 0) throw new UsageError('klew check: no script given', FORM)
  return [...texts, ...files]
}

import { listing } from '../../codegen/listing.ts'
import { type Compilation, compile } from '../../compile.ts'
import type { Facts } from '../../kernel/facts.ts'
import type { Library } from '../../sema/library.ts'
import { printChecked } from '../../sema/print.ts'
import { printFile } from '../../syntax/print.ts'
import type { Kernel } from '../../sys/kernel.ts'
import { type CliContext, EXIT } from '../context.ts'
import { withGlobalValues } from '../global-values.ts'
import { openLibrary } from '../library.ts'
import { openMachine } from '../machine.ts'
import type { ParsedLine } from '../options.ts'
import { count, PassTimer } from '../passes.ts'
import { openReport, type Report } from '../report.ts'
import { readScripts } from '../script-text.ts'
import { readSettings, type Settings } from '../settings.ts'
import { sayWhoseLines } from '../source-lines.ts'
import { tapsetProblems } from '../tapset-problems.ts'
import { runImage } from './run-image.ts'

/** One run of a script: what every step needs. */
interface Run {
  readonly settings: Settings
  readonly context: CliContext
  readonly kernel: Kernel
  readonly facts: Facts
  readonly timer: PassTimer
  readonly library: Library
  /** Of -I. */
  readonly folders: readonly string[]
  readonly report: Report
}

type Scripts = ReturnType<typeof readScripts>

/** Compiles a script, loads it and runs it, as far as -p says. */
export async function runScript(line: ParsedLine, context: CliContext): Promise<number> {
  const settings = readSettings(line)
  const timer = new PassTimer()
  const sources = readScripts(settings, context)
  const machine = openMachine(context)
  const { facts } = machine
  const folders = line.options.get('I') ?? []
  const library = openLibrary({ context, folders, facts })
  const report = openReport(context, { ...settings, release: facts.release })
  const run: Run = { settings, context, timer, library, folders, report, ...machine }
  const status = await compileAndRun(run, sources)
  report.end(status)
  return status
}

async function compileAndRun(run: Run, sources: Scripts): Promise<number> {
  const { settings } = run
  if (settings.lastPass > 2) sayLimits(run)
  const compilation = compileScript(run, sources)
  if (compilation.failedPass !== undefined) return passFailed(run, compilation)
  if (settings.lastPass < 4) return settings.json ? EXIT.ok : dump(run, compilation)
  if (compilation.image === undefined) throw new Error('pass 3 gave no image')
  return runImage({ ...run, image: compilation.image })
}

function sayLimits({ settings, report }: Run): void {
  const { warnings, passedOver } = settings.limits
  for (const text of warnings) report.message({ severity: 'warning', text })
  if (settings.verbosity[3] === 0 || passedOver.length === 0) return
  report.say(`-D ${passedOver.join(', ')}: of a kernel module, and without a counterpart here\n`)
}

function compileScript(run: Run, { main, additional }: Scripts): Compilation {
  const { settings, context, timer, report, library } = run
  const compilation = compile(main, {
    additional,
    arguments: settings.arguments,
    library,
    facts: run.facts,
    guru: settings.guru,
    skipBadVariables: settings.skipBadVariables,
    target: settings.command !== undefined || settings.targetPid !== undefined,
    unoptimised: settings.unoptimised,
    warningsAreErrors: settings.warningsAreErrors,
    limits: settings.limits.compile,
    adjust: (program, file) => withGlobalValues(program, file, settings.globals),
    ...(settings.compatible === undefined ? {} : { compatible: settings.compatible }),
    lastPass: settings.lastPass === 1 || settings.lastPass === 2 ? settings.lastPass : 3,
    without: [],
    onPass: (pass, soFar) => {
      if (settings.verbosity[pass] > 0) report.say(passLine(pass, soFar, timer))
    },
  })
  const tapsets = tapsetProblems({ ...run, cwd: context.cwd })
  report.diagnostics([...compilation.diagnostics, ...tapsets])
  if (settings.verbosity[2] > 0) {
    sayNotProbed(run, compilation)
    if (showsPoints(run, compilation)) sayWhoseLines(pointTexts(compilation), run.facts, context)
  }
  return compilation
}

/** pp() prints points as the script runs, -p2 in its list. */
function showsPoints({ settings }: Run, { checked }: Compilation): boolean {
  const uses = checked?.functions.some(f => f.name === 'pp') ?? false
  return uses || settings.lastPass === 2
}

function pointTexts({ checked }: Compilation): string[] {
  return (checked?.probes ?? []).flatMap(probe => probe.points.map(point => point.text))
}

/** With -v: the functions that a wildcard leaves out, and why. */
function sayNotProbed(run: Run, compilation: Compilation): void {
  const byReason = new Map<string, string[]>()
  for (const { name, reason } of compilation.skipped ?? []) {
    const names = byReason.get(reason)
    if (names === undefined) byReason.set(reason, [name])
    else names.push(name)
  }
  for (const [reason, names] of byReason) {
    run.context.err(`not probed, ${reason}: ${[...new Set(names)].sort().join(' ')}\n`)
  }
}

function passLine(pass: 1 | 2 | 3, soFar: Compilation, timer: PassTimer): string {
  switch (pass) {
    case 1:
      return `Pass 1: parsed user script ${timer.lapWithMemory()}\n`
    case 2: {
      const { checked } = soFar
      const probes = (checked?.probes ?? []).reduce((sum, p) => sum + p.points.length, 0)
      const script = (checked?.functions ?? []).filter(f => f.body.kind !== 'native')
      const natives = (checked?.functions.length ?? 0) - script.length
      const parts = [
        count(probes, 'probe'),
        count(script.length, 'function'),
        count(natives, 'embed'),
        count(checked?.globals.length ?? 0, 'global'),
      ].join(', ')
      const library = count(soFar.libraryFiles ?? 0, 'library script')
      return `Pass 2: analyzed script with ${library}: ${parts} ${timer.lapWithMemory()}\n`
    }
    case 3: {
      const programs = soFar.image?.programs ?? []
      const instructions = programs.reduce((sum, p) => sum + p.instructions.length / 8, 0)
      const what = `${count(programs.length, 'program')} of ${count(instructions, 'instruction')}`
      return `Pass 3: translated to eBPF: ${what} ${timer.lapWithMemory()}\n`
    }
  }
}

const PASS_NAME = { 1: 'parse', 2: 'analysis', 3: 'translation' } as const

function passFailed(run: Run, { failedPass: pass, diagnostics }: Compilation): number {
  if (pass !== undefined) {
    run.report.say(`Pass ${pass}: ${PASS_NAME[pass]} failed.  [man error::pass${pass}]\n`)
  }
  const errors = diagnostics.filter(d => d.severity === 'error')
  return errors.length > 0 && errors.every(d => d.machine) ? EXIT.cannot : EXIT.script
}

/** -p1 to -p3: what the last pass made, on standard output. */
function dump(run: Run, compilation: Compilation): number {
  const { out } = run.context
  const { file, checked, image } = compilation
  if (image !== undefined) out(listing(image))
  else if (checked !== undefined) out(printChecked(checked))
  else if (file !== undefined) out(printFile(file))
  return EXIT.ok
}

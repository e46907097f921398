import { listing } from '../../codegen/listing.ts'
import { type Compilation, compile } from '../../compile.ts'
import type { Facts } from '../../kernel/facts.ts'
import { printChecked } from '../../sema/print.ts'
import { printFile } from '../../syntax/print.ts'
import type { Kernel } from '../../sys/kernel.ts'
import { fromUtf8 } from '../../text/bytes.ts'
import { renderAll } from '../../text/render.ts'
import { Source } from '../../text/source.ts'
import { type CliContext, EXIT } from '../context.ts'
import { openLibrary } from '../library.ts'
import { openMachine } from '../machine.ts'
import { type ParsedLine, UsageError } from '../options.ts'
import { count, PassTimer } from '../passes.ts'
import { readInput, readScriptFile } from '../script-text.ts'
import { readSettings, type Settings } from '../settings.ts'
import { sayWhoseLines } from '../source-lines.ts'
import { runImage } from './run-image.ts'

/** One run of a script: what every step needs. */
interface Run {
  readonly settings: Settings
  readonly context: CliContext
  readonly kernel: Kernel
  readonly facts: Facts
  readonly timer: PassTimer
}

/** Compiles a script, loads it and runs it, as far as -p says. */
export async function runScript(line: ParsedLine, context: CliContext): Promise<number> {
  const settings = readSettings(line)
  const timer = new PassTimer()
  const source = readScript(settings)
  const run: Run = { settings, context, timer, ...openMachine(context) }
  const compilation = compileScript(run, source)
  if (compilation.failedPass !== undefined) return passFailed(run, compilation)
  if (settings.lastPass < 4) return dump(run, compilation)
  if (compilation.image === undefined) throw new Error('pass 3 gave no image')
  return runImage({ ...run, image: compilation.image })
}

function readScript(settings: Settings): Source {
  const { script } = settings
  switch (script.kind) {
    case 'text':
      return new Source('<input>', script.text)
    case 'standard-input':
      return nonEmpty('<stdin>', readInput())
    case 'file':
      return nonEmpty(script.path, readScriptFile(script.path))
  }
}

function nonEmpty(name: string, bytes: Buffer): Source {
  const text = fromUtf8(bytes)
  if (text.trim() === '') throw new UsageError(`the script ${name} is empty`)
  return new Source(name, text)
}

function compileScript(run: Run, source: Source): Compilation {
  const { settings, context, timer } = run
  const compilation = compile(source, {
    arguments: settings.arguments,
    library: openLibrary(context.root),
    facts: run.facts,
    guru: settings.guru,
    lastPass: settings.lastPass === 1 || settings.lastPass === 2 ? settings.lastPass : 3,
    without: [],
    onPass: (pass, soFar) => {
      if (settings.verbose > 0) context.err(passLine(pass, soFar, timer))
    },
  })
  const shown = compilation.diagnostics.filter(d => d.severity === 'error' || settings.warnings)
  if (shown.length > 0) context.err(`${renderAll(shown, { color: context.color })}\n`)
  if (settings.verbose > 0) {
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
    run.context.err(`Pass ${pass}: ${PASS_NAME[pass]} failed.  [man error::pass${pass}]\n`)
  }
  const errors = diagnostics.filter(d => d.severity === 'error')
  return errors.every(d => d.machine) ? EXIT.cannot : EXIT.script
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

import { join } from 'node:path'
import { isatty } from 'node:tty'
import type { Symbolizer } from '../../host/pure.ts'
import type { Image } from '../../image.ts'
import type { Facts } from '../../kernel/facts.ts'
import { load } from '../../load/load.ts'
import type { AttachReport, Loaded } from '../../load/loaded.ts'
import { jsonText } from '../../run/json-line.ts'
import { Output } from '../../run/output.ts'
import { OutputFiles } from '../../run/output-files.ts'
import { runSession } from '../../run/session.ts'
import type { Message, SessionOptions, SessionResult } from '../../run/session-options.ts'
import { type Sink, standardOutput } from '../../run/sink.ts'
import { needsSources } from '../../run/sources.ts'
import type { Kernel } from '../../sys/kernel.ts'
import { type CliContext, EXIT } from '../context.ts'
import type { Monitor } from '../monitor.ts'
import { UsageError } from '../options.ts'
import { count, type PassTimer } from '../passes.ts'
import type { Report } from '../report.ts'
import type { ScriptText, Settings } from '../settings.ts'
import { timingJson, timingReport } from '../timing-report.ts'

const STDOUT = 1

export interface ImageRun {
  readonly image: Image
  readonly settings: Settings
  readonly context: CliContext
  readonly kernel: Kernel
  readonly facts: Facts
  readonly timer: PassTimer
  readonly report: Report
}

/** Passes 4 and 5: into the kernel, and then until the script ends. */
export async function runImage(run: ImageRun): Promise<number> {
  const { image, settings, context, timer } = run
  const files = settings.lastPass === 4 ? undefined : openFiles(settings.output)
  const loaded = image.programs.length === 0 ? undefined : loadImage(run)
  if (settings.verbosity[4] > 0) {
    const what = `${count(image.programs.length, 'program')}, ${count(image.maps.length, 'map')}`
    context.err(`Pass 4: loaded ${what} ${timer.lap()}\n`)
  }
  if (settings.lastPass === 4) {
    loaded?.close()
    return EXIT.ok
  }
  const screen = await openScreen(run)
  const output = new Output(files ?? terminalSink(screen) ?? standardOutput(run.kernel))
  const unlisten = files === undefined ? () => {} : switchBySignal(files, output)
  const result = await session({ ...run, screen }, loaded, output).finally(() => {
    unlisten()
    files?.close()
    screen?.close()
  })
  if (settings.verbosity[5] > 0) context.err(`Pass 5: run completed ${timer.lap()}\n`)
  if (result.exitCode !== EXIT.ok) run.report.say('Pass 5: run failed.  [man error::pass5]\n')
  return result.exitCode
}

function openFiles(output: Settings['output']): OutputFiles | undefined {
  if (output === undefined) return undefined
  try {
    return new OutputFiles(output)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw new UsageError(`-o ${output.path}: cannot be written (${code})`)
  }
}

/** --monitor. What it needs of Node takes long to load. */
async function openScreen({ context, image, settings }: ImageRun): Promise<Monitor | undefined> {
  const { monitorMs: intervalMs, script } = settings
  if (intervalMs === undefined) return undefined
  if (image.handlers.some(({ when }) => when.kind === 'input')) {
    throw new UsageError(
      '--monitor takes the keys, which the script wants: it has a probe of input',
    )
  }
  const { Monitor } = await import('../monitor.ts')
  return new Monitor(context, image, { name: scriptName(script), intervalMs })
}

function scriptName(script: ScriptText): string {
  switch (script.kind) {
    case 'text':
      return '-e'
    case 'file':
      return script.path
    case 'example':
      return script.name
    case 'standard-input':
      return '-'
  }
}

/** Two cannot write on one terminal. */
function terminalSink(screen: Monitor | undefined): Sink | undefined {
  return screen !== undefined && isatty(STDOUT) ? screen.sink : undefined
}

/** SIGUSR2: output goes on in the next file. */
function switchBySignal(files: OutputFiles, output: Output): () => void {
  const next = (): void => {
    output.flush()
    output.attempt(() => files.next())
  }
  process.on('SIGUSR2', next)
  return () => process.off('SIGUSR2', next)
}

function loadImage({ image, kernel, settings }: ImageRun): Loaded {
  const { verboseVerifier, monitorMs } = settings
  const timing = settings.timing || monitorMs !== undefined
  return load(image, kernel, { verboseVerifier, timing })
}

async function session(
  run: ImageRun & { readonly screen: Monitor | undefined },
  loaded: Loaded | undefined,
  output: Output,
): Promise<SessionResult> {
  const { settings, context, kernel, facts, report } = run
  const image = settings.displayGlobals ? run.image : withoutDisplay(run.image)
  if (settings.verbosity[5] > 0) context.err('Pass 5: starting run.\n')
  report.redirect(bytes => output.text(bytes), { anew: settings.output !== undefined })
  return runSession({
    image,
    loaded,
    kernel: loaded === undefined && !needsSources(image) ? undefined : kernel,
    output,
    json: settings.json,
    onMessage: message => {
      const { severity, text } = message
      if (run.screen === undefined) tell(run, message)
      else if (severity === 'error' || settings.warnings)
        run.screen.say(`${severity.toUpperCase()}: ${jsonText(text)}\n`)
    },
    onEnd: result => {
      run.screen?.close()
      sayEnd(run, result)
    },
    suppressErrors: settings.suppressHandlerErrors,
    timing: settings.timing || run.screen !== undefined,
    symbols: symbolizer(facts),
    command: settings.command,
    targetPid: settings.targetPid,
    timeoutMs: settings.timeoutMs,
    timeZone: context.env['TZ'],
    ...sources(run),
    verbose: settings.verbosity[5] > 0,
    onRunning: (attached, handle) => {
      reportAttached(run, attached)
      run.screen?.open(handle)
      context.onRunning?.()
    },
    exitHard: () => process.exit(EXIT.script),
  })
}

/** Where files are, and what is typed: of both only when a probe wants it. */
function sources({
  settings,
  context,
}: ImageRun): Pick<SessionOptions, 'files' | 'onFiles' | 'input'> {
  const { XDG_RUNTIME_DIR: own = '' } = context.env
  const parent = process.getuid?.() !== 0 && own.startsWith('/') ? own : '/run'
  const name = settings.name ?? `klew_${process.pid}`
  return {
    files: { base: join(parent, 'klew'), name },
    onFiles: folder => {
      if (settings.verbosity[5] > 0) context.err(`Files of procfs probes are in ${folder}\n`)
    },
    // The script was all of it.
    input: settings.script.kind === 'standard-input' ? undefined : () => process.stdin,
  }
}

function tell({ report, image }: ImageRun, { severity, text, point, lost }: Message): void {
  const probe = point === undefined ? {} : { probe: image.points[point]?.text ?? '' }
  const fields = { ...probe, ...(lost !== undefined && { lost: Number(lost) }) }
  report.message({ severity, text, fields })
}

/** How long each probe ran, and the end of the stream: before the last output is waited for. */
function sayEnd({ report, image, settings }: ImageRun, result: SessionResult): void {
  const { times, skipped, lost, exitCode } = result
  if (settings.timing) report.say(timingReport(image, times))
  if (!settings.json) return
  for (const time of times) report.data('', timingJson(image, time))
  const lostInAll = Number(lost.reduce((sum, { count }) => sum + count, 0n))
  report.end(exitCode, { handlerErrors: result.errors, skipped, lost: lostInAll })
}

/** --no-global-var-display */
function withoutDisplay(image: Image): Image {
  return { ...image, globals: image.globals.map(g => ({ ...g, displayAtEnd: false })) }
}

/** Names for addresses, read from the kernel when the first is asked for. */
function symbolizer(facts: Facts): Symbolizer {
  return {
    find(address) {
      const found = facts.symbols().find(address)
      if (found === undefined) return undefined
      const { symbol, offset, size } = found
      const module = symbol.module === undefined ? {} : { module: symbol.module }
      return { name: symbol.name, ...module, offset, size }
    },
    address: name => facts.symbols().functions(name)[0]?.address ?? 0n,
  }
}

/** What could not be attached: a warning for what was named, with -v for what a wildcard found. */
function reportAttached(run: ImageRun, report: AttachReport | undefined): void {
  if (report === undefined) return
  const { image, settings, context } = run
  for (const { point, reason, optional } of report.failed) {
    if (optional && settings.verbosity[5] === 0) continue
    const text = `probe ${image.points[point]?.text ?? ''} registration error: ${reason}`
    tell(run, { severity: 'warning', text, point })
  }
  if (settings.verbosity[5] === 0) return
  const methods = report.methods.map(m => `${m.targets} by ${m.method}`).join(', ')
  context.err(`Attached ${count(report.attached, 'probe')}: ${methods}\n`)
}

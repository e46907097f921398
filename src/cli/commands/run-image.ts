import { closeSync, openSync } from 'node:fs'
import type { Symbolizer } from '../../host/pure.ts'
import type { Image } from '../../image.ts'
import type { Facts } from '../../kernel/facts.ts'
import { load } from '../../load/load.ts'
import type { AttachReport, Loaded } from '../../load/loaded.ts'
import { Output } from '../../run/output.ts'
import { runSession, type SessionResult } from '../../run/session.ts'
import type { Kernel } from '../../sys/kernel.ts'
import { type CliContext, EXIT } from '../context.ts'
import { UsageError } from '../options.ts'
import { count, type PassTimer } from '../passes.ts'
import type { Settings } from '../settings.ts'

export interface ImageRun {
  readonly image: Image
  readonly settings: Settings
  readonly context: CliContext
  readonly kernel: Kernel
  readonly facts: Facts
  readonly timer: PassTimer
}

/** Passes 4 and 5: into the kernel, and then until the script ends. */
export async function runImage(run: ImageRun): Promise<number> {
  const { image, settings, context, timer } = run
  const fd = settings.lastPass === 4 ? STDOUT : openOutput(settings.outputFile)
  const loaded = image.programs.length === 0 ? undefined : loadImage(run)
  if (settings.verbosity[4] > 0) {
    const what = `${count(image.programs.length, 'program')}, ${count(image.maps.length, 'map')}`
    context.err(`Pass 4: loaded ${what} ${timer.lap()}\n`)
  }
  if (settings.lastPass === 4) {
    loaded?.close()
    return EXIT.ok
  }
  const result = await session(run, loaded, new Output(fd))
  if (fd !== STDOUT) closeSync(fd)
  if (settings.verbosity[5] > 0) context.err(`Pass 5: run completed ${timer.lap()}\n`)
  if (result.exitCode !== EXIT.ok) context.err('Pass 5: run failed.  [man error::pass5]\n')
  return result.exitCode
}

const STDOUT = 1

function openOutput(path: string | undefined): number {
  if (path === undefined) return STDOUT
  try {
    return openSync(path, 'w')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    throw new UsageError(`-o ${path}: cannot be written (${code})`)
  }
}

function loadImage(run: ImageRun): Loaded {
  return load(run.image, run.kernel, { verboseVerifier: run.settings.verboseVerifier })
}

async function session(
  run: ImageRun,
  loaded: Loaded | undefined,
  output: Output,
): Promise<SessionResult> {
  const { settings, context, kernel, facts } = run
  const image = settings.displayGlobals ? run.image : withoutDisplay(run.image)
  if (settings.verbosity[5] > 0) context.err('Pass 5: starting run.\n')
  const say = (line: string): void => context.errBytes(Buffer.from(`${line}\n`, 'latin1'))
  return runSession({
    image,
    loaded,
    kernel: loaded === undefined ? undefined : kernel,
    output,
    onError: say,
    onWarning: line => {
      if (settings.warnings) say(line)
    },
    symbols: symbolizer(facts),
    command: settings.command,
    targetPid: settings.targetPid,
    timeoutMs: settings.timeoutMs,
    timeZone: context.env['TZ'],
    verbose: settings.verbosity[5] > 0,
    onRunning: report => reportAttached(run, report),
    exitHard: () => process.exit(EXIT.script),
  })
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
    if (!settings.warnings || (optional && settings.verbosity[5] === 0)) continue
    const text = image.points[point]?.text ?? ''
    context.err(`WARNING: probe ${text} registration error: ${reason}\n`)
  }
  if (settings.verbosity[5] === 0) return
  const methods = report.methods.map(m => `${m.targets} by ${m.method}`).join(', ')
  context.err(`Attached ${count(report.attached, 'probe')}: ${methods}\n`)
}

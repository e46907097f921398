import type { CompileLimits } from '../compile.ts'
import { nearest } from '../text/nearest.ts'
import { UsageError } from './options.ts'

/** What -D and --suppress-handler-errors say of limits, and what is to be said about them. */
export interface Limits {
  readonly compile: CompileLimits
  readonly warnings: readonly string[]
  /** Names of SystemTap's run time that have no counterpart here; told with -v. */
  readonly passedOver: readonly string[]
}

interface Served {
  readonly field: keyof CompileLimits
  readonly least: number
  readonly most: number
}

/** Counts are compared with a 32-bit immediate in the programs. */
const MOST_COUNT = 2 ** 31 - 1
/** More elements than a kernel gives memory for. */
const MOST_ENTRIES = 2 ** 26
/** bpf_loop() takes 8 Mi calls, and a handler may have several loops. */
const MOST_ROUNDS = 2 ** 20

const SERVED: Readonly<Record<string, Served>> = {
  MAXMAPENTRIES: { field: 'mapEntries', least: 1, most: MOST_ENTRIES },
  MAXERRORS: { field: 'maxErrors', least: 0, most: MOST_COUNT },
  MAXSKIPPED: { field: 'maxSkipped', least: 0, most: MOST_COUNT },
  MAXACTION: { field: 'maxAction', least: 1, most: MOST_ROUNDS },
}

/** Limits that a script can run into here too, and that are what they are. */
const FIXED: Readonly<Record<string, string>> = {
  MAXSTRINGLEN: 'a string holds 511 bytes',
  MAXNESTING: 'functions call each other 20 deep',
  MAXBACKTRACE: 'a backtrace has 20 lines',
  HIST_WIDTH: 'the bars of a histogram are 50 wide',
  HIST_ELISION: 'two empty rows stay on each side of what a histogram leaves out',
}

/** No lock can time out, no stack run short, no module grow, no handler be interrupted by another. */
const PASSED_OVER = new Set([
  'INTERRUPTIBLE',
  'KRETACTIVE',
  'MAPHASHBIAS',
  'MAXACTION_INTERRUPTIBLE',
  'MAXTRYACTION',
  'MAXTRYLOCK',
  'MAXUPROBES',
  'MINSTACKSPACE',
  'TRYLOCKDELAY',
])

export function readLimits(
  given: ReadonlyMap<string, string>,
  { suppressHandlerErrors }: { readonly suppressHandlerErrors: boolean },
): Limits {
  const compile: { -readonly [Field in keyof CompileLimits]: number } = {}
  const warnings: string[] = []
  const passedOver: string[] = []
  for (const [name, value] of given) {
    const served = ownValue(SERVED, name)
    const fixed = ownValue(FIXED, name)
    if (served !== undefined) compile[served.field] = limitOf(name, value, served)
    else if (fixed !== undefined) warnings.push(`-D ${name}=${value} has no effect: ${fixed}`)
    else if (PASSED_OVER.has(name) || name.startsWith('STP_')) passedOver.push(name)
    else warnings.push(...doubt(name))
  }
  const endless = { maxErrors: MOST_COUNT, maxSkipped: MOST_COUNT }
  return {
    compile: suppressHandlerErrors ? { ...compile, ...endless } : compile,
    warnings,
    passedOver,
  }
}

function limitOf(name: string, value: string, { least, most }: Served): number {
  const number = /^([0-9]+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`-D ${name}=${value}: expected a number from ${least} to ${most}`)
}

/** Any name is a C macro for stap; one that is nearly a limit's is more likely a slip. */
function doubt(name: string): readonly string[] {
  const similar = nearest(name, [...Object.keys(SERVED), ...Object.keys(FIXED)], 1)
  return similar.map(other => `-D ${name} has no effect (similar: ${other})`)
}

function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

import type { Image, ProgramSpec } from '../image.ts'
import { VerifierError } from '../sys/error.ts'
import { Source } from '../text/source.ts'

/** The verifier refused a program of an image: what it said, and where in the script that was. */
export class RefusedProgramError extends Error {
  override readonly name = 'RefusedProgramError'
  readonly program: string
  /** `FILE:LINE:COLUMN`; undefined where the log names no instruction. */
  readonly place: string | undefined
  /** The last lines before the refusal, or all of the log. */
  readonly telling: readonly string[]
  readonly log: string

  constructor(
    program: string,
    place: string | undefined,
    telling: readonly string[],
    cause: VerifierError,
  ) {
    const where = place === undefined ? '' : ` at ${place}`
    super([`the kernel's verifier refused program ${program}${where}:`, ...telling].join('\n  '), {
      cause,
    })
    this.program = program
    this.place = place
    this.telling = telling
    this.log = cause.log
  }
}

/** The same error with its place in the script; other errors are given back as they are. */
export function located(
  error: unknown,
  image: Image,
  program: ProgramSpec,
  { wholeLog }: { readonly wholeLog: boolean },
): unknown {
  if (!(error instanceof VerifierError)) return error
  const instruction = failingInstruction(error.log)
  const place = instruction === undefined ? undefined : placeOf(image, program, instruction)
  const telling = wholeLog ? error.log.trimEnd().split('\n') : tellingLines(error.log)
  return new RefusedProgramError(program.name, place, telling, error)
}

/** Whether the verifier looked at the instructions at all, and not only at what they attach to. */
export function readInstructions(error: VerifierError): boolean {
  return /^processed \d+ insns/m.test(error.log)
}

/** The log walks along the path to the refusal: `12: (79) r0 = *(u64 *)(r1 +0)`. */
export function failingInstruction(log: string): number | undefined {
  const last = [...log.matchAll(/^(\d+): \([0-9a-f]{2}\)/gm)].at(-1)?.[1]
  return last === undefined ? undefined : Number(last)
}

function placeOf(image: Image, program: ProgramSpec, instruction: number): string | undefined {
  const line = program.lines.findLast(one => one.instruction <= instruction)
  const place = line && image.places[line.place]
  const source = place && image.sources[place.source]
  if (place === undefined || source === undefined) return undefined
  const at = new Source(source.name, source.text).position(place.start)
  return `${source.name}:${at.line}:${at.column}`
}

const TELLING = 6

/** The verifier closes its log with statistics; the complaint stands before them. */
function tellingLines(log: string): string[] {
  return log
    .split('\n')
    .filter(line => line !== '' && !/^(processed|verification time|stack depth) /.test(line))
    .slice(-TELLING)
}

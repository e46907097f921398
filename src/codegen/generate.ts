import { AssemblerError } from '../bpf/assembler.ts'
import type {
  AttachMethod,
  Attachment,
  HostHandler,
  Image,
  PointInfo,
  ProgramSpec,
} from '../image.ts'
import type { IrFunction, IrHandler, IrProgram } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Bounds } from '../ir/passes/bounds.ts'
import type { Facts } from '../kernel/facts.ts'
import type { ResolvedPoint } from '../sema/checked.ts'
import type { Diagnostic } from '../text/diagnostic.ts'
import type { Source } from '../text/source.ts'
import { attachTarget } from './attach-target.ts'
import { type Choice, choose, companionMethod } from './choose.ts'
import type { Entries, PointRange } from './code.ts'
import { layOutEntries, withEntryInline } from './entry.ts'
import { handlerTooComplex, notBySystem } from './errors.ts'
import { fileAccess } from './file-access.ts'
import { addedOutside, layOut, mapName, touchedInKernel } from './layout.ts'
import { type ProgramJob, writeProgram } from './program.ts'
import { FIRST_ARRAY_MAP, Tables } from './tables.ts'

export interface GenerateOptions {
  /** How long the strings in globals can get. */
  readonly bounds: Bounds
  /** In the order that the image names them; those that the program names are added. */
  readonly sources?: readonly Source[]
  /** -DMAXERRORS, -DMAXSKIPPED, -DMAXACTION. */
  readonly maxErrors?: number
  readonly maxSkipped?: number
  readonly maxAction?: number
  /** A power of two, and a multiple of the page size. */
  readonly ringBytes?: number
  /** Ways of attaching that were refused when tried. */
  readonly without?: readonly AttachMethod[]
}

const MAXERRORS = 0
const MAXSKIPPED = 100
const MAXACTION = 1000
const RING_BYTES: number = 4 * 1024 * 1024

/**
 * Turns a program of IR into an image: kernel handlers into eBPF, as many programs as their points
 * need; the others are passed on. With an error among the diagnostics the image is not to be used.
 */
export function generate(
  program: IrProgram,
  facts: Facts,
  options: GenerateOptions,
): { image: Image; diagnostics: readonly Diagnostic[] } {
  const kernel = program.handlers.filter(handler => handler.side === 'kernel')
  const touched = touchedInKernel(program)
  const tables = new Tables({
    facts,
    layouts: layOut(program.globals, touched, options.bounds, FIRST_ARRAY_MAP, {
      cpus: touched.size > 0 ? facts.cpus : 1,
      added: addedOutside(program),
    }),
    sources: options.sources ?? [],
    maxErrors: options.maxErrors ?? MAXERRORS,
    maxAction: options.maxAction ?? MAXACTION,
  })
  const ranges = program.handlers.map(handler => numberPoints(tables, handler))
  const generator = new Generator(tables, facts, options.without ?? [], kernel)
  const usable = kernel.length > 0 && hasBasics(tables, facts, kernel)
  if (usable) for (const handler of kernel) generator.handler(handler, ranges[handler.id])
  const image: Image = {
    release: facts.release,
    arch: facts.arch,
    sources: tables.sources.map(({ name, text }) => ({ name, text })),
    places: tables.places,
    maps: kernel.length > 0 ? tables.maps(options.ringBytes ?? RING_BYTES) : [],
    programs: generator.programs,
    attachments: generator.attachments,
    points: tables.points,
    globals: tables.layouts,
    sites: tables.sites,
    handlers: program.handlers.flatMap(handler => hostHandlers(handler, ranges[handler.id])),
    functions: program.functions,
    limits: {
      maxErrors: tables.maxErrors,
      maxSkipped: options.maxSkipped ?? MAXSKIPPED,
      maxStringLength: MAXSTRINGLEN,
      ringBytes: options.ringBytes ?? RING_BYTES,
    },
  }
  return { image, diagnostics: tables.diagnostics }
}

/** Gives each point of a handler its number, one after the other. */
function numberPoints(tables: Tables, handler: IrHandler): PointRange {
  const first = tables.points.length
  for (const point of handler.points) tables.points.push(pointInfo(tables, point))
  return { first, count: handler.points.length }
}

function pointInfo(tables: Tables, point: ResolvedPoint): PointInfo {
  const place = tables.place(point.span)
  switch (point.kind) {
    case 'function':
      return { text: point.text, function: point.name, at: point.at, place }
    case 'tracepoint':
      return { text: point.text, function: point.name, at: 'other', place }
    case 'address':
      return { text: point.text, function: '', at: point.at, place }
    default:
      return { text: point.text, function: '', at: 'other', place }
  }
}

function hostHandlers(handler: IrHandler, range: PointRange | undefined): HostHandler[] {
  if (handler.side !== 'host') return []
  return handler.points.flatMap((point, n): HostHandler[] => {
    const base = {
      id: handler.id,
      point: (range?.first ?? 0) + n,
      function: handler.function,
    }
    switch (point.kind) {
      case 'begin':
      case 'end':
      case 'error':
        return [{ ...base, when: { kind: point.kind, order: point.order } }]
      case 'timer': {
        const { periodNs, randomizeNs } = point
        return [{ ...base, when: { kind: 'timer', periodNs, randomizeNs } }]
      }
      case 'procfs':
        return [{ ...base, when: fileAccess(point) }]
      case 'input':
        return [{ ...base, when: { kind: 'input', unit: point.unit } }]
      default:
        return []
    }
  })
}

function hasBasics(tables: Tables, facts: Facts, kernel: readonly IrHandler[]): boolean {
  const span = kernel[0]?.points[0]?.span ?? kernel[0]?.span
  for (const feature of ['bpf', 'ringbuf'] as const) {
    if (facts.has(feature) || span === undefined) continue
    const what = feature === 'bpf' ? 'eBPF programs' : 'BPF ring buffers'
    tables.report(notBySystem(span, what, facts.whyNot(feature)))
    return false
  }
  return true
}

/** Writes the programs of handlers and says how they are attached. */
class Generator {
  readonly programs: ProgramSpec[] = []
  readonly attachments: Attachment[] = []
  readonly #tables: Tables
  readonly #facts: Facts
  readonly #without: readonly AttachMethod[]
  readonly #functions: number

  constructor(
    tables: Tables,
    facts: Facts,
    without: readonly AttachMethod[],
    kernel: readonly IrHandler[],
  ) {
    this.#tables = tables
    this.#facts = facts
    this.#without = without
    this.#functions = kernel
      .flatMap(handler => handler.points)
      .filter(point => point.kind === 'function').length
  }

  handler(handler: IrHandler, points: PointRange | undefined): void {
    if (points === undefined) return
    const options = { facts: this.#facts, without: this.#without, functions: this.#functions }
    const { choices, diagnostics } = choose(handler, options)
    for (const diagnostic of diagnostics) this.#tables.report(diagnostic)
    for (const choice of choices) this.#choice(handler, choice, points)
  }

  #choice(handler: IrHandler, choice: Choice, points: PointRange): void {
    const { entry } = handler
    const { arguments: count, inside, process } = choice
    const job = {
      handler: handler.id,
      points,
      span: handler.span,
      arguments: count,
      inside,
      process,
    }
    const inline = choice.method === 'fexit' ? withEntryInline(handler) : undefined
    if (entry === undefined || inline !== undefined) {
      this.#add(handler, choice, { ...job, fn: inline ?? handler.function, method: choice.method })
      return
    }
    const layout = layOutEntries(handler, entry)
    const entries: Entries = {
      ...layout,
      map: this.#tables.entriesMap(handler.id, Math.max(8, layout.bytes)),
    }
    const method = companionMethod(choice.method)
    // Attached first, so that what returns has entered.
    const save = { ...job, fn: entry, method, entries: { ...entries, role: 'save' as const } }
    this.#add(handler, { ...choice, method }, save)
    const fn: IrFunction = handler.function
    const restore = { ...entries, role: 'restore' as const }
    this.#add(handler, choice, { ...job, fn, method: choice.method, entries: restore })
  }

  #add(handler: IrHandler, choice: Choice, job: Omit<ProgramJob, 'name'>): void {
    const targets = choice.points.flatMap(n => {
      const point = handler.points[n]
      if (point === undefined) return []
      return attachTarget(point, job.points.first + n, this.#facts)
    })
    const name = mapName(`${choice.method.replace(/-/g, '_')}_${targets[0]?.name ?? ''}`)
    try {
      this.programs.push(writeProgram(this.#tables, { ...job, name }))
    } catch (error) {
      if (!(error instanceof AssemblerError) || !TOO_FAR.test(error.message)) throw error
      this.#tables.report(handlerTooComplex(handler.span, error.message))
      return
    }
    this.attachments.push({ program: this.programs.length - 1, method: choice.method, targets })
  }
}

/** A jump or an offset that an instruction cannot hold; anything else is our mistake. */
const TOO_FAR = /instructions away|does not fit/

import type { AttachMethod, Attachment, AttachTarget, Image } from '../image.ts'
import { enableStats, programInfo } from '../sys/bpf.ts'
import { SyscallError, UnsupportedError, VerifierError } from '../sys/error.ts'
import { Scope } from '../sys/fd.ts'
import type { Kernel } from '../sys/kernel.ts'
import type { Attaching } from './attach/attaching.ts'
import { attachBreakpoints } from './attach/breakpoint.ts'
import { attachCounters } from './attach/counter.ts'
import { attachTrampolines } from './attach/fentry.ts'
import { attachKprobes } from './attach/kprobe.ts'
import { attachKprobeMulti } from './attach/kprobe-multi.ts'
import { attachHooks } from './attach/netfilter.ts'
import { attachTracepoints } from './attach/tracepoint.ts'
import type { AttachReport, Loaded, LoadedMap, ProgramTime } from './loaded.ts'
import { createMaps, loadedMap, mapValueView } from './maps.ts'
import { ProgramLoader } from './programs.ts'
import { located, readInstructions } from './verifier.ts'

export interface LoadOptions {
  /** The error of a refused program tells the verifier's whole log, not only its end. */
  readonly verboseVerifier?: boolean
  /** The kernel counts the runs of programs and their time, as long as they are loaded. */
  readonly timing?: boolean
}

/**
 * Puts an image into the kernel: maps and programs, attached to nothing yet. All of it belongs to
 * descriptors of this process, so that nothing is left behind however it ends.
 *
 * @throws RefusedProgramError when the verifier says no; SyscallError; UnsupportedError for an
 *   image made for another kernel. Nothing stays loaded then.
 */
export function load(image: Image, kernel: Kernel, options: LoadOptions = {}): Loaded {
  checkKernel(image, kernel)
  kernel.raiseMemlock()
  const scope = new Scope()
  try {
    return new LoadedImage(image, kernel, scope, options)
  } catch (error) {
    scope.close()
    throw error
  }
}

function checkKernel(image: Image, kernel: Kernel): void {
  const { release } = kernel.uname()
  if (release === image.release && kernel.arch === image.arch) return
  throw new UnsupportedError(
    'this image',
    `it was made for Linux ${image.release} on ${image.arch}, and this is ${release} on ${kernel.arch}`,
  )
}

const ATTACH: Readonly<Record<AttachMethod, (attaching: Attaching) => Promise<void>>> = {
  fentry: attachTrampolines,
  fexit: attachTrampolines,
  'kprobe-multi': attachKprobeMulti,
  'kretprobe-multi': attachKprobeMulti,
  kprobe: attachKprobes,
  kretprobe: attachKprobes,
  'tp-btf': attachTracepoints,
  'raw-tracepoint': attachTracepoints,
  'perf-event': attachCounters,
  breakpoint: attachBreakpoints,
  netfilter: attachHooks,
}

/** Longest time between two turns of the event loop while attaching. */
const TURN_MS = 20

class LoadedImage implements Loaded {
  readonly control: Loaded['control']
  readonly ring: Loaded['ring']
  readonly #image: Image
  readonly #kernel: Kernel
  readonly #scope: Scope
  readonly #options: LoadOptions
  readonly #fds: readonly number[]
  readonly #loader: ProgramLoader
  /** Programs loaded so far: by attachment, and by target where each has its own. */
  readonly #programs = new Map<Attachment, Map<AttachTarget | undefined, number>>()
  /** Targets that were refused when the programs were loaded. */
  readonly #refused = new Map<AttachTarget, unknown>()

  constructor(image: Image, kernel: Kernel, scope: Scope, options: LoadOptions) {
    this.#image = image
    this.#kernel = kernel
    this.#scope = scope
    this.#options = options
    this.#fds = createMaps(kernel, image, scope)
    this.#loader = new ProgramLoader(kernel, image, this.#fds, scope)
    this.control = this.#findControl()
    this.ring = this.#findRing()
    for (const attachment of image.attachments) this.#loadFirst(attachment)
    if (options.timing === true) scope.ownFd(kernel, enableStats(kernel))
  }

  map(index: number): LoadedMap {
    const spec = this.#image.maps[index]
    const fd = this.#fds[index]
    if (spec === undefined || fd === undefined) throw new Error(`the image has no map ${index}`)
    return loadedMap(this.#kernel, fd, spec)
  }

  lostCounts(): readonly bigint[] {
    const counts = this.#image.points.map(() => 0n)
    const index = this.#image.maps.findIndex(map => map.purpose.kind === 'lost')
    if (index < 0) return counts
    const map = this.map(index)
    return counts.map((_, point) => {
      const value = map.lookup(new Uint8Array(Uint32Array.of(point).buffer))
      return value === undefined ? 0n : new DataView(value.buffer).getBigUint64(0, true)
    })
  }

  programTimes(): readonly ProgramTime[] {
    if (this.#options.timing !== true) return []
    return [...this.#programs].flatMap(([attachment, programs]) =>
      [...programs].map(([target, fd]) => {
        const { runCount, runTimeNs, recursionMisses } = programInfo(this.#kernel, fd)
        const targets = target === undefined ? attachment.targets : [target]
        const points = targets.map(({ point }) => point)
        return { points, runs: runCount, timeNs: runTimeNs, missed: recursionMisses }
      }),
    )
  }

  async attach(progress?: (done: number, total: number) => void): Promise<AttachReport> {
    const outcome = new Outcome(this.#image, progress)
    for (const attachment of this.#image.attachments) {
      await ATTACH[attachment.method]({
        kernel: this.#kernel,
        attachment,
        program: target => this.#program(attachment, target),
        own: fd => this.#scope.ownFd(this.#kernel, fd),
        attached: target => outcome.attached(attachment.method, target),
        failed: (target, error) => outcome.failed(target, error),
        pause: () => outcome.pause(),
      })
    }
    return outcome.report()
  }

  close(): void {
    this.#scope.close()
  }

  #findControl(): Loaded['control'] {
    const index = this.#image.maps.findIndex(map => map.purpose.kind === 'control')
    const spec = this.#image.maps[index]
    const fd = this.#fds[index]
    if (spec === undefined || fd === undefined) return undefined
    return { view: mapValueView(this.#kernel, fd, spec) }
  }

  #findRing(): Loaded['ring'] {
    const index = this.#image.maps.findIndex(map => map.purpose.kind === 'ring')
    const spec = this.#image.maps[index]
    const fd = this.#fds[index]
    if (spec === undefined || fd === undefined) return undefined
    return { fd, bytes: spec.maxEntries }
  }

  /**
   * Loads an attachment's program for its first target, so that a program that the verifier does
   * not take is found before anything is attached. What does not concern the program but its
   * target is left for the report.
   */
  #loadFirst(attachment: Attachment): void {
    for (const target of attachment.targets) {
      try {
        this.#program(attachment, target)
        return
      } catch (error) {
        if (this.#isFatal(error)) throw this.#explained(error, attachment)
        this.#refused.set(target, error)
      }
    }
  }

  #isFatal(error: unknown): boolean {
    if (error instanceof VerifierError) return readInstructions(error)
    return !(error instanceof SyscallError || error instanceof UnsupportedError)
  }

  #explained(error: unknown, attachment: Attachment): unknown {
    const spec = this.#image.programs[attachment.program]
    const wholeLog = this.#options.verboseVerifier ?? false
    return spec === undefined ? error : located(error, this.#image, spec, { wholeLog })
  }

  /** The program for a target, loaded if it is not yet. */
  #program(attachment: Attachment, target: AttachTarget): number {
    const refused = this.#refused.get(target)
    if (refused !== undefined) throw refused
    const spec = this.#image.programs[attachment.program]
    const key =
      spec !== undefined && needsOwn(attachment, spec.pointReferences) ? target : undefined
    const programs = this.#programs.get(attachment) ?? new Map<AttachTarget | undefined, number>()
    this.#programs.set(attachment, programs)
    const known = programs.get(key)
    if (known !== undefined) return known
    const fd = this.#loader.load(attachment.program, target)
    programs.set(key, fd)
    return fd
  }
}

/** Whether each target has a program of its own: one loaded for it, or with its point's number. */
function needsOwn({ method }: Attachment, pointReferences: readonly number[]): boolean {
  switch (method) {
    case 'fentry':
    case 'fexit':
    case 'tp-btf':
      return true
    default:
      return pointReferences.length > 0
  }
}

/** What came of attaching, target by target. */
class Outcome {
  readonly #progress: ((done: number, total: number) => void) | undefined
  readonly #total: number
  readonly #attached = new Set<number>()
  readonly #failed = new Map<number, { reason: string; optional: boolean }>()
  readonly #methods = new Map<AttachMethod, number>()
  #done = 0
  #lastTurn: number = performance.now()

  constructor(image: Image, progress: ((done: number, total: number) => void) | undefined) {
    this.#progress = progress
    this.#total = image.attachments.reduce((sum, { targets }) => sum + targets.length, 0)
  }

  attached(method: AttachMethod, target: AttachTarget): void {
    this.#done++
    this.#attached.add(target.point)
    this.#methods.set(method, (this.#methods.get(method) ?? 0) + 1)
  }

  failed({ point, optional }: AttachTarget, error: unknown): void {
    this.#done++
    const { message } = error instanceof Error ? error : new Error(String(error))
    if (!this.#failed.has(point)) this.#failed.set(point, { reason: message, optional })
  }

  async pause(): Promise<void> {
    if (performance.now() - this.#lastTurn < TURN_MS) return
    this.#progress?.(this.#done, this.#total)
    await new Promise(resolve => setImmediate(resolve))
    this.#lastTurn = performance.now()
  }

  report(): AttachReport {
    // A return probe without its entry program has failed.
    const attached = [...this.#attached].filter(point => !this.#failed.has(point))
    return {
      attached: attached.length,
      failed: [...this.#failed].map(([point, why]) => ({ point, ...why })),
      methods: [...this.#methods].map(([method, targets]) => ({ method, targets })),
    }
  }
}

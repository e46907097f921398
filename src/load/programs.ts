import { type ProgramLine, programDebugInfo } from '../bpf/line-info.ts'
import type { AttachTarget, Image, ProgramSpec } from '../image.ts'
import { type ProgramLoad, progLoad } from '../sys/bpf.ts'
import { openKernelBtf, tryBtfLoad } from '../sys/bpf-btf.ts'
import { UnsupportedError } from '../sys/error.ts'
import type { Scope } from '../sys/fd.ts'
import type { Kernel } from '../sys/kernel.ts'
import { Source } from '../text/source.ts'

const INSTRUCTION_BYTES = 8
const BPF_PROG_TYPE_TRACING = 26

/** Puts programs of one image into the kernel. */
export class ProgramLoader {
  readonly #kernel: Kernel
  readonly #image: Image
  readonly #maps: readonly number[]
  readonly #scope: Scope
  readonly #debug = new Map<number, Partial<ProgramLoad>>()
  readonly #modules = new Map<string, number>()
  readonly #sources: readonly Source[]

  constructor(kernel: Kernel, image: Image, maps: readonly number[], scope: Scope) {
    this.#kernel = kernel
    this.#image = image
    this.#maps = maps
    this.#scope = scope
    this.#sources = image.sources.map(({ name, text }) => new Source(name, text))
  }

  /**
   * Loads a program, for one target where it is for one; the scope owns it.
   *
   * @throws VerifierError or SyscallError
   */
  load(index: number, target: AttachTarget | undefined): number {
    const spec = this.#image.programs[index]
    if (spec === undefined) throw new Error(`the image has no program ${index}`)
    const typed = spec.type === BPF_PROG_TYPE_TRACING && target !== undefined
    const module = typed && target.module !== undefined ? this.#module(target.module) : undefined
    const fd = progLoad(this.#kernel, {
      type: spec.type,
      attachType: spec.attachType,
      flags: spec.flags,
      name: spec.name,
      instructions: this.#patched(spec, target?.point ?? 0),
      ...(typed ? { btfId: target.btfId } : {}),
      ...(module === undefined ? {} : { btfObjectFd: module }),
      ...this.#debugInfo(index, spec),
    })
    return this.#scope.ownFd(this.#kernel, fd)
  }

  /** The instructions with descriptors for maps, and the point's number. */
  #patched(spec: ProgramSpec, point: number): Uint8Array {
    const bytes = spec.instructions.slice()
    const view = new DataView(bytes.buffer)
    for (const { instruction, map } of spec.mapReferences) {
      view.setInt32(instruction * INSTRUCTION_BYTES + 4, this.#maps[map] ?? -1, true)
    }
    for (const instruction of spec.pointReferences) {
      view.setInt32(instruction * INSTRUCTION_BYTES + 4, point, true)
    }
    return bytes
  }

  /** Where the kernel does not take it, a program that calls nothing back goes without. */
  #debugInfo(index: number, spec: ProgramSpec): Partial<ProgramLoad> {
    const known = this.#debug.get(index)
    if (known !== undefined) return known
    const main = { name: 'handler', instruction: 0, parameters: 1, static: false }
    const functions = spec.functions.length === 0 ? [main] : spec.functions
    const { btf, functionInfo, lineInfo } = programDebugInfo(functions, this.#lines(spec))
    const fd = tryBtfLoad(this.#kernel, btf)
    const info: Partial<ProgramLoad> =
      fd < 0 ? {} : { programBtfFd: this.#scope.ownFd(this.#kernel, fd), functionInfo, lineInfo }
    this.#debug.set(index, info)
    return info
  }

  #lines(spec: ProgramSpec): ProgramLine[] {
    return spec.lines.flatMap(({ instruction, place }): ProgramLine[] => {
      const where = this.#image.places[place]
      const source = where && this.#sources[where.source]
      if (where === undefined || source === undefined) return []
      const { line, column } = source.position(where.start)
      const text = source.line(line).trim()
      return [{ instruction, file: source.name, text, line, column }]
    })
  }

  #module(name: string): number {
    const known = this.#modules.get(name)
    if (known !== undefined) return known
    const fd = openKernelBtf(this.#kernel, name)
    if (fd === undefined) throw new UnsupportedError(`module ${name}`, 'it has no BTF')
    this.#scope.ownFd(this.#kernel, fd)
    this.#modules.set(name, fd)
    return fd
  }
}

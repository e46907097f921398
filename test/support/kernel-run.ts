import { compile } from '../../src/compile.ts'
import type { PureContext } from '../../src/host/pure.ts'
import { type AttachMethod, type Image, RECORD_SPECIAL, STATE_RUNNING } from '../../src/image.ts'
import type { Facts, Feature } from '../../src/kernel/facts.ts'
import type { Loaded } from '../../src/load/loaded.ts'
import { createMaps, loadedMap, mapValueView } from '../../src/load/maps.ts'
import { ProgramLoader } from '../../src/load/programs.ts'
import { decodeSpecial } from '../../src/run/decode.ts'
import { recordText } from '../../src/run/record.ts'
import { openRing, type Ring } from '../../src/run/ring.ts'
import type { Library } from '../../src/sema/library.ts'
import { progTestRun } from '../../src/sys/bpf.ts'
import { Scope } from '../../src/sys/fd.ts'
import type { Kernel } from '../../src/sys/kernel.ts'
import { Source } from '../../src/text/source.ts'

// Compiles scripts for the kernel that runs the tests, and runs their programs one activation at a
// time by BPF_PROG_TEST_RUN, attached to nothing.

export interface Build {
  readonly facts: Facts
  readonly library: Library
  readonly without?: readonly AttachMethod[]
  readonly guru?: boolean
}

/** The image of a script. Throws its diagnostics. */
export function build(text: string, { facts, library, without = [], guru = false }: Build): Image {
  const { image, diagnostics } = compile(new Source('t.stp', text), {
    arguments: [],
    library,
    facts,
    guru,
    lastPass: 3,
    without,
    onPass: () => undefined,
  })
  const problems = diagnostics.filter(d => d.severity === 'error')
  if (image === undefined || problems.length > 0) {
    throw new Error(
      problems.map(d => `${d.code}: ${d.text} ${d.notes.map(n => n.text)}`).join('\n'),
    )
  }
  return image
}

/** The same kernel without some of its features. */
export function lacking(facts: Facts, ...features: Feature[]): Facts {
  return {
    ...facts,
    has: feature => !features.includes(feature) && facts.has(feature),
    whyNot: feature =>
      features.includes(feature) ? 'left out for the test' : facts.whyNot(feature),
  }
}

export interface KernelImage {
  readonly loaded: Loaded
  /** Descriptors by index in `Image.programs`. */
  readonly programs: readonly number[]
  /** Runs a program once with these arguments; what it printed, and errors as `ERROR: …`. */
  run(program: number, args?: readonly bigint[]): string
  close(): void
}

/** Puts the maps and programs of an image into the kernel. */
export function open(kernel: Kernel, image: Image, context: PureContext): KernelImage {
  const scope = new Scope()
  try {
    return opened(kernel, image, context, scope)
  } catch (error) {
    scope.close()
    throw error
  }
}

function opened(kernel: Kernel, image: Image, context: PureContext, scope: Scope): KernelImage {
  const fds = createMaps(kernel, image, scope)
  const loader = new ProgramLoader(kernel, image, fds, scope)
  const programs = image.programs.map((_, n) => {
    const attachment = image.attachments.find(one => one.program === n)
    return loader.load(n, attachment?.targets[0])
  })
  const loaded = loadedOf(kernel, image, fds)
  const ring = loaded.ring && openRing(kernel, loaded.ring)
  return {
    loaded,
    programs,
    run(program, args = []) {
      const view = loaded.control?.view
      if (view !== undefined) new BigInt64Array(view)[0] = BigInt(STATE_RUNNING)
      const bytes = new BigInt64Array(12)
      args.forEach((arg, n) => {
        bytes[n] = arg
      })
      progTestRun(kernel, programs[program] ?? -1, { context: new Uint8Array(bytes.buffer) })
      return ring === undefined ? '' : drain(image, ring, context)
    },
    close: () => scope.close(),
  }
}

function drain(image: Image, ring: Ring, context: PureContext): string {
  let text = ''
  const { memory } = ring
  ring.drain((offset, length) => {
    const site = memory.u32[offset >> 2] ?? 0
    const found = image.sites[site]
    if (site < RECORD_SPECIAL && found !== undefined) {
      text += recordText(found, memory, offset, { ...context, maxStringLength: 512 })
      return
    }
    const special = decodeSpecial(image, memory, offset, length)
    text += special.kind === 'exit' ? 'EXIT\n' : `${special.kind.toUpperCase()}: ${special.text}\n`
  }, Number.POSITIVE_INFINITY)
  return text
}

function loadedOf(kernel: Kernel, image: Image, fds: readonly number[]): Loaded {
  const control = image.maps.findIndex(map => map.purpose.kind === 'control')
  const ring = image.maps.findIndex(map => map.purpose.kind === 'ring')
  const at = <T>(list: readonly T[], index: number): T => {
    const found = list[index]
    if (found === undefined) throw new Error(`no map ${index}`)
    return found
  }
  return {
    control:
      control < 0
        ? undefined
        : { view: mapValueView(kernel, at(fds, control), at(image.maps, control)) },
    ring: ring < 0 ? undefined : { fd: at(fds, ring), bytes: at(image.maps, ring).maxEntries },
    map: index => loadedMap(kernel, at(fds, index), at(image.maps, index)),
    lostCounts: () => [],
    programTimes: () => [],
    attach: () => Promise.resolve({ attached: 0, failed: [], methods: [] }),
    close: () => undefined,
  }
}

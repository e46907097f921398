import { ScriptError } from '../../src/host/error.ts'
import { createEvaluator } from '../../src/host/evaluate.ts'
import type { PureContext } from '../../src/host/pure.ts'
import { emptyStatistic, type Statistic } from '../../src/host/statistic.ts'
import { type GlobalInfo, MemoryStore, type Store } from '../../src/host/store.ts'
import type { Image } from '../../src/image.ts'
import { NO_USE, statisticFields } from '../../src/ir/statistic.ts'
import type { Facts } from '../../src/kernel/facts.ts'
import { createStore, writeInitial } from '../../src/run/map-store.ts'
import type { Library } from '../../src/sema/library.ts'
import type { Kernel } from '../../src/sys/kernel.ts'
import { build, open } from './kernel-run.ts'

// Runs one body of statements as the handler of a tracepoint in the kernel, and as a begin handler
// out of it.

const pure: PureContext = {
  symbols: { find: () => undefined },
  points: { text: () => 'p', function: () => 'f', isReturn: () => false, address: () => 0n },
  zone: () => ({ offset: 0, name: 'UTC' }),
}

// Of the same length, so that errors name the same places.
const KERNEL = 'probe kernel.trace("sched_switch")'
const HOST = 'probe begin                       '

export interface Script {
  /** Globals and functions. */
  readonly before: string
  readonly body: string
}

/** Several handlers of one script. */
export interface Scripts {
  readonly before: string
  readonly bodies: readonly string[]
}

export interface Outcome {
  /** With errors as `ERROR: …` and exit() as `EXIT`. */
  readonly printed: string
  /** What they hold afterwards. */
  readonly globals: Readonly<Record<string, unknown>>
}

export interface Both {
  readonly facts: Facts
  readonly library: Library
}

/** Runs the handler once, by BPF_PROG_TEST_RUN. Throws diagnostics and refusals of the verifier. */
export function runInKernel(kernel: Kernel, { before, body }: Script, both: Both): Outcome {
  return runAllInKernel(kernel, { before, bodies: [body] }, both)
}

/** Runs handlers one after the other, each once, on the same globals. */
export function runAllInKernel(
  kernel: Kernel,
  scripts: Scripts,
  { facts, library }: Both,
): Outcome {
  const image = build(textOf(KERNEL, scripts), { facts, library, without: ['tp-btf'] })
  const loaded = open(kernel, image, pure)
  try {
    const store = createStore(image, loaded.loaded)
    writeInitial(image, store)
    const printed = scripts.bodies.map((_, n) => loaded.run(n)).join('')
    return { printed, globals: globalsOf(image, store) }
  } finally {
    loaded.close()
  }
}

export function runOutside({ before, body }: Script, both: Both): Outcome {
  return runAllOutside({ before, bodies: [body] }, both)
}

export function runAllOutside(scripts: Scripts, { facts, library }: Both): Outcome {
  const image = build(textOf(HOST, scripts), { facts, library })
  const store = new MemoryStore()
  let printed = ''
  const evaluator = createEvaluator(image.functions, {
    ...pure,
    store,
    maxStringLength: 512,
    context: () => 0n,
    print: line => {
      printed += line
    },
    exit: () => {
      printed += 'EXIT\n'
    },
    warn: () => undefined,
  })
  for (const handler of image.handlers) {
    try {
      evaluator.run(handler.function)
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error
      printed += `ERROR: ${error.text}\n`
    }
  }
  return { printed, globals: globalsOf(image, store) }
}

function textOf(probe: string, { before, bodies }: Scripts): string {
  return [before, ...bodies.map(body => `${probe} {\n${body}\n}`)].join('\n')
}

/** Only what is kept of them: in maps that is less. */
function statisticsOf(info: GlobalInfo, store: Store): unknown[] {
  const use = info.statistic ?? NO_USE
  const kept = (s: Statistic): unknown[] => [
    ...statisticFields(use).map(field => s[field]),
    s.buckets,
  ]
  if (info.keys.length === 0) return kept(store.statistic(info, []))
  return store.elements(info).map(e => [e.keys, kept(e.statistic ?? emptyStatistic(use))])
}

function globalsOf(image: Image, store: Store): Record<string, unknown> {
  const found = image.globals.map((layout, id): [string, unknown] => {
    const info: GlobalInfo = { id, ...layout }
    if (layout.type === 'statistic') return [layout.name, statisticsOf(info, store)]
    return [layout.name, layout.keys.length === 0 ? store.get(info) : store.elements(info)]
  })
  return Object.fromEntries(found)
}

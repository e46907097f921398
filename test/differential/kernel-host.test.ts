import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptError } from '../../src/host/error.ts'
import { createEvaluator } from '../../src/host/evaluate.ts'
import type { PureContext } from '../../src/host/pure.ts'
import { type GlobalInfo, MemoryStore, type Store } from '../../src/host/store.ts'
import type { Image } from '../../src/image.ts'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { createStore } from '../../src/run/map-store.ts'
import type { Kernel } from '../../src/sys/kernel.ts'
import { Random } from '../support/ir-random.ts'
import { build, lacking, open } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { GLOBALS, randomBody } from '../support/random-script.ts'
import { tapset } from '../support/tapset.ts'

// The same random scripts in the kernel and out of it: what they print, their errors, and what is
// in their globals afterwards must be the same.

const SEED = Number(process.env['KLEW_SEED'] ?? 1)
const PROGRAMS = Number(process.env['KLEW_PROGRAMS'] ?? 40)

const library = tapset()
const pure: PureContext = {
  symbols: { find: () => undefined },
  points: { text: () => 'p', function: () => 'f', isReturn: () => false, address: () => 0n },
  zone: () => ({ offset: 0, name: 'UTC' }),
}

// Of the same length, so that errors name the same places.
const KERNEL = 'probe kernel.trace("sched_switch")'
const HOST = 'probe begin                       '

const kinds: [name: string, facts: (facts: Facts) => Facts][] = [
  ['all that this kernel has', facts => facts],
  [
    'neither may_goto nor fetching atomics',
    facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4'),
  ],
]
for (const [name, limit] of kinds) {
  test(`random scripts do the same in the kernel and out of it, with ${name}`, t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const facts = limit(readFacts(kernel))
    for (let n = 0; n < PROGRAMS; n++) {
      const body = randomBody(new Random(SEED * 1000 + n))
      compare(kernel, facts, body, `KLEW_SEED=${SEED}, program ${n}:\n${body}`)
    }
  })
}

function compare(kernel: Kernel, facts: Facts, body: string, message: string): void {
  const inKernel = runInKernel(kernel, facts, body, message)
  // Without may_goto fewer rounds are allowed.
  if (inKernel.printed.includes('MAXACTION') && !facts.has('may-goto')) return
  const outside = runOutside(facts, body)
  assert.deepEqual(inKernel, outside, message)
}

interface Outcome {
  readonly printed: string
  readonly globals: Readonly<Record<string, unknown>>
}

function runInKernel(kernel: Kernel, facts: Facts, body: string, message: string): Outcome {
  const text = `${GLOBALS}\n${KERNEL} {\n${body}\n}`
  const image = build(text, { facts, library, without: ['tp-btf'] })
  try {
    const loaded = open(kernel, image, pure)
    try {
      const printed = loaded.run(0)
      return { printed, globals: globalsOf(image, createStore(image, loaded.loaded)) }
    } finally {
      loaded.close()
    }
  } catch (error) {
    throw new Error(message, { cause: error })
  }
}

function runOutside(facts: Facts, body: string): Outcome {
  const text = `${GLOBALS}\n${HOST} {\n${body}\n}`
  const image = build(text, { facts, library })
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
    exit: () => undefined,
    warn: () => undefined,
  })
  const handler = image.handlers[0]
  if (handler === undefined) throw new Error('no handler')
  try {
    evaluator.run(handler.function)
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    printed += `ERROR: ${error.text}\n`
  }
  return { printed, globals: globalsOf(image, store) }
}

function globalsOf(image: Image, store: Store): Record<string, unknown> {
  const found = image.globals.map((layout, id): [string, unknown] => {
    const info: GlobalInfo = { id, ...layout }
    return [layout.name, layout.keys.length === 0 ? store.get(info) : store.elements(info)]
  })
  return Object.fromEntries(found)
}

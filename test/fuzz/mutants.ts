import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { openKernel } from '../../src/sys/native.ts'
import { checkScript, corpusLibraries, readScript } from '../corpus/check-example.ts'
import { type Example, examples } from '../corpus/examples.ts'
import { ROOT } from '../corpus/library.ts'
import { PLAIN_START } from '../corpus/meta-line.ts'
import type { Random } from '../support/ir-random.ts'
import { mutate, piecesOf } from './mutate.ts'

/** A text that made klew throw, take too long, or contradict itself. */
export interface Trouble {
  readonly name: string
  readonly what: string
  readonly text: string
}

/** No script takes a hundredth of that; a busy machine may be slow. */
const LIMIT_MS = 20_000

/** Changes scripts at random, and parses and checks what comes out. */
export function tryMutants(count: number, random: Random): readonly Trouble[] {
  kernel ??= factsOfKernel()
  const { facts, libraryFor } = kernel
  const all = scripts().map(script => ({ script, pieces: piecesOf(readScript(script.path)) }))
  const trouble: Trouble[] = []
  for (let tried = 0; tried < count; tried++) {
    const chosen = all[random.below(all.length)]
    if (chosen === undefined) continue
    const { script, pieces } = chosen
    const text = mutate(pieces, random)
    const what = troubleOf({ ...script, text, library: libraryFor(script.folders), facts })
    if (what !== undefined) trouble.push({ name: script.name, what, text })
  }
  return trouble
}

let kernel: ReturnType<typeof factsOfKernel> | undefined

function factsOfKernel(): { facts: Facts; libraryFor: ReturnType<typeof corpusLibraries> } {
  const facts = readFacts(openKernel())
  return { facts, libraryFor: corpusLibraries(facts) }
}

/** Of SystemTap's examples, where they are installed, and of this project. */
export function scripts(): readonly Example[] {
  const own = ['examples', 'tapset', 'test/declarations'].flatMap(folder =>
    readdirSync(join(ROOT, folder))
      .filter(file => file.endsWith('.stp'))
      .sort()
      .map(file => ({ ...PLAIN_START, name: file, path: join(ROOT, folder, file), guru: true })),
  )
  return [...own, ...examples()]
}

function troubleOf(script: Parameters<typeof checkScript>[0]): string | undefined {
  const start = performance.now()
  try {
    checkScript(script)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const took = performance.now() - start
  return took > LIMIT_MS ? `takes ${took.toFixed(0)} ms` : undefined
}

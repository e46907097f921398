// npm run fuzz [N [SEED]]: reads and checks N texts made at random, and runs programs made at
// random in the kernel and out of it. Prints what makes klew throw, take long or contradict
// itself. Without N it goes on until it is ended. The same seed makes the same texts.
import { readFacts } from '../../src/load/facts.ts'
import { openKernel } from '../../src/sys/native.ts'
import { tryPrograms } from '../differential/random-programs.ts'
import { Random } from '../support/ir-random.ts'
import { tapset } from '../support/tapset.ts'
import { tryMutants } from './mutants.ts'
import { tryTexts } from './texts.ts'

const BATCH = 500

const [count, seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const wanted = count === undefined ? Number.POSITIVE_INFINITY : Number(count)
if (Number.isNaN(wanted)) {
  process.stderr.write('npm run fuzz [N [SEED]]\n')
  process.exit(1)
}
process.stdout.write(`seed ${seed}\n`)
const random = new Random(Number(seed))
let tried = 0
let troubled = 0
while (tried < wanted) {
  const batch = Math.min(BATCH, wanted - tried)
  // Checking takes ten times as long as reading.
  const checked = Math.ceil(batch / 10)
  const trouble = [...tryTexts(batch - checked, random), ...tryMutants(checked, random)]
  for (const { name, what, text } of trouble) {
    process.stdout.write(`== ${name}: ${what}\n${text}\n`)
  }
  for (const { program, what } of ran(batch / 10)) {
    process.stdout.write(`== a program: ${what}\n${program}\n`)
    troubled++
  }
  tried += batch
  troubled += trouble.length
  if (tried % (20 * BATCH) === 0) process.stdout.write(`${tried} texts, ${troubled} with trouble\n`)
}
process.stdout.write(`${tried} texts, ${troubled} with trouble\n`)
process.exitCode = troubled > 0 ? 1 : 0

/** As root only: others have their texts read and checked. */
function ran(programs: number): ReturnType<typeof tryPrograms> {
  if (process.getuid?.() !== 0) return []
  const kernel = openKernel()
  kernel.raiseMemlock()
  const both = { facts: readFacts(kernel), library: tapset() }
  return tryPrograms(kernel, both, { seed: random.below(1_000_000), programs })
}

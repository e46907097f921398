// npx tsx test/fuzz/check.ts N [SEED]: parses and checks N scripts changed at random, and prints
// those that make it throw or take long. The same seed changes the same.
import { tryMutants } from './mutants.ts'

const [count = '1000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
process.stdout.write(`seed ${seed}\n`)
const { tried, trouble } = tryMutants(Number(count), Number(seed))
for (const { name, what, text } of trouble) {
  process.stdout.write(`== ${name}: ${what}\n${text}\n`)
}
process.stdout.write(`${tried} scripts, ${trouble.length} with trouble\n`)
process.exitCode = trouble.length > 0 ? 1 : 0

// npm test: sets up what is missing, checks types and format, runs the tests.
// npm test -- PATH…: runs only the tests under these paths, without the checks.
// npm run golden: runs only the tests with golden texts, and writes those texts anew.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { root, run, setUpBuild, setUpGuest, setUpPackages, setUpTestTools, step } from './setup.mjs'

const TIMEOUT_MS = 480_000
const golden = process.argv[2] === '--golden'
const paths = golden ? [] : process.argv.slice(2)
const only = paths.map(path => relative(root, resolve(path)))
const node = process.execPath
const failures = []

setUpPackages()
setUpBuild()
if (!golden && !(setUpTestTools() && setUpGuest())) {
  if (process.env.KLEW_REQUIRE_GUEST === '1') failures.push('set-up')
  else step('without some tools or the throw-away kernel: their tests are skipped')
}
if (!golden && only.length === 0) {
  check('types', [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit'])
  check('format and rules', [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '.'])
}
const files = ['src', 'test'].flatMap(testFiles).filter(golden ? hasGolden : isWanted)
if (files.length === 0) {
  process.stderr.write(`no tests under ${only.join(', ')}\n`)
  process.exit(1)
}
check(`tests (${files.length} files)`, [
  ...['--import', 'tsx', '--test', '--test-reporter=spec'],
  // Neither one test nor one file takes near that long; what hangs is told by its name.
  `--test-timeout=${TIMEOUT_MS}`,
  `--test-concurrency=${availableParallelism()}`,
  ...files,
])

if (failures.length > 0) step(`failed: ${failures.join(', ')}`)
process.exit(failures.length > 0 ? 1 : 0)

function check(what, args) {
  const start = Date.now()
  step(what)
  if (run(node, args, golden ? { KLEW_UPDATE_GOLDEN: '1' } : {}) !== 0) failures.push(what)
  step(`${what}: ${((Date.now() - start) / 1000).toFixed(1)} s`)
}

/** Node 20 takes no patterns after --test. */
function testFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => join(folder, name))
    .sort()
}

function isWanted(file) {
  return only.length === 0 || only.some(path => file === path || file.startsWith(`${path}/`))
}

function hasGolden(file) {
  return readFileSync(join(root, file), 'utf8').includes('support/golden.ts')
}

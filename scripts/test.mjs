// npm test: sets up what is missing, checks types and format, runs the tests.
// npm test -- PATH…: runs only the tests under these paths, without the checks.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, run, setUpBuild, setUpGuest, setUpPackages, step } from './setup.mjs'

const only = process.argv.slice(2).map(path => relative(root, join(process.cwd(), path)))
const node = process.execPath
const failures = []

setUpPackages()
setUpBuild()
if (!setUpGuest()) {
  if (process.env.KLEW_REQUIRE_GUEST === '1') failures.push('the throw-away kernel')
  else step('without the throw-away kernel: its tests are skipped')
}
if (only.length === 0) {
  check('types', [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit'])
  check('format and rules', [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '.'])
}
const files = ['src', 'test'].flatMap(testFiles).filter(isWanted)
if (files.length === 0) {
  process.stderr.write(`no tests under ${only.join(', ')}\n`)
  process.exit(1)
}
check(`tests (${files.length} files)`, ['--import', 'tsx', '--test', ...files])

if (failures.length > 0) step(`failed: ${failures.join(', ')}`)
process.exit(failures.length > 0 ? 1 : 0)

function check(what, args) {
  const start = Date.now()
  step(what)
  if (run(node, args) !== 0) failures.push(what)
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

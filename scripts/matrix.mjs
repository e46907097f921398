// npm run matrix [-- KERNEL…]: the differential tests in throw-away kernels, by default in all
// that klew vm knows. What the kernel prints and stores must be what klew's own handlers do. A
// kernel takes some minutes, for it is emulated.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { klew, root, run, setUpBuild, setUpGuest, setUpPackages, step } from './setup.mjs'

const KERNELS = ['5.10', '6.1', '6.12', '7.2']
const SUITES = ['language', 'text']

setUpPackages()
setUpBuild()
setUpGuest()
const asked = process.argv.slice(2)
const failed = []
for (const kernel of asked.length > 0 ? asked : KERNELS) {
  for (const suite of SUITES) {
    step(`Linux ${kernel}: ${suite}`)
    if (!(await passes(kernel, suite))) failed.push(`${suite} on ${kernel}`)
  }
}
if (failed.length > 0) step(`failed: ${failed.join(', ')}`)
process.exit(failed.length > 0 ? 1 : 0)

/** As one file, for starting tsx takes an emulated machine a minute. */
async function passes(kernel, suite) {
  // Beside the tests, whose paths are relative to theirs.
  const folder = mkdtempSync(join(root, 'test/matrix-'))
  try {
    const file = join(folder, `${suite}.mjs`)
    await build({
      entryPoints: [join(root, `test/differential/${suite}.test.ts`)],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['koffi'],
      logLevel: 'error',
    })
    const test = [process.execPath, '--test', '--test-reporter=dot', file]
    return run(klew, ['vm', 'run', '--kernel', kernel, '--', ...test]) === 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

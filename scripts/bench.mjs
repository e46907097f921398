// npm run bench: sets up what is missing, then measures. Arguments go to bench/bench.ts.
import { join } from 'node:path'
import { root, run, setUpBuild, setUpPackages } from './setup.mjs'

setUpPackages()
setUpBuild()
const bench = join(root, 'bench/bench.ts')
process.exit(run(process.execPath, ['--import', 'tsx', bench, ...process.argv.slice(2)]))

// npm run demo: sets up what is missing, then shows the main job.
import { klew, run, setUpBuild, setUpPackages } from './setup.mjs'

setUpPackages()
setUpBuild()
// The throw-away kernel is got by the demo itself, where this machine's kernel cannot be probed.
process.exit(run(process.execPath, [klew, 'demo']))

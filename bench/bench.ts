import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { benchAdded } from './added.ts'
import { benchStart } from './start.ts'
import { benchThroughput } from './throughput.ts'

/**
 * `npm run bench`: klew beside its peers, in one run on one machine. Ratios are what to read; the
 * absolute numbers belong to the machine. Peers that are not installed are named and left out.
 */
function available(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0
}

if (process.getuid?.() !== 0) {
  console.error('bench: needs root, to trace')
  process.exit(3)
}
// bpftrace wants tracefs; where nothing mounted it, it is mounted for this run alone.
if (!existsSync('/sys/kernel/tracing/events') && process.env['KLEW_BENCH_INNER'] === undefined) {
  const mount = 'mount -t tracefs none /sys/kernel/tracing && exec "$@"'
  const self = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)]
  const inner = spawnSync('unshare', ['--mount', 'sh', '-c', mount, 'sh', ...self], {
    stdio: 'inherit',
    env: { ...process.env, KLEW_BENCH_INNER: '1' },
  })
  process.exit(inner.status ?? 1)
}
const bpftrace = available('bpftrace')
if (!bpftrace) console.log('bpftrace is not installed: apt-get install bpftrace to compare\n')
await benchStart(bpftrace)
await benchAdded(bpftrace)
await benchThroughput(bpftrace)

// npm run soak [-- MINUTES]: klew prints a hundred thousand events a second, and keeps counts and a
// histogram of them. Shows its memory as it goes, and whether every event was printed.
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GETPPID, isReady, pause, runLoad } from './load.ts'
import { KLEW } from './tool.ts'

const PER_SECOND = 100_000
const minutes = Number(process.argv[2] ?? 30)
if (!(minutes > 0) || process.getuid?.() !== 0) {
  console.error('npm run soak [-- MINUTES], as root')
  process.exit(2)
}
const events = PER_SECOND * 60 * minutes

const SCRIPT = `global n, s
probe begin { warn("READY") }
probe kernel.trace("raw_syscalls:sys_enter") {
  if ($id == ${GETPPID} && execname() == "klewload") {
    n[pid()]++
    s <<< gettimeofday_ns() & 1023
    printf("%d %s %d %d\\n", gettimeofday_ns(), execname(), pid(), $id)
  }
}
probe end { foreach (p in n) warn(sprintf("counted %d, in statistics %d", n[p], @count(s))) }`

const LOAD = `$0 = "klewload"; use Time::HiRes qw(time sleep); my $t = time; my $n = 0;
  while ($n < ${events}) { my $due = int((time - $t) * ${PER_SECOND}); $due = ${events} if $due > ${events};
    while ($n < $due) { getppid(); $n++ } sleep(0.001) }`

const folder = mkdtempSync(join(tmpdir(), 'klew-soak-'))
const said = join(folder, 'said')
// wc reads all that klew prints, as a user's own program would.
const reader = spawn('wc', ['-l'], { stdio: ['pipe', 'inherit', 'inherit'] })
const klew = spawn(process.execPath, [KLEW, '-e', SCRIPT], {
  stdio: ['ignore', reader.stdin, openSync(said, 'w')],
})
await isReady(said)
const rows = setInterval(show, 60_000)
show()
await runLoad(LOAD)
clearInterval(rows)
show()
await pause(1000)
const ended = new Promise(resolve => reader.on('exit', resolve))
klew.kill('SIGINT')
klew.on('exit', () => reader.stdin.end())
console.log(`${events} events; lines that were printed:`)
await ended
process.stdout.write(readFileSync(said, 'latin1').replace(/.*READY\n/, ''))
rmSync(folder, { recursive: true })

function show(): void {
  const status = readFileSync(`/proc/${klew.pid}/status`, 'latin1')
  const [, kilobytes = ''] = /^VmRSS:\s+(\d+)/m.exec(status) ?? []
  console.log(`${new Date().toISOString()} ${(Number(kilobytes) / 1024).toFixed(1)} MB`)
}

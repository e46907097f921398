import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bpftrace, klew, row, type Tool } from './tool.ts'

const EVENTS = 1_000_000
const PACED_PER_SECOND = 200_000
const PACED_SECONDS = 5

// Perl is in every Debian; its getppid() is a real system call each time.
const FULL_SPEED = `$0 = "klewload"; getppid() for 1..${EVENTS};`
const PACED = `$0 = "klewload"; use Time::HiRes qw(time sleep); my $t = time; my $n = 0;
  while ($n < ${PACED_PER_SECOND * PACED_SECONDS}) {
    my $due = int((time - $t) * ${PACED_PER_SECOND}); $due = ${PACED_PER_SECOND * PACED_SECONDS} if $due > ${PACED_PER_SECOND * PACED_SECONDS};
    while ($n < $due) { getppid(); $n++ } sleep(0.001) }`

const GETPPID = process.arch === 'arm64' ? 173 : 110

const KLEW_SCRIPT = `probe begin { println("READY") }
probe kernel.trace("raw_syscalls:sys_enter") {
  if ($id == ${GETPPID} && execname() == "klewload")
    printf("%d %s %d %d\\n", gettimeofday_ns(), execname(), pid(), $id) }`

const BPFTRACE_SCRIPT = `BEGIN { printf("READY\\n"); }
tracepoint:raw_syscalls:sys_enter /args->id == ${GETPPID} && comm == "klewload"/ {
  printf("%llu %s %d %d\\n", nsecs, comm, pid, args->id); }`

/** CPU that a tracer spends on each event that it prints, at full speed and at a steady pace. */
export async function benchThroughput(peer: boolean): Promise<void> {
  for (const [title, load] of [
    [`Throughput: ${EVENTS} events as fast as one process makes them`, FULL_SPEED],
    [`Throughput: ${PACED_PER_SECOND} events/s for ${PACED_SECONDS} s`, PACED],
  ] as const) {
    console.log(title)
    row('', 'CPU ns/event', 'lines', 'lost', 'load wall s')
    const ours = await measure(klew(KLEW_SCRIPT), load)
    const theirs = peer ? await measure(bpftrace(BPFTRACE_SCRIPT), load) : undefined
    if (theirs !== undefined) {
      row('klew / bpftrace, CPU per event', (ours / theirs).toFixed(3))
    }
    console.log('')
  }
}

async function measure(tool: Tool, load: string): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'klew-bench-'))
  const file = join(directory, 'out')
  const out = openSync(file, 'w')
  try {
    const [command = '', ...args] = tool.command
    const tracer = spawn(command, args, { stdio: ['ignore', out, 'pipe'] })
    let errors = ''
    tracer.stderr?.on('data', (data: Buffer) => {
      errors += data.toString()
    })
    await until(() => readFileSync(file, 'latin1').includes('READY'))
    await pause(1000)
    const before = cpuSeconds(tracer.pid ?? 0)
    const wall = await runLoad(load)
    await pause(1500)
    const spent = cpuSeconds(tracer.pid ?? 0) - before
    const ended = new Promise(resolve => tracer.on('exit', resolve))
    tracer.kill('SIGINT')
    await ended
    const lines = countLines(file) - 1
    const perEvent = (spent * 1e9) / Math.max(lines, 1)
    row(tool.name, perEvent.toFixed(0), `${lines}`, lost(errors, lines), wall.toFixed(2))
    return perEvent
  } finally {
    closeSync(out)
    rmSync(directory, { recursive: true })
  }
}

function lost(errors: string, lines: number): string {
  const said = errors.match(/[Ll]ost (\d+)/)?.[1] ?? '0'
  return `${said} said, ${Math.max(0, EVENTS - lines)} missing`
}

function runLoad(script: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    // The name of the process is what the scripts select by.
    const child = spawn('perl', ['-e', script], { argv0: 'klewload', stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', () => resolve((performance.now() - start) / 1000))
  })
}

const CLOCK_TICKS = 100

/** User and system time of a process and its threads (proc(5), stat fields 14 and 15). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}

function countLines(file: string): number {
  let lines = 0
  for (const byte of readFileSync(file)) if (byte === 10) lines++
  return lines
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (done()) return
    await pause(100)
  }
  throw new Error('the tracer did not start')
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

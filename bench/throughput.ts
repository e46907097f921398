import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fullSpeed, GETPPID, interrupt, isReady, pause, runLoad } from './load.ts'
import { bpftrace, klew, row, type Tool } from './tool.ts'

const EVENTS = 1_000_000
const PACED_PER_SECOND = 200_000
const PACED_SECONDS = 5

const FULL_SPEED = fullSpeed(EVENTS)
const PACED = `$0 = "klewload"; use Time::HiRes qw(time sleep); my $t = time; my $n = 0;
  while ($n < ${PACED_PER_SECOND * PACED_SECONDS}) {
    my $due = int((time - $t) * ${PACED_PER_SECOND}); $due = ${PACED_PER_SECOND * PACED_SECONDS} if $due > ${PACED_PER_SECOND * PACED_SECONDS};
    while ($n < $due) { getppid(); $n++ } sleep(0.001) }`

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
    await isReady(file)
    await pause(1000)
    const before = cpuSeconds(tracer.pid ?? 0)
    const wall = await runLoad(load)
    await pause(1500)
    const spent = cpuSeconds(tracer.pid ?? 0) - before
    await interrupt(tracer)
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

import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fullSpeed, GETPPID, interrupt, isReady, pause, runLoad } from './load.ts'
import { bpftrace, klew, median, row, type Tool } from './tool.ts'

const EVENTS = 500_000
/** Of an odd number the median is one of them. */
const ROUNDS = 5

interface Work {
  readonly name: string
  readonly klew: string
  readonly bpftrace: string
}

const POINT = `kernel.trace("raw_syscalls:sys_enter")`
const PEER_POINT = `tracepoint:raw_syscalls:sys_enter /args->id == ${GETPPID}/`

const WORKS: readonly Work[] = [
  {
    name: 'count by a number',
    klew: `global n probe ${POINT} { if ($id == ${GETPPID}) n[pid()] <<< 1 } probe end { foreach (p in n) println(p, " ", @count(n[p])) }`,
    bpftrace: `${PEER_POINT} { @[pid] = count(); }`,
  },
  {
    name: 'count by a string',
    klew: `global n probe ${POINT} { if ($id == ${GETPPID}) n[execname()] <<< 1 } probe end { foreach (c in n) println(c, " ", @count(n[c])) }`,
    bpftrace: `${PEER_POINT} { @[comm] = count(); }`,
  },
  {
    name: 'histogram',
    klew: `global s probe ${POINT} { if ($id == ${GETPPID}) s <<< gettimeofday_ns() & 1023 } probe end { print(@hist_log(s)) }`,
    bpftrace: `${PEER_POINT} { @ = hist(nsecs & 1023); }`,
  },
  {
    name: 'printf of four fields',
    klew: `probe ${POINT} { if ($id == ${GETPPID}) printf("%d %s %d %d\\n", gettimeofday_ns(), execname(), pid(), $id) }`,
    bpftrace: `${PEER_POINT} { printf("%llu %s %d %d\\n", nsecs, comm, pid, args->id); }`,
  },
]

/** What an event costs the process in which it happens: its time with a tracer, less that without. */
export async function benchAdded(peer: boolean): Promise<void> {
  console.log(`Time added to the traced process, ${EVENTS} events, median of ${ROUNDS}`)
  row('', 'klew ns', ...(peer ? ['bpftrace ns', 'klew / bpftrace'] : []))
  for (const work of WORKS) {
    const [ours, theirs] = await added([
      klew(`probe begin { println("READY") } ${work.klew}`),
      ...(peer ? [bpftrace(`BEGIN { printf("READY\\n"); } ${work.bpftrace}`)] : []),
    ])
    const columns = [ours, theirs].flatMap(ns => (ns === undefined ? [] : [ns.toFixed(0)]))
    const ratio = ours === undefined || theirs === undefined ? [] : [(ours / theirs).toFixed(2)]
    row(work.name, ...columns, ...ratio)
  }
  console.log('')
}

/** The tools in turn, so that a change of the machine's speed meets all of them. */
async function added(tools: readonly Tool[]): Promise<readonly number[]> {
  const found = tools.map((): number[] => [])
  const script = fullSpeed(EVENTS)
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await runLoad(script)
    for (const [n, tool] of tools.entries()) {
      const traced = await withTracer(tool, () => runLoad(script))
      found[n]?.push(((traced - alone) * 1e9) / EVENTS)
    }
  }
  return found.map(median)
}

async function withTracer(tool: Tool, run: () => Promise<number>): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'klew-bench-'))
  const file = join(directory, 'out')
  const out = openSync(file, 'w')
  try {
    const [command = '', ...args] = tool.command
    const tracer = spawn(command, args, { stdio: ['ignore', out, 'ignore'] })
    await isReady(file)
    await pause(500)
    const seconds = await run()
    await interrupt(tracer)
    if (readFileSync(file).length < 'READY\n1'.length) throw new Error(`${tool.name} saw nothing`)
    return seconds
  } finally {
    closeSync(out)
    rmSync(directory, { recursive: true })
  }
}

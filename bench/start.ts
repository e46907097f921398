import { spawn, spawnSync } from 'node:child_process'
import { bpftrace, klew, median, row, type Tool } from './tool.ts'

const RUNS = 11

/**
 * Start-up: from starting the command to its first line of output. For a tracepoint the first
 * line comes from the first event after arming, and system calls never wait long.
 */
const CASES: readonly { name: string; klew: string; bpftrace: string }[] = [
  {
    name: 'begin, print, exit',
    klew: 'probe begin { println("first"); exit() }',
    bpftrace: 'BEGIN { printf("first\\n"); exit(); }',
  },
  {
    name: 'one tracepoint, first event',
    klew: 'probe kernel.trace("raw_syscalls:sys_enter") { printf("first\\n"); exit() }',
    bpftrace: 'tracepoint:raw_syscalls:sys_enter { printf("first\\n"); exit(); }',
  },
  {
    name: 'tracepoint with a field chain',
    klew: `probe begin { println("first") }
           probe kernel.trace("net:net_dev_queue") { printf("%d %s\\n", $skb->len, kernel_string($skb->dev->name)) exit() }`,
    bpftrace: `BEGIN { printf("first\\n"); }
           tracepoint:net:net_dev_queue { printf("%d %s\\n", args->len, str(args->name)); exit(); }`,
  },
]

export async function benchStart(peer: boolean): Promise<void> {
  console.log(`Start: ms from command to first output, median of ${RUNS} (least)`)
  row('', 'klew', ...(peer ? ['bpftrace', 'klew / bpftrace'] : []))
  row('node alone', `${nodeAlone().toFixed(0)}`)
  for (const c of CASES) {
    const ours = await times(klew(c.klew))
    if (!peer) {
      row(c.name, show(ours))
      continue
    }
    const theirs = await times(bpftrace(c.bpftrace))
    row(c.name, show(ours), show(theirs), (median(ours) / median(theirs)).toFixed(2))
  }
  console.log('')
}

function show(values: readonly number[]): string {
  return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)})`
}

function nodeAlone(): number {
  const values: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now()
    spawnSync(process.execPath, ['-e', ''])
    values.push(performance.now() - start)
  }
  return median(values)
}

async function times(tool: Tool): Promise<number[]> {
  const values: number[] = []
  await firstOutput(tool)
  for (let i = 0; i < RUNS; i++) values.push(await firstOutput(tool))
  return values
}

/** ms until the line `first`; the tool is then ended and waited for. */
function firstOutput(tool: Tool): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const [command = '', ...args] = tool.command
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let took: number | undefined
    let seen = ''
    let errors = ''
    child.stdout.on('data', (data: Buffer) => {
      seen += data.toString('latin1')
      if (took !== undefined || !seen.includes('first')) return
      took = performance.now() - start
      child.kill('SIGINT')
    })
    child.stderr.on('data', (data: Buffer) => {
      errors += data.toString()
    })
    child.on('error', reject)
    child.on('exit', () => {
      if (took === undefined) reject(new Error(`${tool.name} printed nothing: ${errors}`))
      else resolve(took)
    })
  })
}

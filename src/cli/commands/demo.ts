import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type CliContext, EXIT } from '../context.ts'
import { openMachine } from '../machine.ts'
import { guestRun } from './vm.ts'

/**
 * The main job, on this kernel when its functions can be probed, else in the throw-away one:
 * a call tree of net/packet/af_packet.c while klew sends one frame.
 */
export async function demo(context: CliContext): Promise<number> {
  const root = context.root
  const script = join(root, 'examples/call-tree.stp')
  const sender = [...context.self, 'send', 'packet', 'lo'].join(' ')
  const command = [...context.self, '-v', script, '-c', sender]
  const obstacle = whyNotHere(context)
  if (obstacle === undefined) {
    context.err(`klew demo: functions of this kernel can be probed: running here\n`)
    return runHere(command)
  }
  context.err(`klew demo: functions of this kernel cannot be probed:\n${obstacle}`)
  context.err('klew demo: so this runs in a throw-away kernel (QEMU), which takes half a minute\n')
  return guestRun(command, { kernel: undefined, outDir: undefined }, context)
}

function runHere(command: readonly string[]): number {
  const [program = '', ...args] = command
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? EXIT.cannot
}

function whyNotHere(context: CliContext): string | undefined {
  const { facts } = openMachine(context)
  const ways = ['fentry', 'kprobe-multi', 'kprobe'] as const
  if (ways.some(way => facts.has(way))) return undefined
  return ways.map(way => `  ${way}: ${facts.whyNot(way)}\n`).join('')
}

import { processMemory } from '../load/process-memory.ts'

/**
 * The lines that -v prints, in SystemTap's shape:
 * `Pass 1: parsed user script and 3 library scripts using …kb, in 10usr/0sys/9real ms.`
 */
export class PassTimer {
  #cpu: NodeJS.CpuUsage = process.cpuUsage()
  #wall = process.hrtime.bigint()

  /** `, in …usr/…sys/…real ms.` since the last call, and starts anew. */
  lap(): string {
    const cpu = process.cpuUsage(this.#cpu)
    const wall = process.hrtime.bigint()
    const real = Number((wall - this.#wall) / 1_000_000n)
    this.#cpu = process.cpuUsage()
    this.#wall = wall
    return `in ${Math.round(cpu.user / 1000)}usr/${Math.round(cpu.system / 1000)}sys/${real}real ms.`
  }

  /** With the memory in use, as passes 1 to 3 print it. */
  lapWithMemory(): string {
    const m = processMemory()
    return `using ${m.virtual}virt/${m.resident}res/${m.shared}shr/${m.data}data kb, ${this.lap()}`
  }
}

/** `1 probe`, `2 probes` */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

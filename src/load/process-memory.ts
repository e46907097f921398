import { readFileSync } from 'node:fs'

/** Memory of this process in KiB, as /proc/PID/statm tells it (proc(5)). */
export interface ProcessMemory {
  readonly virtual: number
  readonly resident: number
  readonly shared: number
  readonly data: number
}

const PAGE_KIB = 4

export function processMemory(): ProcessMemory {
  const pages = readFileSync('/proc/self/statm', 'latin1').split(' ').map(Number)
  const kib = (index: number): number => (pages[index] ?? 0) * PAGE_KIB
  return { virtual: kib(0), resident: kib(1), shared: kib(2), data: kib(5) }
}

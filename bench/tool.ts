import { fileURLToPath } from 'node:url'

export const KLEW: string = fileURLToPath(new URL('../bin/klew', import.meta.url))

/** A tracer under test: how to run it, and the same probe in its own language. */
export interface Tool {
  readonly name: string
  readonly command: readonly string[]
}

export function klew(script: string): Tool {
  return { name: 'klew', command: [process.execPath, KLEW, '-e', script] }
}

export function bpftrace(script: string): Tool {
  return { name: 'bpftrace', command: ['bpftrace', '-e', script] }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

/** One line of a table: a name and columns, aligned. */
export function row(name: string, ...columns: readonly string[]): void {
  console.log(name.padEnd(34) + columns.map(c => c.padStart(14)).join(''))
}

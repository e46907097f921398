import type { Register } from '../bpf/instruction.ts'
import type { Code } from './code.ts'
import { CONSTANT_MAP, type Tables } from './tables.ts'

/** Byte values, as the text of a constant. */
export function bytesText(values: readonly number[]): string {
  return values.map(value => String.fromCharCode(value & 0xff)).join('')
}

/** Numbers of so many bytes each, the low byte first. */
export function littleEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, n) => Math.floor(value / 256 ** n) & 0xff)
}

/** A table among the constants, and the mask that keeps an offset in it. */
export interface ByteTable {
  readonly offset: number
  readonly mask: number
}

/**
 * Puts a table among the constants. A masked offset may point past the table, though never in fact:
 * `beyond` bytes past that the map still reaches.
 */
export function byteTable(tables: Tables, values: readonly number[], beyond: number): ByteTable {
  const offset = tables.constant(bytesText(values))
  const mask = 2 ** Math.ceil(Math.log2(Math.max(2, values.length))) - 1
  tables.reach(offset + mask + beyond)
  return { offset, mask }
}

export function tableAddress(code: Code, table: ByteTable, into: Register): void {
  code.a.loadMapValue(into, CONSTANT_MAP, table.offset)
}

import { R0, R1, R2, R3, R4, R5, R6, R7, R8, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { failsWhenEmpty, NO_USE } from '../ir/statistic.ts'
import type { Extractor, Global } from '../sema/checked.ts'
import type { Code } from './code.ts'
import { arrayStorage } from './keys.ts'
import { ORDER_BYTES } from './layout.ts'
import { statisticStorage } from './statistic.ts'
import { addParts, extract, READS, type Sums } from './statistic-read.ts'

// What a foreach sorts an array of statistics by. The array is walked in the map that has one value
// for each element; what the CPUs have of it is added up within the function that is called back.

/** In the scratch value: the key of the element, then its sums, then the number to sort by. */
export function sortAreaBytes(keyBytes: number): number {
  return keyBytes + SUMS_BYTES + 8
}

const SUMS_BYTES = 32

/** Of the walk's function, the one thing on its stack: the address of the scratch value. */
const SCRATCH = -8

/**
 * In a callback of the walk, works out the number of an element. Takes r2, the key, r3, the value,
 * and r5, the scratch value. Then r2 is the key again and r3 has the number where an array of longs
 * has its value; r6 is kept.
 */
export function sortNumber(code: Code, array: Global, extractor: Extractor, area: number): void {
  const { a } = code
  const keyBytes = arrayStorage(code, array).keyBytes.reduce((sum, bytes) => sum + bytes, 0)
  const sums = sumsAt(area + keyBytes, extractor)
  const number = area + keyBytes + SUMS_BYTES
  for (let at = 0; at < keyBytes; at += 8) a.load(8, R0, R2, at).store(8, R5, area + at, R0)
  for (const offset of sums.at.values()) a.storeImmediate(8, R5, sums.area + offset, 0)
  a.mov(R7, R5).mov(R8, R3)
  addCpus(code, array, extractor, { key: area, sums })
  const use = array.statistic ?? NO_USE
  if (statisticStorage(code, array).own?.adds === true) {
    a.mov(R0, R8)
    const ours = { start: ORDER_BYTES, frame: R7, at: 0, inCallback: false } as const
    addParts(code, use, { fields: READS[extractor] }, sums, ours)
  }
  const empty = a.fresh('empty')
  a.movImmediate(R0, 0)
  if (failsWhenEmpty(extractor)) {
    a.load(8, R1, R7, sums.area + (sums.at.get('count') ?? 0)).branchImmediate('eq', R1, 0, empty)
  }
  extract(code, use, extractor, { base: R7, sums })
  a.label(empty).store(8, R7, number, R0).mov(R5, R7)
  a.mov(R2, R5).aluImmediate('add', R2, area)
  a.mov(R3, R5).aluImmediate('add', R3, number - ORDER_BYTES)
}

function sumsAt(area: number, extractor: Extractor): Sums {
  return { area, at: new Map(READS[extractor].map((field, n) => [field, 8 * n])) }
}

/** Calls back for each CPU, with the scratch value, whose address r7 holds. */
function addCpus(
  code: Code,
  array: Global,
  extractor: Extractor,
  { key, sums }: { readonly key: number; readonly sums: Sums },
): void {
  const { a } = code
  const callback = a.fresh('part')
  a.movImmediate(R1, code.tables.facts.cpus).loadFunction(R2, callback)
  a.store(8, R10, SCRATCH, R7).mov(R3, R10).aluImmediate('add', R3, SCRATCH)
  a.movImmediate(R4, 0).call(Helper.loop)
  code.callbacks.push({
    label: callback,
    parameters: 2,
    write: () => {
      const next = a.fresh('next')
      a.label(callback).load(8, R6, R2, 0).mov(R3, R1)
      a.loadMap(R1, statisticStorage(code, array).map).mov(R2, R6).aluImmediate('add', R2, key)
      a.call(Helper.map_lookup_percpu_elem).branchImmediate('eq', R0, 0, next)
      const part = { start: 0, frame: R6, at: 0, inCallback: true } as const
      addParts(code, array.statistic ?? NO_USE, { fields: READS[extractor] }, sums, part)
      a.label(next).movImmediate(R0, 0).exit()
    },
  })
}

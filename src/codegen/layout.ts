import { BPF_MAP_TYPE_HASH } from '../bpf/map.ts'
import { Control, type GlobalLayout, type MapSpec } from '../image.ts'
import type { IrFunction, IrProgram } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Bounds } from '../ir/passes/bounds.ts'
import type { Global } from '../sema/checked.ts'
import { roundUp8 } from './stack.ts'

export interface Layouts {
  /** By id of global. */
  readonly globals: readonly GlobalLayout[]
  /** Maps of arrays; their places in the image start at the number that was asked for. */
  readonly maps: readonly MapSpec[]
  readonly controlBytes: number
}

/** Bytes of a global's insertion order, in front of the value of each element. */
export const ORDER_BYTES = 8

/** Decides where each global lives; `firstMap` is the index that the first map will have. */
export function layOut(
  globals: readonly Global[],
  touched: ReadonlySet<number>,
  bounds: Bounds,
  firstMap: number,
): Layouts {
  const maps: MapSpec[] = []
  let controlBytes: number = Control.globals
  const layouts = globals.map((global): GlobalLayout => {
    const { name, type, keys, initial, capacity, wrap, displayAtEnd } = global
    return {
      name,
      type,
      keys,
      initial,
      capacity,
      wrap,
      displayAtEnd,
      storage: touched.has(global.id) ? kernelStorage(global) : { kind: 'host' },
    }
  })
  return { globals: layouts, maps, controlBytes }

  function kernelStorage(global: Global): GlobalLayout['storage'] {
    const valueBytes =
      global.type === 'string' ? textBytes(bounds.globals.get(global.id)?.value) : 8
    if (global.keys.length === 0) {
      const offset = controlBytes
      controlBytes += valueBytes
      return { kind: 'control', offset, bytes: valueBytes }
    }
    const keyBounds = bounds.globals.get(global.id)?.keys
    const keyBytes = global.keys.map((type, i) =>
      type === 'string' ? textBytes(keyBounds?.[i]) : 8,
    )
    maps.push({
      name: mapName(global.name),
      type: BPF_MAP_TYPE_HASH,
      keySize: keyBytes.reduce((a, b) => a + b, 0),
      valueSize: ORDER_BYTES + valueBytes,
      maxEntries: global.capacity,
      flags: 0,
      purpose: { kind: 'array', global: global.id },
    })
    return { kind: 'map', map: firstMap + maps.length - 1, keyBytes, valueBytes }
  }
}

/** Bytes of a string of at most `bound` bytes: its NUL, then zeroes to a multiple of 8. */
export function textBytes(bound: number | undefined): number {
  return roundUp8(Math.min(bound ?? MAXSTRINGLEN - 1, MAXSTRINGLEN - 1) + 1)
}

/** Globals that kernel handlers touch, also through functions that they call. */
export function touchedInKernel(program: IrProgram): Set<number> {
  const touched = new Set<number>()
  const seen = new Set<number>()
  for (const handler of program.handlers) {
    if (handler.side !== 'kernel') continue
    scan(handler.function)
    if (handler.entry !== undefined) scan(handler.entry)
  }
  return touched

  function scan(fn: IrFunction): void {
    for (const { instructions } of fn.blocks) {
      for (const i of instructions) {
        if ('global' in i) touched.add(i.global.id)
        if ('array' in i) touched.add(i.array.id)
        if (i.op === 'call' && !seen.has(i.function)) {
          seen.add(i.function)
          const called = program.functions.get(i.function)
          if (called !== undefined) scan(called)
        }
      }
    }
  }
}

/** The kernel takes letters, digits, `_` and `.`, 15 of them. */
export function mapName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, 15)
}

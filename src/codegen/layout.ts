import {
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_HASH,
} from '../bpf/map.ts'
import { Control, type GlobalLayout, type MapSpec } from '../image.ts'
import type { IrFunction, IrProgram } from '../ir/ir.ts'
import { MAXSTRINGLEN } from '../ir/ir.ts'
import type { Bounds } from '../ir/passes/bounds.ts'
import { NO_USE, statisticBytes } from '../ir/statistic.ts'
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

export interface StatisticOptions {
  /** CPUs possible. */
  readonly cpus: number
  /** Statistics that handlers outside the kernel add to, by id. */
  readonly added: ReadonlySet<number>
}

/** Decides where each global lives; `firstMap` is the index that the first map will have. */
export function layOut(
  globals: readonly Global[],
  touched: ReadonlySet<number>,
  bounds: Bounds,
  firstMap: number,
  statistics: StatisticOptions,
): Layouts {
  const maps: MapSpec[] = []
  let controlBytes: number = Control.globals
  const layouts = globals.map((global): GlobalLayout => {
    const { name, type, keys, initial, capacity, wrap, displayAtEnd, statistic } = global
    return {
      name,
      type,
      keys,
      initial,
      capacity,
      wrap,
      displayAtEnd,
      ...(statistic && { statistic }),
      storage: touched.has(global.id) ? kernelStorage(global) : { kind: 'host' },
    }
  })
  return { globals: layouts, maps, controlBytes }

  function keyBytesOf(global: Global): number[] {
    const keyBounds = bounds.globals.get(global.id)?.keys
    return global.keys.map((type, i) => (type === 'string' ? textBytes(keyBounds?.[i]) : 8))
  }

  function addMap(
    map: Pick<MapSpec, 'type' | 'valueSize' | 'cpus' | 'purpose'>,
    global: Global,
  ): number {
    const keyBytes = keyBytesOf(global)
    const scalar = keyBytes.length === 0
    const place = maps.push({
      name: mapName(global.name),
      ...map,
      keySize: scalar ? 4 : keyBytes.reduce((a, b) => a + b, 0),
      maxEntries: scalar ? 1 : global.capacity,
      flags: 0,
    })
    return firstMap + place - 1
  }

  function statisticStorage(global: Global): GlobalLayout['storage'] {
    const scalar = global.keys.length === 0
    const valueBytes = statisticBytes(global.statistic ?? NO_USE)
    const adds = statistics.added.has(global.id)
    const purpose = { kind: 'statistic', global: global.id } as const
    const { cpus } = statistics
    const perCpu = {
      type: scalar ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_PERCPU_HASH,
      valueSize: valueBytes,
      cpus,
      purpose,
    }
    const own = {
      type: scalar ? BPF_MAP_TYPE_ARRAY : BPF_MAP_TYPE_HASH,
      valueSize: ORDER_BYTES + (adds ? valueBytes : 0),
      purpose,
    }
    return {
      kind: 'statistic',
      map: addMap(perCpu, global),
      keyBytes: keyBytesOf(global),
      valueBytes,
      own: scalar && !adds ? undefined : { map: addMap(own, global), adds },
    }
  }

  function kernelStorage(global: Global): GlobalLayout['storage'] {
    if (global.type === 'statistic') return statisticStorage(global)
    const valueBytes =
      global.type === 'string' ? textBytes(bounds.globals.get(global.id)?.value) : 8
    if (global.keys.length === 0) {
      const offset = controlBytes
      controlBytes += valueBytes
      return { kind: 'control', offset, bytes: valueBytes }
    }
    const map = {
      type: BPF_MAP_TYPE_HASH,
      valueSize: ORDER_BYTES + valueBytes,
      purpose: { kind: 'array', global: global.id },
    } as const
    return { kind: 'map', map: addMap(map, global), keyBytes: keyBytesOf(global), valueBytes }
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
        if (i.op === 'emit') {
          for (const leaf of i.leaves) if (leaf.kind === 'buckets') touched.add(leaf.global.id)
        }
        if (i.op === 'call' && !seen.has(i.function)) {
          seen.add(i.function)
          const called = program.functions.get(i.function)
          if (called !== undefined) scan(called)
        }
      }
    }
  }
}

/** Statistics that handlers outside the kernel add to, also through functions that they call. */
export function addedOutside({ handlers, functions }: IrProgram): Set<number> {
  const outside = handlers.flatMap(({ side, function: fn }) => (side === 'host' ? [fn] : []))
  const instructions = [...outside, ...functions.values()]
    .flatMap(fn => fn.blocks)
    .flatMap(block => block.instructions)
  return new Set(instructions.flatMap(i => (i.op === 'stat-add' ? [i.global.id] : [])))
}

/** The kernel takes letters, digits, `_` and `.`, 15 of them. */
export function mapName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, 15)
}

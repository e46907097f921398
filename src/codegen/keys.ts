import { R1, R2, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import type { GlobalLayout } from '../image.ts'
import type { Operand } from '../ir/ir.ts'
import type { Global } from '../sema/checked.ts'
import type { Code } from './code.ts'
import { copyText } from './strings.ts'

export type MapStorage = Extract<GlobalLayout['storage'], { kind: 'map' }>

/** The map that an array is walked in. Of statistics: the one with their order of insertion. */
export function arrayStorage(code: Code, global: Global): MapStorage {
  const storage = code.tables.layouts[global.id]?.storage
  if (storage?.kind === 'statistic' && storage.own !== undefined) {
    return { kind: 'map', map: storage.own.map, keyBytes: storage.keyBytes, valueBytes: 0 }
  }
  if (storage?.kind !== 'map') throw new Error(`${global.name} is not in a map`)
  return storage
}

/** All maps that have an entry for each element; the one that is walked in comes last. */
export function elementMaps(code: Code, array: Global): readonly number[] {
  const storage = code.tables.layouts[array.id]?.storage
  const { map } = arrayStorage(code, array)
  return storage?.kind === 'statistic' ? [storage.map, map] : [map]
}

/** A key in memory: on the stack when it is small and has longs only. */
export interface KeyPlace {
  readonly base: Register
  readonly offset: number
  readonly bytes: number
}

const STACK_KEY_BYTES = 64

export function keyPlace(code: Code, array: Global): KeyPlace {
  const { keyBytes } = arrayStorage(code, array)
  const bytes = keyBytes.reduce((a, b) => a + b, 0)
  const small = bytes <= STACK_KEY_BYTES && array.keys.every(type => type === 'long')
  if (small) return { base: R10, offset: code.frame.area('element', STACK_KEY_BYTES), bytes }
  return { base: R9, offset: code.scratch.area('key', bytes), bytes }
}

/** Writes the key; components that are undefined stay as they are. */
export function writeKey(
  code: Code,
  array: Global,
  keys: readonly (Operand | undefined)[],
): KeyPlace {
  const key = keyPlace(code, array)
  const { keyBytes } = arrayStorage(code, array)
  let offset = key.offset
  keyBytes.forEach((bytes, n) => {
    const component = keys[n]
    if (component !== undefined) {
      if (array.keys[n] === 'string') {
        copyText(code, { kind: 'scratch', offset, bytes }, code.text(component))
      } else {
        storeLong(code, key.base, offset, component)
      }
    }
    offset += bytes
  })
  return key
}

/** r0 = the address of the element's value, with its order in front, or 0. */
export function lookUp(code: Code, storage: MapStorage, key: KeyPlace): void {
  const { a } = code
  a.loadMap(R1, storage.map).mov(R2, key.base).aluImmediate('add', R2, key.offset)
  a.call(Helper.map_lookup_elem)
}

export function storeLong(code: Code, base: Register, offset: number, value: Operand): void {
  if (value.kind === 'number' && value.value === BigInt.asIntN(32, value.value)) {
    code.a.storeImmediate(8, base, offset, Number(value.value))
  } else {
    code.a.store(8, base, offset, code.use(value, R1))
  }
}

/** Whether an element is there, all of its key being given. */
export function lookUpElement(code: Code, array: Global, keys: readonly Operand[]): void {
  lookUp(code, arrayStorage(code, array), writeKey(code, array, keys))
}

export function deleteElement(code: Code, array: Global, keys: readonly Operand[]): void {
  const { a } = code
  const key = writeKey(code, array, keys)
  for (const map of elementMaps(code, array)) {
    a.loadMap(R1, map)
    a.mov(R2, key.base).aluImmediate('add', R2, key.offset).call(Helper.map_delete_elem)
  }
}

import { type Label, R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { Control } from '../image.ts'
import type { Operand, Reg } from '../ir/ir.ts'
import type { Global } from '../sema/checked.ts'
import type { Span } from '../text/source.ts'
import type { Code } from './code.ts'
import { wildcardInKernel, wrapInKernel } from './errors.ts'
import {
  arrayStorage,
  deleteElement,
  elementMaps,
  type KeyPlace,
  keyPlace,
  lookUpElement,
  type MapStorage,
  writeKey,
} from './keys.ts'

// What walks over an array: bpf_for_each_map_elem calls a function of ours for each element, with
// the map, the key, the value and a pointer into our stack.

/** The callback's view of our frame: the scratch value, a result, then a key of longs. */
export const SCRATCH_OF_CALLBACK = 0
const RESULT = 8
const KEY = 16
const CONTEXT_BYTES = KEY + 64

type Keys = readonly (Operand | undefined)[]

export function selectElementHas(code: Code, array: Global, keys: Keys, to: Reg): void {
  const { a } = code
  const given = allGiven(keys)
  if (given === undefined) {
    if (!walkable(code)) return
    walk(code, array, keys, 'has')
    a.load(8, R0, R10, contextArea(code) + RESULT)
  } else {
    const missing = a.fresh('missing')
    lookUpElement(code, array, given)
    a.branchImmediate('eq', R0, 0, missing).movImmediate(R0, 1).label(missing)
  }
  code.put(to, R0)
}

export function selectElementDelete(code: Code, array: Global, keys: Keys): void {
  const given = allGiven(keys)
  if (given !== undefined) deleteElement(code, array, given)
  else if (walkable(code)) walk(code, array, keys, 'delete')
}

export function selectClear(code: Code, array: Global): void {
  const any = array.keys.map(() => undefined)
  if (walkable(code)) walk(code, array, any, 'delete')
}

function allGiven(keys: Keys): readonly Operand[] | undefined {
  const given = keys.flatMap(key => (key === undefined ? [] : [key]))
  return given.length === keys.length ? given : undefined
}

function walkable(code: Code): boolean {
  const why = whyNotWalk(code)
  if (why !== undefined) code.tables.report(wildcardInKernel(code.span, why))
  return why === undefined
}

export function whyNotWalk({ tables: { facts } }: Code): string | undefined {
  if (!facts.has('for-each')) return facts.whyNot('for-each')
  return facts.has('func-info') ? undefined : facts.whyNot('func-info')
}

function contextArea(code: Code): number {
  return code.frame.area('walk', CONTEXT_BYTES)
}

/** Calls a function back for each element of the array. */
export function callForEach(code: Code, map: number, callback: Label): void {
  const { a } = code
  const context = contextArea(code)
  if (code.scratch.used) a.store(8, R10, context + SCRATCH_OF_CALLBACK, R9)
  // Before Linux 6.7 the verifier walks through the callback once, as if the first call were all.
  code.control(R1, Control.zero)
  a.load(8, R0, R1, 0).store(8, R10, context + RESULT, R0)
  a.loadMap(R1, map).loadFunction(R2, callback)
  a.mov(R3, R10).aluImmediate('add', R3, context).movImmediate(R4, 0)
  a.call(Helper.for_each_map_elem)
}

function walk(code: Code, array: Global, keys: Keys, what: 'has' | 'delete'): void {
  const { a } = code
  const { map } = arrayStorage(code, array)
  const key = writeKey(code, array, keys)
  if (key.base === R10) {
    const context = contextArea(code)
    for (let at = 0; at < key.bytes; at += 8) {
      // Components that match any were never written.
      if (componentAt(code, array, keys, at) === undefined) continue
      a.load(8, R0, R10, key.offset + at).store(8, R10, context + KEY + at, R0)
    }
  }
  const callback = a.fresh('each')
  callForEach(code, map, callback)
  code.callbacks.push({
    label: callback,
    parameters: 4,
    write: () => {
      const next = a.fresh('next')
      a.label(callback)
      compareKey(code, array, keys, key, next)
      if (what === 'has') {
        a.storeImmediate(8, R4, RESULT, 1).movImmediate(R0, 1).exit()
      } else {
        deleteVisited(code, array)
      }
      a.label(next).movImmediate(R0, 0).exit()
    },
  })
}

/** In a callback: r1 is the map that is walked in, r2 the key. */
function deleteVisited(code: Code, array: Global): void {
  const { a } = code
  const others = elementMaps(code, array).slice(0, -1)
  if (others.length > 0) a.mov(R7, R1).mov(R8, R2)
  for (const map of others) {
    a.loadMap(R1, map).call(Helper.map_delete_elem).mov(R1, R7).mov(R2, R8)
  }
  a.call(Helper.map_delete_elem)
}

/** In a callback, goes to `next` unless the given components of the key at r2 are equal. */
function compareKey(code: Code, array: Global, keys: Keys, key: KeyPlace, next: Label): void {
  const { a } = code
  if (keys.every(one => one === undefined)) {
    // The label needs someone who may go there.
    a.branchImmediate('eq', R3, 0, next)
    return
  }
  if (key.base === R9) a.load(8, R5, R4, SCRATCH_OF_CALLBACK)
  for (let at = 0; at < key.bytes; at += 8) {
    if (componentAt(code, array, keys, at) === undefined) continue
    a.load(8, R0, R2, at)
    if (key.base === R9) a.load(8, R6, R5, key.offset + at)
    else a.load(8, R6, R4, KEY + at)
    a.branch('ne', R0, R6, next)
  }
}

/** The component that holds a byte of the key. */
function componentAt(code: Code, array: Global, keys: Keys, at: number): Operand | undefined {
  let end = 0
  const index = arrayStorage(code, array).keyBytes.findIndex(bytes => {
    end += bytes
    return at < end
  })
  return keys[index]
}

/**
 * Makes room in an array declared with %: deletes the element that was made first. The key of the
 * array is overwritten.
 */
export function evictOldest(code: Code, array: Global, storage: MapStorage, span: Span): void {
  const { a } = code
  const why = whyNotWalk(code)
  if (why !== undefined) {
    code.tables.report(wrapInKernel(span, array.name, why))
    return
  }
  const key = keyPlace(code, array)
  const callback = a.fresh('oldest')
  callForEach(code, storage.map, callback)
  code.callbacks.push({
    label: callback,
    parameters: 4,
    write: () => writeOldest(code, key, callback),
  })
  const context = contextArea(code)
  if (key.base === R10) {
    for (let at = 0; at < key.bytes; at += 8) {
      a.load(8, R0, R10, context + KEY + at).store(8, R10, key.offset + at, R0)
    }
  }
  a.loadMap(R1, storage.map)
  a.mov(R2, key.base).aluImmediate('add', R2, key.offset).call(Helper.map_delete_elem)
}

/** Keeps the key of the least order; RESULT holds that order + 1, and 0 at first. */
function writeOldest(code: Code, key: KeyPlace, callback: Label): void {
  const { a } = code
  const next = a.fresh('next')
  const take = a.fresh('take')
  a.label(callback)
  a.load(8, R7, R3, 0).aluImmediate('add', R7, 1).load(8, R8, R4, RESULT)
  a.branchImmediate('eq', R8, 0, take).branch('ge', R7, R8, next)
  a.label(take).store(8, R4, RESULT, R7)
  if (key.base === R9) a.load(8, R5, R4, SCRATCH_OF_CALLBACK)
  for (let at = 0; at < key.bytes; at += 8) {
    a.load(8, R0, R2, at)
    if (key.base === R9) a.store(8, R5, key.offset + at, R0)
    else a.store(8, R4, KEY + at, R0)
  }
  a.label(next).movImmediate(R0, 0).exit()
}

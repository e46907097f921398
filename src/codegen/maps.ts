import { R0, R1, R2, R3, R4, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { BPF_NOEXIST } from '../bpf/map.ts'
import { Control, type GlobalLayout } from '../image.ts'
import type { Instruction, Operand, Reg } from '../ir/ir.ts'
import type { Global } from '../sema/checked.ts'
import type { Span } from '../text/source.ts'
import type { Code, Site } from './code.ts'
import { evictOldest } from './each.ts'
import { EXIT } from './fail.ts'
import {
  arrayStorage,
  type KeyPlace,
  lookUp,
  type MapStorage,
  storeLong,
  writeKey,
} from './keys.ts'
import { ORDER_BYTES } from './layout.ts'
import { copyFrom, copyText, copyTo, zero } from './strings.ts'

// Scalars are fields of the control map, arrays are hash maps: a key is its components one after
// the other, a value is preceded by the element's insertion order.

type Of<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>
type ControlStorage = Extract<GlobalLayout['storage'], { kind: 'control' }>

export function selectGlobalGet(code: Code, { global, to }: Of<'global-get'>): void {
  const { offset, bytes } = scalar(code, global)
  if (global.type === 'long') {
    code.control(R1, offset)
    const into = code.target(to, R0)
    code.a.load(8, into, R1, 0)
    code.put(to, into)
    return
  }
  const slot = code.textTarget(to)
  if (slot === undefined) return
  code.control(R0, offset)
  copyFrom(code, slot, R0, 0, bytes)
}

export function selectGlobalSet(code: Code, { global, value }: Of<'global-set'>): void {
  const { offset, bytes } = scalar(code, global)
  code.control(R0, offset)
  if (global.type === 'long') storeLong(code, R0, 0, value)
  else copyTo(code, code.text(value), 0, bytes)
}

export function selectGlobalAdd(code: Code, i: Of<'global-add'>): void {
  code.control(R0, scalar(code, i.global).offset)
  addAt(code, 0, i)
}

interface Addition {
  readonly to: Reg
  readonly by: Operand
  readonly gives: 'old' | 'new'
}

/** Adds to the long at r0 + offset, in one. */
function addAt(code: Code, offset: number, { to, by, gives }: Addition): void {
  const { a, tables } = code
  code.read(by, R1)
  if (!code.isRead(to)) {
    a.atomicAdd(8, R0, offset, R1)
    return
  }
  if (tables.facts.has('atomic-fetch')) {
    a.atomicFetch('add', 8, R0, offset, R1)
  } else {
    // Without fetching, two that add at once may both see the first one's value.
    a.load(8, R2, R0, offset).atomicAdd(8, R0, offset, R1).mov(R1, R2)
  }
  if (gives === 'new') a.alu('add', R1, code.use(by, R2))
  code.put(to, R1)
}

function scalar(code: Code, global: Global): ControlStorage {
  const storage = code.tables.layouts[global.id]?.storage
  if (storage?.kind !== 'control') throw new Error(`${global.name} is not in the control map`)
  return storage
}

export function selectElementGet(code: Code, { array, keys, to }: Of<'element-get'>): void {
  const { a } = code
  const storage = arrayStorage(code, array)
  const missing = a.fresh('missing')
  lookUp(code, storage, writeKey(code, array, keys))
  a.branchImmediate('eq', R0, 0, missing)
  if (array.type === 'long') {
    a.load(8, R0, R0, ORDER_BYTES).label(missing)
    code.put(to, R0)
    return
  }
  const done = a.fresh('got')
  const slot = code.textTarget(to)
  if (slot !== undefined) copyFrom(code, slot, R0, ORDER_BYTES, storage.valueBytes)
  a.jump(done).label(missing)
  if (slot !== undefined) zero(code, slot)
  a.label(done)
}

export function selectElementSet(code: Code, i: Of<'element-set'>, site: Site): void {
  const { array, value } = i
  const storage = arrayStorage(code, array)
  withElement(code, i, site, {
    found: () => {
      if (array.type === 'long') storeLong(code, R0, ORDER_BYTES, value)
      else copyTo(code, code.text(value), ORDER_BYTES, storage.valueBytes)
    },
    first: value,
    made: () => undefined,
  })
}

export function selectElementAdd(code: Code, i: Of<'element-add'>, site: Site): void {
  const { by, gives, to } = i
  withElement(code, i, site, {
    found: () => addAt(code, ORDER_BYTES, i),
    first: by,
    made: () => {
      if (!code.isRead(to)) return
      if (gives === 'new') code.read(by, R0)
      else code.a.movImmediate(R0, 0)
      code.put(to, R0)
    },
  })
}

interface ElementUse {
  /** With the address of the element in r0. */
  readonly found: () => void
  /** Value of a new element. */
  readonly first: Operand
  /** Once a new element is made. */
  readonly made: () => void
}

const EEXIST = 17
/** What this program interrupted is changing the array. */
const EBUSY = 16

/** Does something with an element that is there, or makes a new one. */
function withElement(
  code: Code,
  i: { readonly array: Global; readonly keys: readonly Operand[]; readonly span: Span },
  site: Site,
  use: ElementUse,
): void {
  const { a } = code
  const { array } = i
  const storage = arrayStorage(code, array)
  const key = writeKey(code, array, i.keys)
  const missing = a.fresh('missing')
  const done = a.fresh('stored')
  const refused = a.fresh('refused')
  const full = a.fresh('full')
  const busy = a.fresh('busy')
  lookUp(code, storage, key)
  a.branchImmediate('eq', R0, 0, missing)
  use.found()
  a.jump(done).label(missing)
  const value = writeValue(code, array, storage, use.first)
  insert(code, storage, key, value)
  a.branchImmediate('ne', R0, 0, refused)
  use.made()
  a.label(done)
  code.later.push(() => {
    // Made by another CPU in between, or no room.
    a.label(refused)
    if (code.access.interrupts) a.branchImmediate('eq', R0, -EBUSY, busy)
    a.branchImmediate('ne', R0, -EEXIST, full)
    lookUp(code, storage, key)
    a.branchImmediate('eq', R0, 0, full)
    use.found()
    a.jump(done)
    if (code.access.interrupts) {
      a.label(busy)
      code.skip()
      a.jump(EXIT)
    }
    a.label(full)
    const failure = {
      kind: 'arrayOverflow',
      span: i.span,
      value: { kind: 'number', value: BigInt(array.capacity) },
      site,
    } as const
    if (array.wrap) {
      evictOldest(code, array, storage, i.span)
      insert(code, storage, writeKey(code, array, i.keys), value)
      a.branchImmediate('ne', R0, 0, code.fail(failure))
      use.made()
      a.jump(done)
    } else {
      a.jump(code.fail(failure))
    }
  })
}

/** Writes a new element's order and value; where they stand. */
function writeValue(code: Code, array: Global, storage: MapStorage, value: Operand): KeyPlace {
  const { a } = code
  const bytes = ORDER_BYTES + storage.valueBytes
  const place: KeyPlace =
    array.type === 'long'
      ? { base: R10, offset: code.frame.area('value', bytes), bytes }
      : { base: R9, offset: code.scratch.area('value', bytes), bytes }
  nextInOrder(code)
  a.store(8, place.base, place.offset, R2)
  const offset = place.offset + ORDER_BYTES
  if (array.type === 'long') storeLong(code, place.base, offset, value)
  else copyText(code, { kind: 'scratch', offset, bytes: storage.valueBytes }, code.text(value))
  return place
}

/** r0 = 0, or a negated errno. */
function insert(code: Code, storage: MapStorage, key: KeyPlace, value: KeyPlace): void {
  const { a } = code
  a.loadMap(R1, storage.map)
  a.mov(R2, key.base).aluImmediate('add', R2, key.offset)
  a.mov(R3, value.base).aluImmediate('add', R3, value.offset)
  a.movImmediate(R4, BPF_NOEXIST).call(Helper.map_update_elem)
}

/** r2 = the number of an element that is made now: the order of insertion. */
export function nextInOrder(code: Code): void {
  const { a } = code
  code.control(R1, Control.order)
  if (code.tables.facts.has('atomic-fetch')) {
    a.movImmediate(R2, 1).atomicFetch('add', 8, R1, 0, R2)
  } else {
    a.load(8, R2, R1, 0).movImmediate(R3, 1).atomicAdd(8, R1, 0, R3)
  }
}

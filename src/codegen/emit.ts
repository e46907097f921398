import { type Label, R0, R1, R2, R3, R4, R6, R9, R10 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import type { Register } from '../bpf/instruction.ts'
import { BPF_RB_AVAIL_DATA, BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from '../bpf/map.ts'
import { Control, type LeafLayout, RECORD_HEADER, type RecordLayout } from '../image.ts'
import { type EmitInstruction, type Leaf, MAXBACKTRACE, type Operand } from '../ir/ir.ts'
import { bucketsOf, NO_USE } from '../ir/statistic.ts'
import type { Code, Site } from './code.ts'
import { noBacktrace } from './errors.ts'
import { countLost } from './fail.ts'
import { roundUp8 } from './stack.ts'
import { writeBuckets } from './statistic-read.ts'
import { clampText, copyWords, textLength } from './strings.ts'
import { RING_MAP } from './tables.ts'
import { taskName } from './task.ts'

/** Records up to this size without packed strings are written where they stand in the ring. */
const DIRECT_BYTES = 256
/** Strings with room for up to so many bytes stand in the record at a fixed place. */
const FIXED_TEXT = 64
const COMM_BYTES = 16
const STACK_BYTES = MAXBACKTRACE * 8
/** A stack's frames stand behind its length. */
const STACK_DATA = 8
/** Most bytes of a %m or %M, as of any one field. */
const MOST_BYTES = 1024

type Laid = { readonly leaf: Leaf; readonly layout: LeafLayout; readonly most: number }

/** Sends the values of a print to its reader. */
export function selectEmit(code: Code, emit: EmitInstruction, site: Site): void {
  const { laid, record } = layOutRecord(code, emit)
  const number = code.tables.site(emit, code.handler, record)
  const packed = laid.filter(({ layout }) => layout.kind === 'packed')
  const counts = laid.some(({ layout }) => layout.kind === 'buckets')
  if (packed.length === 0 && !counts && record.fixedBytes <= DIRECT_BYTES) {
    emitDirect(code, number, laid, record.fixedBytes, site)
  } else {
    emitBuilt(code, number, laid, record.fixedBytes, site)
  }
}

function layOutRecord(code: Code, emit: EmitInstruction): { laid: Laid[]; record: RecordLayout } {
  let offset = RECORD_HEADER
  const laid = emit.leaves.map((leaf): Laid => {
    const { layout, bytes, most } = layOutLeaf(code, leaf, offset)
    offset += bytes
    return { leaf, layout, most }
  })
  return { laid, record: { fixedBytes: offset, leaves: laid.map(one => one.layout) } }
}

/** `bytes`: of the record's fixed part; `most`: of the packed one. */
function layOutLeaf(
  code: Code,
  leaf: Leaf,
  offset: number,
): { layout: LeafLayout; bytes: number; most: number } {
  switch (leaf.kind) {
    case 'long':
      return { layout: { kind: 'long', offset }, bytes: 8, most: 0 }
    case 'comm':
      return text(COMM_BYTES)
    case 'text': {
      const { bytes } = code.text(leaf.value)
      return bytes <= FIXED_TEXT ? text(bytes) : packed(bytes)
    }
    case 'memory': {
      const bytes = roundUp8(leaf.limit + 1)
      return bytes <= FIXED_TEXT ? text(bytes) : packed(bytes)
    }
    case 'bytes':
      return packed(MOST_BYTES)
    case 'buckets': {
      const bytes = 8 * bucketsOf(leaf.global.statistic ?? NO_USE)
      return { layout: { kind: 'buckets', offset, bytes }, bytes, most: 0 }
    }
    case 'stack': {
      const layout: LeafLayout = { kind: 'stack', offset, bytes: STACK_BYTES }
      return { layout, bytes: STACK_DATA + STACK_BYTES, most: 0 }
    }
  }

  function text(bytes: number): { layout: LeafLayout; bytes: number; most: number } {
    return { layout: { kind: 'text', offset, bytes }, bytes, most: 0 }
  }

  function packed(most: number): { layout: LeafLayout; bytes: number; most: number } {
    return { layout: { kind: 'packed', offset }, bytes: 8, most }
  }
}

/** Where a record stands while it is written. */
interface Record {
  /** Loads its address, where a helper has overwritten `base`. */
  readonly address: (into: Register) => void
  readonly base: Register
  readonly offset: number
  /** Gives the record up, before the activation ends. */
  readonly discard: () => void
}

function emitDirect(
  code: Code,
  number: number,
  laid: readonly Laid[],
  bytes: number,
  site: Site,
): void {
  const { a } = code
  const saved = code.frame.area('record', 8)
  const done = a.fresh('emitted')
  const lost = lostLabel(code, done)
  a.loadMap(R1, RING_MAP).movImmediate(R2, bytes).movImmediate(R3, 0)
  a.call(Helper.ringbuf_reserve).branchImmediate('eq', R0, 0, lost)
  a.store(8, R10, saved, R0).mov(R2, R0)
  const record: Record = {
    address: into => a.load(8, into, R10, saved),
    base: R2,
    offset: 0,
    discard: () => {
      a.load(8, R1, R10, saved).movImmediate(R2, BPF_RB_NO_WAKEUP).call(Helper.ringbuf_discard)
    },
  }
  writeFixed(code, record, number, laid, site)
  wakeFlags(code, R2)
  a.load(8, R1, R10, saved).call(Helper.ringbuf_submit).label(done)
}

function emitBuilt(
  code: Code,
  number: number,
  laid: readonly Laid[],
  fixedBytes: number,
  site: Site,
): void {
  const { a } = code
  const done = a.fresh('emitted')
  const lost = lostLabel(code, done)
  const room = laid.reduce((sum, { most }) => sum + most, fixedBytes)
  const offset = code.scratch.area('record', roundUp8(room))
  const record: Record = {
    address: into => a.mov(into, R9).aluImmediate('add', into, offset),
    base: R9,
    offset,
    discard: () => undefined,
  }
  writeFixed(code, record, number, laid, site)
  const position = code.frame.area('packed', 8)
  a.storeImmediate(8, R10, position, 0)
  writePacked(code, laid, offset, fixedBytes, position, site)
  wakeFlags(code, R4)
  a.load(8, R3, R10, position).aluImmediate('add', R3, fixedBytes)
  boundSize(code, R3, fixedBytes, room)
  a.loadMap(R1, RING_MAP).mov(R2, R9).aluImmediate('add', R2, offset)
  a.call(Helper.ringbuf_output).branchImmediate('slt', R0, 0, lost).label(done)
}

/** Tells the verifier again what it may have lost when the size went through the stack. */
function boundSize(code: Code, size: Register, least: number, most: number): void {
  code.replace(size, 'gt', most, most)
  code.replace(size, 'lt', least, least)
}

/** A label that counts the record as lost and goes on. */
function lostLabel(code: Code, done: Label): Label {
  const label = code.a.fresh('lost')
  code.later.push(() => {
    code.a.label(label)
    countLost(code)
    code.a.jump(done)
  })
  return label
}

/** The header and all that has a fixed place; what calls helpers comes last. */
function writeFixed(
  code: Code,
  record: Record,
  number: number,
  laid: readonly Laid[],
  site: Site,
): void {
  const { a } = code
  const { base, offset } = record
  a.storeImmediate(4, base, offset, number)
  code.point(R1)
  a.store(4, base, offset + 4, R1)
  for (const { leaf, layout } of laid) {
    const at = offset + layout.offset
    if (leaf.kind === 'long') storeLong(code, leaf.value, base, at)
    if (leaf.kind === 'text' && layout.kind === 'text') {
      copyWords(code, { base, offset: at }, code.text(leaf.value), layout.bytes)
    }
  }
  for (const { leaf, layout } of laid) writeByHelper(code, record, leaf, layout, site)
}

function storeLong(code: Code, value: Operand, base: Register, at: number): void {
  const { a } = code
  if (value.kind === 'number' && value.value === BigInt.asIntN(32, value.value)) {
    a.storeImmediate(8, base, at, Number(value.value))
  } else {
    a.store(8, base, at, code.use(value, R1))
  }
}

function writeByHelper(
  code: Code,
  record: Record,
  leaf: Leaf,
  layout: LeafLayout,
  site: Site,
): void {
  const { a } = code
  if (leaf.kind === 'comm' && !code.access.taskHelpers) {
    record.address(R2)
    a.aluImmediate('add', R2, layout.offset)
    taskName(code, R2)
  } else if (leaf.kind === 'comm') {
    record.address(R1)
    a.aluImmediate('add', R1, layout.offset).movImmediate(R2, COMM_BYTES)
    a.call(Helper.get_current_comm)
  } else if (leaf.kind === 'buckets') {
    writeBuckets(code, leaf, record.offset + layout.offset, site)
  } else if (leaf.kind === 'stack') {
    writeStack(code, record, layout.offset)
  } else if (leaf.kind === 'memory' && layout.kind === 'text') {
    writeMemory(code, record, leaf, layout, site)
  }
}

/** bpf_get_stack: a negated errno for a length says that there is none. */
function writeStack(code: Code, record: Record, offset: number): void {
  const { a } = code
  if (!code.access.taskHelpers) {
    const why = 'programs on netfilter hooks may not ask for the stack'
    code.tables.report(noBacktrace(code.span, why))
  }
  record.address(R2)
  a.aluImmediate('add', R2, offset + STACK_DATA)
  a.mov(R1, R6).movImmediate(R3, STACK_BYTES).movImmediate(R4, 0).call(Helper.get_stack)
  record.address(R1)
  a.store(8, R1, offset, R0)
}

function writeMemory(
  code: Code,
  record: Record,
  leaf: Extract<Leaf, { kind: 'memory' }>,
  layout: Extract<LeafLayout, { kind: 'text' }>,
  site: Site,
): void {
  const { a } = code
  const read = a.fresh('read')
  code.read(leaf.address, R3)
  record.address(R1)
  a.aluImmediate('add', R1, layout.offset).movImmediate(R2, leaf.limit + 1)
  a.call(leaf.user ? Helper.probe_read_user_str : Helper.probe_read_kernel_str)
  a.branchImmediate('sge', R0, 0, read)
  if (leaf.otherwise === undefined) {
    record.discard()
    a.jump(faultLabel(code, leaf, site))
  } else {
    record.address(R2)
    const text = code.text(leaf.otherwise)
    copyWords(code, { base: R2, offset: layout.offset }, text, Math.min(text.bytes, layout.bytes))
    if (text.bytes > layout.bytes) {
      a.storeImmediate(1, R2, layout.offset + layout.bytes - 1, 0)
    }
  }
  a.label(read)
}

function faultLabel(
  code: Code,
  leaf: Extract<Leaf, { kind: 'memory' | 'bytes' }>,
  site: Site,
): Label {
  const { address, span, user } = leaf
  const kind = leaf.kind === 'bytes' ? 'readFault' : 'textFault'
  return code.fail({ kind, span, value: address, user, site })
}

/** Strings of any length, one behind the other; `position` counts from the end of the fixed part. */
function writePacked(
  code: Code,
  laid: readonly Laid[],
  record: number,
  fixedBytes: number,
  position: number,
  site: Site,
): void {
  const { a } = code
  let before = 0
  for (const { leaf, layout, most } of laid) {
    if (layout.kind !== 'packed') continue
    const at = { record: record + fixedBytes, position, before }
    if (leaf.kind === 'text') {
      destination(code, at, most)
      code.pointer(code.text(leaf.value), R3)
      a.call(Helper.probe_read_kernel_str)
      textLength(code, most - 1)
    } else if (leaf.kind === 'memory') {
      packMemory(code, leaf, at, site)
    } else if (leaf.kind === 'bytes') {
      packBytes(code, leaf, at, site)
    }
    a.store(8, R9, record + layout.offset, R0)
    before += most
    a.load(8, R1, R10, position).alu('add', R0, R1)
    clampText(code, before)
    a.store(8, R10, position, R0)
  }
}

interface Packing {
  /** Offset in scratch where the packed part starts. */
  readonly record: number
  /** Stack slot of how far it got. */
  readonly position: number
  /** At most so far. */
  readonly before: number
}

/** r1 = where the next string goes, r2 = its room. */
function destination(code: Code, at: Packing, room: number): void {
  const { a } = code
  a.load(8, R2, R10, at.position)
  code.replace(R2, 'gt', at.before, at.before)
  a.mov(R1, R9).aluImmediate('add', R1, at.record).alu('add', R1, R2).movImmediate(R2, room)
}

function packMemory(
  code: Code,
  leaf: Extract<Leaf, { kind: 'memory' }>,
  at: Packing,
  site: Site,
): void {
  const { a } = code
  const read = a.fresh('read')
  destination(code, at, leaf.limit + 1)
  code.read(leaf.address, R3)
  a.call(leaf.user ? Helper.probe_read_user_str : Helper.probe_read_kernel_str)
  if (leaf.otherwise === undefined) {
    a.branchImmediate('slt', R0, 0, faultLabel(code, leaf, site))
  } else {
    a.branchImmediate('sge', R0, 0, read)
    destination(code, at, leaf.limit + 1)
    code.pointer(code.text(leaf.otherwise), R3)
    a.call(Helper.probe_read_kernel_str).label(read)
  }
  textLength(code, leaf.limit)
}

function packBytes(
  code: Code,
  leaf: Extract<Leaf, { kind: 'bytes' }>,
  at: Packing,
  site: Site,
): void {
  const { a } = code
  const count = code.frame.area('count', 8)
  code.read(leaf.count, R0)
  code.forget(R0)
  code.replace(R0, 'slt', 1, 1)
  code.replace(R0, 'gt', MOST_BYTES, MOST_BYTES)
  a.store(8, R10, count, R0)
  destination(code, at, 0)
  a.mov(R2, R0)
  code.read(leaf.address, R3)
  a.call(leaf.user ? Helper.probe_read_user : Helper.probe_read_kernel)
  a.branchImmediate('slt', R0, 0, faultLabel(code, leaf, site))
  a.load(8, R0, R10, count)
  clampText(code, MOST_BYTES)
}

/** The reader is woken at most this often, unless much is waiting for it. */
const WAKE_NS = 10_000_000
const WAKE_BYTES = 65536

/**
 * How to submit: waking the reader for every record would cost more than the record. It is woken
 * when it was not for a while, or when much is queued; what comes in between it finds by a timer.
 */
function wakeFlags(code: Code, into: Register): void {
  const { a } = code
  const force = a.fresh('wake')
  const done = a.fresh('wake')
  a.call(Helper.ktime_get_ns)
  code.control(R1, Control.lastWake)
  a.load(8, R2, R1, 0).mov(R3, R0).alu('sub', R3, R2)
  a.branchImmediate('sgt', R3, WAKE_NS, force)
  a.loadMap(R1, RING_MAP).movImmediate(R2, BPF_RB_AVAIL_DATA).call(Helper.ringbuf_query)
  a.movImmediate(into, BPF_RB_NO_WAKEUP).branchImmediate('lt', R0, WAKE_BYTES, done)
  a.movImmediate(into, BPF_RB_FORCE_WAKEUP).jump(done)
  a.label(force).store(8, R1, 0, R0).movImmediate(into, BPF_RB_FORCE_WAKEUP)
  a.label(done)
}

import { R0, R1, R2, R3, R9 } from '../bpf/assembler.ts'
import { Helper } from '../bpf/helper.ts'
import { type Instruction, MAXNESTING, type Operand, type Reg } from '../ir/ir.ts'
import type { Code } from './code.ts'
import { lastingState } from './iterate.ts'
import { textBytes } from './layout.ts'
import { place } from './strings.ts'

// Frames of functions that call themselves: in the scratch value, one behind the other, by the
// depth of calls. A frame holds the number of the call, then what was put away there.

type Save = Extract<Instruction, { op: 'frame-save' }>
type Load = Extract<Instruction, { op: 'frame-load' }>

const SITE_BYTES = 8

export function saveFrame(code: Code, i: Save): void {
  const { a } = code
  const slots = slotsOf(code, i.site)
  address(code, i.depth)
  a.movImmediate(R0, i.site).store(8, R1, 0, R0)
  i.values.forEach((value, n) => {
    const slot = slots[n]
    if (slot === undefined) return
    if (slot.bytes === undefined) {
      address(code, i.depth)
      a.store(8, R1, slot.offset, code.use(value, R0))
      return
    }
    // A string of the slot's own size, so that what is behind it in the slot is zero.
    const text = place(code, code.text(value), slot.bytes)
    address(code, i.depth)
    a.aluImmediate('add', R1, slot.offset).movImmediate(R2, slot.bytes)
    code.pointer(text, R3)
    a.call(Helper.probe_read_kernel)
  })
  for (const { offset, state } of iterationsOf(code, i.site)) {
    address(code, i.depth)
    a.aluImmediate('add', R1, offset).movImmediate(R2, state.bytes)
    a.mov(R3, R9).aluImmediate('add', R3, state.offset).call(Helper.probe_read_kernel)
  }
}

/** The number of the call whose frame this is. */
export function readSite(code: Code, i: Extract<Instruction, { op: 'frame-site' }>): void {
  address(code, i.depth)
  code.a.load(8, R0, R1, 0)
  code.put(i.to, R0)
}

export function loadFrame(code: Code, i: Load): void {
  const { a } = code
  const slots = slotsOf(code, i.site)
  i.registers.forEach((reg, n) => {
    const slot = slots[n]
    if (slot === undefined || !code.isRead(reg)) return
    address(code, i.depth)
    if (slot.bytes === undefined) {
      a.load(8, R0, R1, slot.offset)
      code.put(reg, R0)
      return
    }
    const text = code.textTarget(reg)
    if (text === undefined) return
    a.mov(R3, R1).aluImmediate('add', R3, slot.offset)
    a.mov(R1, R9).aluImmediate('add', R1, text.offset).movImmediate(R2, slot.bytes)
    a.call(Helper.probe_read_kernel)
  })
  for (const { offset, state } of iterationsOf(code, i.site)) {
    address(code, i.depth)
    a.mov(R3, R1).aluImmediate('add', R3, offset).mov(R1, R9)
    a.aluImmediate('add', R1, state.offset).movImmediate(R2, state.bytes)
    a.call(Helper.probe_read_kernel)
  }
}

interface Slot {
  readonly offset: number
  /** Of a string. */
  readonly bytes: number | undefined
}

/** Where the values of one call stand in its frame: as its registers are when they are taken up. */
function slotsOf(code: Code, site: number): readonly Slot[] {
  let offset = SITE_BYTES
  return registersOf(code, site).map(reg => {
    const { type, bound } = code.fn.registers[reg] ?? { type: 'long' }
    const bytes = type === 'string' ? textBytes(bound) : undefined
    const slot = { offset, bytes }
    offset += bytes ?? 8
    return slot
  })
}

function registersOf(code: Code, site: number): readonly Reg[] {
  return loads(code).find(i => i.site === site)?.registers ?? []
}

/** Where the iterations of a call's function stand in its frame, behind the registers. */
function iterationsOf(
  code: Code,
  site: number,
): readonly {
  readonly offset: number
  readonly state: { readonly offset: number; readonly bytes: number }
}[] {
  const last = slotsOf(code, site).at(-1)
  let next = last === undefined ? SITE_BYTES : last.offset + (last.bytes ?? 8)
  return (loads(code).find(i => i.site === site)?.iterations ?? []).map(iteration => {
    const offset = next
    const state = lastingState(code, iteration)
    next += state.bytes
    return { offset, state }
  })
}

function loads({ fn }: Code): readonly Load[] {
  return fn.blocks.flatMap(b => b.instructions.filter(i => i.op === 'frame-load'))
}

/** Bytes of the largest frame. */
function frameBytes(code: Code): number {
  const sizes = loads(code).map(({ site }) => {
    const last = slotsOf(code, site).at(-1)
    const registers = last === undefined ? SITE_BYTES : last.offset + (last.bytes ?? 8)
    return iterationsOf(code, site).reduce((sum, { state }) => sum + state.bytes, registers)
  })
  return Math.max(SITE_BYTES, ...sizes)
}

/** r1 = the frame of a depth. Its number comes from the script's own counting, so it is in range. */
function address(code: Code, depth: Operand): void {
  const { a } = code
  const bytes = frameBytes(code)
  const frames = code.scratch.area('frames', bytes * MAXNESTING)
  code.read(depth, R1)
  code.forget(R1)
  code.replace(R1, 'gt', MAXNESTING - 1, MAXNESTING - 1)
  a.aluImmediate('mul', R1, bytes).alu('add', R1, R9).aluImmediate('add', R1, frames)
}

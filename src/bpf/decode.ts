import {
  type CallTarget,
  type Instruction,
  InstructionError,
  type Operand,
  type Size,
  slots,
  type Wide,
  type Width,
} from './instruction.ts'
import {
  ALU,
  ALU_OPS,
  ALU64,
  ATOMIC_OPS,
  BRANCH_OPS,
  END,
  EXIT,
  FETCH,
  FROM_REGISTER,
  INSTRUCTION_BYTES,
  JA,
  JCOND,
  JMP,
  LD,
  LDX,
  LOAD_ACQUIRE,
  MODE_ABS,
  MODE_ATOMIC,
  MODE_IMM,
  MODE_IND,
  MODE_MEM,
  MODE_MEMSX,
  NEG,
  PSEUDO_BTF_ID,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_IDX,
  PSEUDO_MAP_IDX_VALUE,
  PSEUDO_MAP_VALUE,
  SIZES,
  type Slot,
  ST,
  STORE_RELEASE,
  STX,
} from './opcode.ts'

/** An instruction and the index of its first slot. */
export interface Placed {
  readonly at: number
  readonly instruction: Instruction
}

/** @throws InstructionError where the bytes are not instructions. */
export function decode(bytes: Uint8Array): Placed[] {
  if (bytes.length % INSTRUCTION_BYTES !== 0) {
    throw new InstructionError(`${bytes.length} bytes are not a whole number of instructions`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = bytes.length / INSTRUCTION_BYTES
  const placed: Placed[] = []
  for (let at = 0; at < count; ) {
    const instruction = decodeOne(readSlot(view, at), () => readSlot(view, at + 1))
    if (instruction === undefined) {
      const code = view.getUint8(at * INSTRUCTION_BYTES).toString(16)
      throw new InstructionError(`instruction ${at} has the unknown opcode 0x${code}`)
    }
    placed.push({ at, instruction })
    at += slots(instruction)
  }
  return placed
}

function readSlot(view: DataView, index: number): Slot {
  const at = index * INSTRUCTION_BYTES
  if (at >= view.byteLength) throw new InstructionError('the second half of a load64 is missing')
  const registers = view.getUint8(at + 1)
  return {
    code: view.getUint8(at),
    dst: registers & 15,
    src: registers >> 4,
    offset: view.getInt16(at + 2, true),
    immediate: view.getInt32(at + 4, true),
  }
}

function decodeOne(s: Slot, next: () => Slot): Instruction | undefined {
  switch (s.code & 7) {
    case LD:
      return decodeLd(s, next)
    case LDX:
      return decodeLdx(s)
    case ST:
    case STX:
      return decodeStore(s)
    case ALU:
    case ALU64:
      return decodeAlu(s)
    default:
      return decodeJump(s)
  }
}

function decodeLd(s: Slot, next: () => Slot): Instruction | undefined {
  const size = sizeOf(s.code)
  const mode = s.code & 0xe0
  if (mode === MODE_IMM && size === 8) {
    const value = decodeWide(s, next().immediate)
    return value && { kind: 'load64', dst: s.dst, value }
  }
  if (size === 8 || (mode !== MODE_ABS && mode !== MODE_IND)) return undefined
  const src = mode === MODE_IND ? s.src : undefined
  return { kind: 'load-packet', size, src, position: s.immediate }
}

function decodeWide(s: Slot, high: number): Wide | undefined {
  const low = s.immediate
  switch (s.src) {
    case 0: {
      const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
      return { kind: 'constant', value }
    }
    case PSEUDO_MAP_FD:
      return { kind: 'map', map: low }
    case PSEUDO_MAP_VALUE:
      return { kind: 'map-value', map: low, offset: high }
    case PSEUDO_BTF_ID:
      return { kind: 'btf-id', id: low, object: high }
    case PSEUDO_FUNC:
      return { kind: 'function', distance: low }
    case PSEUDO_MAP_IDX:
      return { kind: 'map-index', index: low }
    case PSEUDO_MAP_IDX_VALUE:
      return { kind: 'map-index-value', index: low, offset: high }
    default:
      return undefined
  }
}

function decodeLdx(s: Slot): Instruction | undefined {
  const mode = s.code & 0xe0
  if (mode !== MODE_MEM && mode !== MODE_MEMSX) return undefined
  const { dst, src, offset } = s
  return { kind: 'load', size: sizeOf(s.code), signed: mode === MODE_MEMSX, dst, src, offset }
}

function decodeStore(s: Slot): Instruction | undefined {
  const mode = s.code & 0xe0
  const size = sizeOf(s.code)
  const { dst, src, offset } = s
  if (mode === MODE_MEM) {
    const operand = operandOf(s, (s.code & 7) === STX)
    return { kind: 'store', size, dst, offset, operand }
  }
  if (mode !== MODE_ATOMIC || (s.code & 7) !== STX) return undefined
  if (s.immediate === LOAD_ACQUIRE) return { kind: 'load-acquire', size, dst, src, offset }
  if (s.immediate === STORE_RELEASE) return { kind: 'store-release', size, dst, offset, src }
  const op = nameOf(ATOMIC_OPS, s.immediate & ~FETCH)
  if (op === undefined || (size !== 4 && size !== 8)) return undefined
  return { kind: 'atomic', op, fetch: (s.immediate & FETCH) !== 0, size, dst, offset, src }
}

function decodeAlu(s: Slot): Instruction | undefined {
  const width: Width = (s.code & 7) === ALU64 ? 64 : 32
  const fromRegister = (s.code & FROM_REGISTER) !== 0
  const { dst, src } = s
  const code = s.code & 0xf0
  if (code === NEG) return { kind: 'negate', width, dst }
  if (code === END) {
    const to = width === 64 ? 'swap' : fromRegister ? 'be' : 'le'
    const bits = s.immediate
    return bits === 16 || bits === 32 || bits === 64
      ? { kind: 'byte-order', to, bits, dst }
      : undefined
  }
  const op = nameOf(ALU_OPS, code)
  if (op === undefined) return undefined
  if (op === 'mov' && fromRegister && s.offset !== 0) {
    const bits = s.offset
    return bits === 8 || bits === 16 || bits === 32
      ? { kind: 'move-signed', width, bits, dst, src }
      : undefined
  }
  const operand = operandOf(s, fromRegister)
  const signed = s.offset === 1
  if (signed && op === 'div') return { kind: 'alu', op: 'sdiv', width, dst, operand }
  if (signed && op === 'mod') return { kind: 'alu', op: 'smod', width, dst, operand }
  return { kind: 'alu', op, width, dst, operand }
}

function decodeJump(s: Slot): Instruction | undefined {
  const width: Width = (s.code & 7) === JMP ? 64 : 32
  const code = s.code & 0xf0
  const { dst, offset } = s
  if (code === JA) {
    return width === 64 ? { kind: 'jump', offset } : { kind: 'jump-long', distance: s.immediate }
  }
  const op = nameOf(BRANCH_OPS, code)
  if (op !== undefined) {
    const operand = operandOf(s, (s.code & FROM_REGISTER) !== 0)
    return { kind: 'branch', op, width, dst, operand, offset }
  }
  if (width === 32) return undefined
  if (code === EXIT) return { kind: 'exit' }
  if (code === JCOND) return { kind: 'may-goto', offset }
  const target = decodeCall(s)
  return target && { kind: 'call', target }
}

function decodeCall(s: Slot): CallTarget | undefined {
  if (s.src === 0) return { kind: 'helper', id: s.immediate }
  if (s.src === PSEUDO_CALL) return { kind: 'subprogram', distance: s.immediate }
  if (s.src === PSEUDO_KFUNC_CALL) return { kind: 'kfunc', id: s.immediate, object: s.offset }
  return undefined
}

function operandOf(s: Slot, fromRegister: boolean): Operand {
  return fromRegister
    ? { kind: 'register', register: s.src }
    : { kind: 'immediate', value: s.immediate }
}

function sizeOf(code: number): Size {
  const bits = code & 0x18
  return bits === SIZES[4] ? 4 : bits === SIZES[2] ? 2 : bits === SIZES[1] ? 1 : 8
}

function nameOf<Name extends string>(
  table: Readonly<Record<Name, number>>,
  code: number,
): Name | undefined {
  // Object.keys forgets the names' type.
  return (Object.keys(table) as Name[]).find(name => table[name] === code)
}

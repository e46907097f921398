import {
  type CallTarget,
  type Instruction,
  type Operand,
  type Register,
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
  CALL,
  END,
  EXIT,
  FETCH,
  FROM_REGISTER,
  INSTRUCTION_BYTES,
  JA,
  JCOND,
  JMP,
  JMP32,
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

export function encode(instructions: readonly Instruction[]): Uint8Array {
  const count = instructions.reduce((sum, one) => sum + slots(one), 0)
  const bytes = new Uint8Array(count * INSTRUCTION_BYTES)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const instruction of instructions) {
    for (const slot of encodeOne(instruction)) {
      view.setUint8(at, slot.code)
      view.setUint8(at + 1, (slot.src << 4) | slot.dst)
      view.setInt16(at + 2, slot.offset, true)
      view.setInt32(at + 4, slot.immediate, true)
      at += INSTRUCTION_BYTES
    }
  }
  return bytes
}

function slot(code: number, fields: Partial<Omit<Slot, 'code'>> = {}): Slot {
  return { code, dst: 0, src: 0, offset: 0, immediate: 0, ...fields }
}

function encodeOne(i: Instruction): readonly Slot[] {
  switch (i.kind) {
    case 'alu':
      return [encodeAlu(i)]
    case 'negate':
      return [slot(aluClass(i.width) | NEG, { dst: i.dst })]
    case 'move-signed':
      return [
        slot(aluClass(i.width) | ALU_OPS.mov | FROM_REGISTER, {
          dst: i.dst,
          src: i.src,
          offset: i.bits,
        }),
      ]
    case 'byte-order': {
      const code = i.to === 'swap' ? ALU64 : i.to === 'be' ? ALU | FROM_REGISTER : ALU
      return [slot(code | END, { dst: i.dst, immediate: i.bits })]
    }
    case 'load':
      return [
        slot(LDX | (i.signed ? MODE_MEMSX : MODE_MEM) | SIZES[i.size], {
          dst: i.dst,
          src: i.src,
          offset: i.offset,
        }),
      ]
    case 'store': {
      const code = (i.operand.kind === 'register' ? STX : ST) | MODE_MEM | SIZES[i.size]
      return [slot(code, { dst: i.dst, offset: i.offset, ...operandFields(i.operand) })]
    }
    case 'atomic': {
      // Exchanges fetch by nature.
      const fetch = i.fetch || i.op === 'exchange' || i.op === 'compare-exchange' ? FETCH : 0
      return [encodeAtomic(i, ATOMIC_OPS[i.op] | fetch)]
    }
    case 'load-acquire':
      return [encodeAtomic(i, LOAD_ACQUIRE)]
    case 'store-release':
      return [encodeAtomic(i, STORE_RELEASE)]
    case 'load-packet': {
      const mode = i.src === undefined ? MODE_ABS : MODE_IND
      return [slot(LD | mode | SIZES[i.size], { src: i.src ?? 0, immediate: i.position })]
    }
    case 'load64':
      return encodeWide(i.dst, i.value)
    case 'jump':
      return [slot(JMP | JA, { offset: i.offset })]
    case 'jump-long':
      return [slot(JMP32 | JA, { immediate: i.distance })]
    case 'branch': {
      const register = i.operand.kind === 'register' ? FROM_REGISTER : 0
      const code = (i.width === 64 ? JMP : JMP32) | BRANCH_OPS[i.op] | register
      return [slot(code, { dst: i.dst, offset: i.offset, ...operandFields(i.operand) })]
    }
    case 'may-goto':
      return [slot(JMP | JCOND, { offset: i.offset })]
    case 'call':
      return [encodeCall(i.target)]
    case 'exit':
      return [slot(JMP | EXIT)]
  }
}

function encodeAlu(i: Instruction & { readonly kind: 'alu' }): Slot {
  const signed = i.op === 'sdiv' || i.op === 'smod'
  const op = i.op === 'sdiv' ? ALU_OPS.div : i.op === 'smod' ? ALU_OPS.mod : ALU_OPS[i.op]
  const register = i.operand.kind === 'register' ? FROM_REGISTER : 0
  return slot(aluClass(i.width) | op | register, {
    dst: i.dst,
    // Division by the same code is signed where the offset is 1 (ISA v4).
    offset: signed ? 1 : 0,
    ...operandFields(i.operand),
  })
}

function encodeAtomic(
  i: {
    readonly size: Size
    readonly dst: Register
    readonly src: Register
    readonly offset: number
  },
  immediate: number,
): Slot {
  const { dst, src, offset } = i
  return slot(STX | MODE_ATOMIC | SIZES[i.size], { dst, src, offset, immediate })
}

function encodeWide(dst: Register, value: Wide): readonly Slot[] {
  switch (value.kind) {
    case 'constant':
      return wide(
        dst,
        0,
        Number(BigInt.asIntN(32, value.value)),
        Number(BigInt.asIntN(32, value.value >> 32n)),
      )
    case 'map':
      return wide(dst, PSEUDO_MAP_FD, value.map, 0)
    case 'map-value':
      return wide(dst, PSEUDO_MAP_VALUE, value.map, value.offset)
    case 'btf-id':
      return wide(dst, PSEUDO_BTF_ID, value.id, value.object)
    case 'function':
      return wide(dst, PSEUDO_FUNC, value.distance, 0)
    case 'map-index':
      return wide(dst, PSEUDO_MAP_IDX, value.index, 0)
    case 'map-index-value':
      return wide(dst, PSEUDO_MAP_IDX_VALUE, value.index, value.offset)
  }
}

function wide(dst: Register, src: number, low: number, high: number): readonly Slot[] {
  return [
    slot(LD | MODE_IMM | SIZES[8], { dst, src, immediate: low }),
    slot(0, { immediate: high }),
  ]
}

function encodeCall(target: CallTarget): Slot {
  switch (target.kind) {
    case 'helper':
      return slot(JMP | CALL, { immediate: target.id })
    case 'subprogram':
      return slot(JMP | CALL, { src: PSEUDO_CALL, immediate: target.distance })
    case 'kfunc':
      return slot(JMP | CALL, {
        src: PSEUDO_KFUNC_CALL,
        immediate: target.id,
        offset: target.object,
      })
  }
}

function aluClass(width: Width): number {
  return width === 64 ? ALU64 : ALU
}

function operandFields(operand: Operand): Partial<Slot> {
  return operand.kind === 'register' ? { src: operand.register } : { immediate: operand.value }
}

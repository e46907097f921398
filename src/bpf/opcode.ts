// The numbers of the instruction set (uapi/linux/bpf_common.h, uapi/linux/bpf.h; RFC 9669).

export const LD = 0
export const LDX = 1
export const ST = 2
export const STX = 3
export const ALU = 4
export const JMP = 5
export const JMP32 = 6
export const ALU64 = 7

export const MODE_IMM = 0x00
export const MODE_ABS = 0x20
export const MODE_IND = 0x40
export const MODE_MEM = 0x60
export const MODE_MEMSX = 0x80
export const MODE_ATOMIC = 0xc0

/** The bit that says that the operand is a register. */
export const FROM_REGISTER = 0x08

export const ALU_OPS = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
} as const
export const NEG = 0x80
export const END = 0xd0

export const BRANCH_OPS = {
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const
export const JA = 0x00
export const CALL = 0x80
export const EXIT = 0x90
export const JCOND = 0xe0

export const ATOMIC_OPS = {
  add: 0x00,
  or: 0x40,
  and: 0x50,
  xor: 0xa0,
  exchange: 0xe0,
  'compare-exchange': 0xf0,
} as const
export const FETCH = 0x01
export const LOAD_ACQUIRE = 0x100
export const STORE_RELEASE = 0x110

export const SIZES = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 } as const

export const PSEUDO_MAP_FD = 1
export const PSEUDO_MAP_VALUE = 2
export const PSEUDO_BTF_ID = 3
export const PSEUDO_FUNC = 4
export const PSEUDO_MAP_IDX = 5
export const PSEUDO_MAP_IDX_VALUE = 6
export const PSEUDO_CALL = 1
export const PSEUDO_KFUNC_CALL = 2

export const INSTRUCTION_BYTES = 8

/** The fields of 8 bytes. */
export interface Slot {
  readonly code: number
  readonly dst: number
  readonly src: number
  readonly offset: number
  readonly immediate: number
}

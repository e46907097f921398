import type { ALU_OPS, ATOMIC_OPS, BRANCH_OPS } from './opcode.ts'

/**
 * eBPF instructions as data; encode.ts and decode.ts know their bytes (RFC 9669; Documentation/bpf/standardization/
 * instruction-set.rst; uapi/linux/bpf.h and bpf_common.h). Offsets and distances count
 * instructions of 8 bytes from the one after; `load64` takes two.
 */
export type Instruction =
  | {
      readonly kind: 'alu'
      readonly op: AluOp
      readonly width: Width
      readonly dst: Register
      readonly operand: Operand
    }
  | { readonly kind: 'negate'; readonly width: Width; readonly dst: Register }
  /** Copies the low bits and extends their sign (ISA v4). */
  | {
      readonly kind: 'move-signed'
      readonly width: Width
      readonly bits: 8 | 16 | 32
      readonly dst: Register
      readonly src: Register
    }
  /** To big or little endian, or `swap` in any case (ISA v4). Bits above are cleared. */
  | {
      readonly kind: 'byte-order'
      readonly to: 'be' | 'le' | 'swap'
      readonly bits: 16 | 32 | 64
      readonly dst: Register
    }
  /** Signed loads need ISA v4. */
  | {
      readonly kind: 'load'
      readonly size: Size
      readonly signed: boolean
      readonly dst: Register
      readonly src: Register
      readonly offset: number
    }
  | {
      readonly kind: 'store'
      readonly size: Size
      readonly dst: Register
      readonly offset: number
      readonly operand: Operand
    }
  /** With `fetch`, `src` receives the value before; `compare-exchange` compares with and sets r0. */
  | {
      readonly kind: 'atomic'
      readonly op: AtomicOp
      readonly fetch: boolean
      readonly size: 4 | 8
      readonly dst: Register
      readonly offset: number
      readonly src: Register
    }
  /** 6.15 on x86 */
  | {
      readonly kind: 'load-acquire'
      readonly size: Size
      readonly dst: Register
      readonly src: Register
      readonly offset: number
    }
  | {
      readonly kind: 'store-release'
      readonly size: Size
      readonly dst: Register
      readonly offset: number
      readonly src: Register
    }
  /** Classic access to packet bytes, into r0; `src` is added to the position where given. */
  | {
      readonly kind: 'load-packet'
      readonly size: 1 | 2 | 4
      readonly src: Register | undefined
      readonly position: number
    }
  | { readonly kind: 'load64'; readonly dst: Register; readonly value: Wide }
  | { readonly kind: 'jump'; readonly offset: number }
  /** `gotol`, 32 bits of distance (ISA v4). */
  | { readonly kind: 'jump-long'; readonly distance: number }
  | {
      readonly kind: 'branch'
      readonly op: BranchOp
      readonly width: Width
      readonly dst: Register
      readonly operand: Operand
      readonly offset: number
    }
  /** Jumps once the program has looped too often (6.9). */
  | { readonly kind: 'may-goto'; readonly offset: number }
  | { readonly kind: 'call'; readonly target: CallTarget }
  | { readonly kind: 'exit' }

/** 0 to 10; r10 is the frame pointer. */
export type Register = number
export type Width = 32 | 64
/** Bytes. */
export type Size = 1 | 2 | 4 | 8

/** A register, or 32 bits that are sign-extended. */
export type Operand =
  | { readonly kind: 'register'; readonly register: Register }
  | { readonly kind: 'immediate'; readonly value: number }

export type AluOp = keyof typeof ALU_OPS | 'sdiv' | 'smod'
export type AtomicOp = keyof typeof ATOMIC_OPS
export type BranchOp = keyof typeof BRANCH_OPS

/** What 64 bits a `load64` loads. */
export type Wide =
  | { readonly kind: 'constant'; readonly value: bigint }
  /** A map by descriptor, or by what the loader will replace by one. */
  | { readonly kind: 'map'; readonly map: number }
  /** The address of a byte in the first value of an array map. */
  | { readonly kind: 'map-value'; readonly map: number; readonly offset: number }
  /** A kernel variable. `object` is a module's BTF descriptor, 0 for vmlinux. */
  | { readonly kind: 'btf-id'; readonly id: number; readonly object: number }
  /** A subprogram, to be called back. */
  | { readonly kind: 'function'; readonly distance: number }
  /** A map by its index in the array of descriptors given at load. */
  | { readonly kind: 'map-index'; readonly index: number }
  | { readonly kind: 'map-index-value'; readonly index: number; readonly offset: number }

export type CallTarget =
  | { readonly kind: 'helper'; readonly id: number }
  | { readonly kind: 'subprogram'; readonly distance: number }
  /** A kernel function by BTF id. `object`: index of a module's descriptor, 0 for vmlinux. */
  | { readonly kind: 'kfunc'; readonly id: number; readonly object: number }

/** Some bytes are not an instruction. */
export class InstructionError extends Error {
  override readonly name = 'InstructionError'
}

/** Slots of 8 bytes that an instruction takes. */
export function slots(instruction: Instruction): 1 | 2 {
  return instruction.kind === 'load64' ? 2 : 1
}

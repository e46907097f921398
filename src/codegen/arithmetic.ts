import { type Label, R0, R1, R2 } from '../bpf/assembler.ts'
import type { AluOp, BranchOp, Register } from '../bpf/instruction.ts'
import type { Comparison, Instruction, Operand, PlainOp } from '../ir/ir.ts'
import type { Code, Site } from './code.ts'

// Plain arithmetic uses r0 to r3 and nothing else: short-lived registers of the IR are in r4 and r5.

const ALU: Readonly<Record<PlainOp, AluOp>> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  and: 'and',
  or: 'or',
  xor: 'xor',
  shl: 'lsh',
  shr: 'arsh',
  ushr: 'rsh',
  udiv: 'div',
}

type Binary = Extract<Instruction, { op: 'binary' }>

export function selectBinary(code: Code, i: Binary): void {
  const { a } = code
  const op = ALU[i.what]
  const right = immediateOf(i.what, i.b)
  const held = code.registerOf(i.b)
  let into = code.target(i.to, R0)
  // `to` must not be overwritten while it still holds the right side.
  if (right === undefined && held === into) into = R0
  code.read(i.a, into)
  if (right !== undefined) a.aluImmediate(op, into, right)
  else a.alu(op, into, held ?? code.use(i.b, R1))
  code.put(i.to, into)
}

/** A right side that an instruction can hold. The kernel refuses constant shifts past 63. */
function immediateOf(what: PlainOp, b: Operand): number | undefined {
  if (b.kind !== 'number') return undefined
  if (what === 'shl' || what === 'shr' || what === 'ushr') return Number(b.value & 63n)
  if (what === 'udiv' && b.value === 0n) return undefined
  return b.value === BigInt.asIntN(32, b.value) ? Number(b.value) : undefined
}

type Unary = Extract<Instruction, { op: 'unary' }>

export function selectUnary(code: Code, i: Unary): void {
  const into = code.target(i.to, R0)
  code.read(i.a, into)
  if (i.what === 'neg') code.a.negate(into)
  else code.a.aluImmediate('xor', into, -1)
  code.put(i.to, into)
}

type Divide = Extract<Instruction, { op: 'divide' }>

/**
 * Signed division by unsigned: the instruction for it is young (ISA v4), and kernels had it wrong
 * for the least long by -1. Dividing magnitudes and giving the sign back wraps as it should.
 */
export function selectDivide(code: Code, i: Divide, site: Site): void {
  const { a } = code
  code.read(i.b, R1)
  if (i.b.kind !== 'number') code.blur(R1)
  if (i.b.kind !== 'number' || i.b.value === 0n) {
    a.branchImmediate('eq', R1, 0, code.fail({ kind: 'divisionByZero', span: i.span, site }))
  }
  code.read(i.a, R0)
  code.blur(R0)
  a.mov(R2, R0)
  if (i.what === 'div') a.alu('xor', R2, R1)
  magnitude(code, R0)
  if (i.b.kind !== 'number' || i.b.value < 0n) magnitude(code, R1)
  a.alu(i.what === 'div' ? 'div' : 'mod', R0, R1)
  const positive = a.fresh('sign')
  a.branchImmediate('sge', R2, 0, positive).negate(R0).label(positive)
  code.put(i.to, R0)
}

function magnitude(code: Code, register: Register): void {
  const positive = code.a.fresh('sign')
  code.a.branchImmediate('sge', register, 0, positive).negate(register).label(positive)
}

const BRANCH: Readonly<Record<Comparison, BranchOp>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'slt',
  le: 'sle',
  gt: 'sgt',
  ge: 'sge',
}

/** Jumps to `yes` when the longs compare so; falls through when not. Uses r0 and r1. */
export function branchIf(code: Code, what: Comparison, a: Operand, b: Operand, yes: Label): void {
  const left = blurred(code, a)
  if (b.kind === 'number' && b.value === BigInt.asIntN(32, b.value)) {
    code.a.branchImmediate(BRANCH[what], left, Number(b.value), yes)
  } else {
    code.a.branch(BRANCH[what], left, code.use(b, R1), yes)
  }
}

/** The value for a branch: itself, or a copy of which the verifier knows nothing. */
export function blurred(code: Code, operand: Operand): Register {
  if (code.zeroSlot === undefined) return code.use(operand, R0)
  code.read(operand, R0)
  code.blur(R0)
  return R0
}

type Compare = Extract<Instruction, { op: 'compare' }>

export function selectCompare(code: Code, i: Compare): void {
  const { a } = code
  const yes = a.fresh('yes')
  const done = a.fresh('done')
  branchIf(code, i.what, i.a, i.b, yes)
  a.movImmediate(R0, 0).jump(done).label(yes).movImmediate(R0, 1).label(done)
  code.put(i.to, R0)
}

/** Widens r0 from its low bytes. */
export function widen(code: Code, size: number, signed: boolean): void {
  const { a } = code
  if (size >= 8) return
  const shift = 64 - size * 8
  if (signed) a.aluImmediate('lsh', R0, shift).aluImmediate('arsh', R0, shift)
  else if (size === 4) a.mov32(R0, R0)
  else a.aluImmediate('and', R0, 2 ** (size * 8) - 1)
}

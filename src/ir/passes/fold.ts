import { definitions } from '../instruction.ts'
import type { Comparison, Instruction, IrFunction, Operand, PlainOp, Terminator } from '../ir.ts'

/**
 * Replaces arithmetic on constants by its result, and branches on constants by jumps.
 *
 * Arithmetic is 64-bit and wraps: folding never gives an answer that the program would not have
 * given. Division is left alone, since its failure at zero has a place to report.
 */
export function fold(fn: IrFunction): IrFunction {
  const blocks = fn.blocks.map(block => ({
    ...block,
    instructions: block.instructions.map(foldOne),
    end: foldEnd(block.end),
  }))
  return { ...fn, blocks }
}

export function foldOne(i: Instruction): Instruction {
  const value = foldedValue(i)
  const [to] = definitions(i)
  if (value === undefined || to === undefined || i.op === 'copy') return i
  return { op: 'copy', to, from: value }
}

function foldEnd(end: Terminator): Terminator {
  if (end.op !== 'branch') return end
  if (end.then === end.otherwise) return { op: 'jump', to: end.then }
  if (end.test.kind !== 'number') return end
  return { op: 'jump', to: end.test.value === 0n ? end.otherwise : end.then }
}

function foldedValue(i: Instruction): Operand | undefined {
  switch (i.op) {
    case 'unary':
      if (i.a.kind !== 'number') return undefined
      return wrap(i.what === 'neg' ? -i.a.value : ~i.a.value)
    case 'binary':
      if (i.a.kind === 'number' && i.b.kind === 'number') {
        return wrap(plain[i.what](i.a.value, i.b.value))
      }
      return neutral(i.what, i.a, i.b)
    case 'compare':
      if (i.a.kind !== 'number' || i.b.kind !== 'number') return undefined
      return truth(i.what, i.a.value, i.b.value)
    case 'compare-text':
      if (i.a.kind !== 'text' || i.b.kind !== 'text') return undefined
      return truth(i.what, i.a.value, i.b.value)
    case 'concat':
      return neutralText(i.a, i.b)
    case 'pure': {
      const [text, chosen, other] = i.args
      if (i.name === 'choose' && text?.kind === 'number') return text.value === 0n ? other : chosen
      return i.name === 'strlen' && text?.kind === 'text'
        ? wrap(BigInt(text.value.length))
        : undefined
    }
    default:
      return undefined
  }
}

function wrap(value: bigint): Operand {
  return { kind: 'number', value: BigInt.asIntN(64, value) }
}

const plain: Record<PlainOp, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  shr: (a, b) => a >> (b & 63n),
  ushr: (a, b) => BigInt.asUintN(64, a) >> (b & 63n),
  udiv: (a, b) => BigInt.asUintN(64, a) / BigInt.asUintN(64, b),
}

/** `a op b` where b leaves a as it is. */
function neutral(what: PlainOp, a: Operand, b: Operand): Operand | undefined {
  if (b.kind !== 'number') return undefined
  switch (what) {
    case 'add':
    case 'sub':
    case 'or':
    case 'xor':
    case 'shl':
    case 'shr':
    case 'ushr':
      return b.value === 0n ? a : undefined
    case 'mul':
    case 'udiv':
      return b.value === 1n ? a : undefined
    case 'and':
      return b.value === -1n ? a : undefined
  }
}

function neutralText(a: Operand, b: Operand): Operand | undefined {
  if (a.kind === 'text' && a.value === '') return b
  if (b.kind === 'text' && b.value === '') return a
  return undefined
}

function truth<T extends bigint | string>(what: Comparison, a: T, b: T): Operand {
  return wrap(comparisons[what](a, b) ? 1n : 0n)
}

const comparisons: Record<Comparison, (a: bigint | string, b: bigint | string) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
}

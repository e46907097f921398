import type { Instruction, IrBlock, IrFunction, Operand, Terminator } from '../../src/ir/ir.ts'
import { Source, type Span } from '../../src/text/source.ts'

// Small IR functions written by hand: registers as `l` (long) or `s` (string), a capital for a
// script variable; instructions as objects, blocks as arrays.

export const span: Span = new Source('hand.stp', 'hand made').span(0, 4)

export function reg(r: number): Operand {
  return { kind: 'reg', reg: r }
}

export function num(value: bigint | number): Operand {
  return { kind: 'number', value: BigInt(value) }
}

export function txt(value: string): Operand {
  return { kind: 'text', value }
}

export function block(
  instructions: readonly Instruction[],
  end: Terminator,
  rest: { handler?: number; loop?: Span } = {},
): IrBlock {
  return { instructions, end, ...rest }
}

export function jump(to: number): Terminator {
  return { op: 'jump', to }
}

export function branch(test: Operand, then: number, otherwise: number): Terminator {
  return { op: 'branch', test, then, otherwise }
}

export const done: Terminator = { op: 'return' }

export function handmade(registers: string, blocks: readonly IrBlock[]): IrFunction {
  return {
    name: 'hand',
    registers: [...registers].map((letter, n) => ({
      type: letter.toLowerCase() === 'l' ? 'long' : 'string',
      ...(letter === letter.toUpperCase() && { name: `v${n}` }),
    })),
    parameters: [],
    result: 'void',
    blocks,
  }
}

export function print(...args: Operand[]): Instruction {
  const format = args.map(arg => {
    const isText = arg.kind === 'text'
    return { kind: 'conversion', conversion: isText ? 's' : 'd', flag: '' } as const
  })
  return { op: 'print', format, args, span }
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  block,
  branch,
  done,
  handmade,
  num,
  reg,
  span,
  txt,
} from '../../../test/support/ir-function.ts'
import { interpret } from '../../../test/support/ir-interpreter.ts'
import { Random } from '../../../test/support/ir-random.ts'
import type { Instruction, IrProgram, Operand, PlainOp } from '../ir.ts'
import { fold, foldOne } from './fold.ts'

function binary(what: PlainOp, a: Operand, b: Operand): Instruction {
  return { op: 'binary', what, to: 0, a, b }
}

const cases: [name: string, from: Instruction, to: Operand | 'same'][] = [
  ['a sum wraps', binary('add', num(2n ** 63n - 1n), num(1)), num(-(2n ** 63n))],
  ['a product wraps', binary('mul', num(2n ** 62n), num(4)), num(0)],
  ['a shift count is taken modulo 64', binary('shl', num(1), num(65)), num(2)],
  ['an unsigned shift starts from 64 bits', binary('ushr', num(-1), num(60)), num(15)],
  ['an unsigned division takes all 64 bits', binary('udiv', num(-1), num(2)), num(2n ** 63n - 1n)],
  ['adding 0 changes nothing', binary('add', reg(1), num(0)), reg(1)],
  ['0 minus a value is left', binary('sub', num(0), reg(1)), 'same'],
  ['times 0 is left: nothing is gained where it matters', binary('mul', reg(1), num(0)), 'same'],
  [
    'a division is left, with its error',
    { op: 'divide', what: 'div', to: 0, a: num(4), b: num(2), span },
    'same',
  ],
  [
    'texts compare as bytes',
    { op: 'compare-text', what: 'lt', to: 0, a: txt('Z'), b: txt('a') },
    num(1),
  ],
  ['a length is counted', { op: 'pure', name: 'strlen', to: 0, args: [txt('klew')], span }, num(4)],
  ['nothing is appended', { op: 'concat', to: 0, a: reg(1), b: txt('') }, reg(1)],
]
for (const [name, from, to] of cases) {
  test(`fold: ${name}`, () => {
    assert.deepEqual(foldOne(from), to === 'same' ? from : { op: 'copy', to: 0, from: to })
  })
}

test('fold: a branch on a constant is a jump', () => {
  const blocks = [block([], branch(num(5), 1, 2)), block([], done), block([], done)]
  assert.deepEqual(fold(handmade('', blocks)).blocks[0]?.end, { op: 'jump', to: 1 })
})

test('fold: folding gives what running gives, for random operands', () => {
  const random = new Random(1)
  const operations: PlainOp[] = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shr', 'ushr']
  const values = [0n, 1n, -1n, 63n, 64n, 2n ** 63n - 1n, -(2n ** 63n), 0x1234_5678_9abcn]
  for (let n = 0; n < 500; n++) {
    const what = operations[random.below(operations.length)] ?? 'add'
    const a = num(values[random.below(values.length)] ?? 0n)
    const b = num(values[random.below(values.length)] ?? 0n)
    const i = binary(what, a, b)
    const folded = foldOne(i)
    assert.equal(folded.op, 'copy')
    assert.equal(run(folded), run(i), `${what} ${JSON.stringify([String(a), String(b)])}`)
  }
})

function run(i: Instruction): string {
  const format = [{ kind: 'conversion', conversion: 'd', flag: '' }] as const
  const print: Instruction = { op: 'print', format, args: [reg(0)], span }
  const program: IrProgram = { globals: [], functions: new Map(), handlers: [] }
  return interpret(program, handmade('l', [block([i, print], done)])).output.join('')
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  block,
  branch,
  done,
  handmade,
  jump,
  num,
  print,
  reg,
  span,
  txt,
} from '../../test/support/ir-function.ts'
import type { IrFunction, IrProgram } from './ir.ts'
import { verify } from './verify.ts'

const program: IrProgram = { globals: [], functions: new Map(), handlers: [] }

const cases: [name: string, fn: IrFunction, expected: string[]][] = [
  [
    'a sound function has nothing to report',
    handmade('ll', [
      block([{ op: 'copy', to: 0, from: num(1) }], jump(1)),
      block([print(reg(0))], done),
    ]),
    [],
  ],
  [
    'a target must exist',
    handmade('', [block([], jump(7))]),
    ['hand: b0 goes to b7, which is not there'],
  ],
  [
    'every block is reached',
    handmade('', [block([], done), block([], done)]),
    ['hand: b1 is not reached, or not in order'],
  ],
  [
    'a loop has its mark',
    handmade('', [block([], jump(1)), block([], jump(1))]),
    ['hand: b1: loop mark and back edge differ'],
  ],
  [
    'operands have the type that the operation takes',
    handmade('l', [block([{ op: 'unary', what: 'neg', to: 0, a: txt('x') }], done)]),
    ['hand: b0: neg: operand is string, not long'].map(s => s.replace('neg', 'unary')),
  ],
  [
    'results have the type of their register',
    handmade('s', [block([{ op: 'context', what: 'cpu', to: 0 }], done)]),
    ['hand: b0: context: writes long to r0, which is string'],
  ],
  [
    'a branch tests a long',
    handmade('s', [
      block([{ op: 'context', what: 'comm', to: 0 }], branch(reg(0), 1, 2)),
      block([], done),
      block([], done),
    ]),
    ['hand: b0: branch: operand is string, not long'],
  ],
  [
    'a temporary is written once',
    handmade('l', [
      block(
        [
          { op: 'copy', to: 0, from: num(1) },
          { op: 'copy', to: 0, from: num(2) },
        ],
        done,
      ),
    ]),
    ['hand: r0 is written twice'],
  ],
  [
    'a variable is written as often as one likes, and read before',
    handmade('L', [
      block(
        [
          { op: 'binary', what: 'add', to: 0, a: reg(0), b: num(1) },
          { op: 'copy', to: 0, from: num(2) },
        ],
        done,
      ),
    ]),
    [],
  ],
  [
    'a temporary is written before it is read',
    handmade('l', [block([print(reg(0))], done)]),
    ['hand: b0: r0 is read before it is written'],
  ],
  [
    'an error is the last of its block',
    handmade('', [block([{ op: 'error', message: txt('no'), span }, print(num(1))], done)]),
    ['hand: b0: error is not the last of its block'],
  ],
  [
    'entries are saved by entry functions alone',
    handmade('', [block([{ op: 'save-entries', values: [] }], done)]),
    ['hand: save-entries in a handler'],
  ],
  [
    'a called function exists',
    handmade('', [block([{ op: 'call', function: 3, args: [], span }], done)]),
    ['hand: b0: call: what it names is not there'],
  ],
  [
    'a handler needs something that can fail',
    handmade('', [block([], jump(1), { handler: 1 }), block([], done)]),
    [],
  ],
]
for (const [name, fn, expected] of cases) {
  test(`verify: ${name}`, () => assert.deepEqual(verify(fn, { program }), expected))
}

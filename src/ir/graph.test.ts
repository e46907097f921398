import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  block,
  branch,
  done,
  handmade,
  jump,
  num,
  reg,
  span,
} from '../../test/support/ir-function.ts'
import { arrange, dominators, liveAtStart, Order } from './graph.ts'
import type { Instruction, IrBlock } from './ir.ts'

const load: Instruction = {
  op: 'load',
  to: 0,
  address: num(8),
  size: 8,
  signed: true,
  user: false,
  span,
}
const copy: Instruction = { op: 'copy', to: 1, from: num(1) }

function ends(blocks: readonly IrBlock[]): string[] {
  return blocks.map(({ end }) => {
    if (end.op === 'jump') return `jump ${end.to}`
    return end.op === 'return' ? 'return' : `branch ${end.then} ${end.otherwise}`
  })
}

test('arrange: blocks that are not reached go, the others come in reverse postorder', () => {
  const blocks = [
    block([], branch(reg(0), 3, 2)),
    block([], done),
    block([], jump(4)),
    block([], jump(2)),
    block([], done),
  ]
  assert.deepEqual(ends(arrange(blocks)), ['branch 1 2', 'jump 2', 'jump 3', 'return'])
})

test('arrange: the body of a loop stands before what follows the loop', () => {
  const blocks = [
    block([], jump(1)),
    block([], branch(reg(0), 3, 2), { loop: span }),
    block([], done),
    block([], jump(1)),
  ]
  assert.deepEqual(ends(arrange(blocks)), ['jump 1', 'branch 2 3', 'jump 1', 'return'])
})

test('arrange: a handler that nothing can fail into goes, and so does a mark without a loop', () => {
  const [only, ...others] = arrange([
    block([copy], done, { handler: 1, loop: span }),
    block([], done),
  ])
  assert.deepEqual(others, [])
  assert.deepEqual(only, block([copy], done))
})

test('arrange: a handler that something can fail into is kept', () => {
  const arranged = arrange([block([load], done, { handler: 2 }), block([], done), block([], done)])
  assert.deepEqual(
    arranged.map(b => b.handler),
    [1, undefined],
  )
})

test('dominators: where two paths meet, it is the block where they part', () => {
  const blocks = [
    block([], branch(reg(0), 1, 2)),
    block([], jump(3)),
    block([], jump(3)),
    block([], done),
  ]
  assert.deepEqual(dominators(blocks), [0, 0, 0, 0])
})

test('order: what a failure may skip is not before the handler, but what is in front of it is', () => {
  const blocks = [block([copy, load, copy], done, { handler: 1 }), block([], done)]
  const order = new Order(blocks)
  assert.equal(order.isBefore({ block: 0, at: 0 }, { block: 1, at: 0 }), true)
  assert.equal(order.isBefore({ block: 0, at: 1 }, { block: 1, at: 0 }), false)
  assert.equal(order.isBefore({ block: 0, at: 2 }, { block: 1, at: 0 }), false)
})

test('live: a register that the handler reads is live until the last instruction that can fail', () => {
  const read: Instruction = { op: 'unary', what: 'neg', to: 2, a: reg(1) }
  const fn = handmade('lLl', [block([load, copy], done, { handler: 1 }), block([read], done)])
  assert.deepEqual([...(liveAtStart(fn.blocks)[0] ?? [])], [1])
})

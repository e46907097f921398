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
import { R4, R5, R7, R8 } from '../bpf/assembler.ts'
import type { Instruction, IrBlock, Reg } from '../ir/ir.ts'
import { assignHomes, type Home, intervals, loops } from './registers.ts'
import { Frame } from './stack.ts'

function homes(registers: string, blocks: readonly IrBlock[], saved = [R7, R8]): Map<Reg, Home> {
  let scratch = 8
  const take = (bytes: number): number => {
    scratch += bytes
    return scratch - bytes
  }
  const fn = handmade(registers, blocks)
  const frame = new Frame()
  const options = {
    saved,
    frame,
    inMemory: new Set<number>(),
    stackBytes: 144,
    scratch: take,
    textBytes: () => 16,
  }
  return new Map(assignHomes(fn, options))
}

const add = (to: Reg, a: Reg, b: Reg): Instruction => ({
  op: 'binary',
  what: 'add',
  to,
  a: reg(a),
  b: reg(b),
})
const pid = (to: Reg): Instruction => ({ op: 'context', what: 'pid-tgid', to })
const comm = (to: Reg): Instruction => ({ op: 'context', what: 'comm', to })
const warn = (message: Reg): Instruction => ({ op: 'warn', message: reg(message) })
const load = (to: Reg, address: Reg): Instruction => ({
  op: 'load',
  to,
  address: reg(address),
  size: 8,
  signed: false,
  user: false,
  span,
})

test('what no helper call interrupts lives in r4 and r5, the rest in r7 and r8, then on the stack', () => {
  const found = homes('llllll', [
    block([pid(0), pid(1), pid(2), pid(5), add(3, 0, 1), add(4, 3, 2), add(0, 4, 5)], done),
  ])
  const register = (r: Reg): number | undefined => {
    const home = found.get(r)
    return home?.kind === 'register' ? home.register : undefined
  }
  for (const r of [3, 4, 5]) assert.ok([R4, R5].includes(register(r) ?? 0), `r${r}`)
  assert.deepEqual([0, 1, 2].map(register).sort(), [R7, R8, undefined])
})

test('a copied string counts as a helper call: no long stays in r4 or r5 over it', () => {
  const found = homes('lss', [
    block([comm(1), pid(0), { op: 'copy', to: 2, from: reg(1) }, add(0, 0, 0), warn(2)], done),
  ])
  const home = found.get(0)
  assert.ok(home?.kind === 'register' && home.register !== R4 && home.register !== R5)
})

test('strings that are there together have slots of their own, others share', () => {
  const found = homes('sss', [block([comm(0), comm(1), warn(0), warn(1), comm(2), warn(2)], done)])
  const offsets = [0, 1, 2].map(r => {
    const home = found.get(r)
    return home?.kind === 'scratch' ? home.offset : -1
  })
  assert.notEqual(offsets[0], offsets[1])
  assert.ok(offsets.slice(0, 2).includes(offsets[2] ?? 0))
})

test('what is read in the next round lives through the whole loop', () => {
  const fn = handmade('lll', [
    block([pid(0)], jump(1)),
    block([add(1, 0, 0)], branch(reg(1), 2, 3), { loop: span }),
    block([pid(2), add(0, 0, 2)], jump(1)),
    block([], done),
  ])
  assert.deepEqual([...loops(fn.blocks)], [[1, 2]])
  const [first] = intervals(fn).filter(i => i.reg === 0)
  // Each block has a position before its instructions and one behind, each position two halves.
  assert.deepEqual([first?.start, first?.end], [3, 18])
})

test('a register that only a handler of errors reads lives up to what may fail', () => {
  const fn = handmade('lll', [
    block([pid(0), load(1, 0), load(2, 1)], done, { handler: 1 }),
    block([{ op: 'global-set', global: handlerGlobal, value: reg(0) }], done),
  ])
  const [first] = intervals(fn).filter(i => i.reg === 0)
  assert.ok((first?.end ?? 0) >= 5)
})

const handlerGlobal = {
  name: 'g',
  id: 0,
  type: 'long',
  keys: [],
  initial: undefined,
  capacity: 1,
  wrap: false,
  displayAtEnd: false,
  span,
} as const

test('longs past the stack go to scratch', () => {
  const count = 40
  const make = Array.from({ length: count }, (_, r) => pid(r))
  const use = Array.from({ length: count }, (_, r) => load(r, r))
  const found = homes('l'.repeat(count), [block([...make, ...use], done)])
  const kinds = [...found.values()].map(home => home.kind)
  assert.deepEqual(
    ['register', 'stack', 'scratch'].map(kind => kinds.filter(k => k === kind).length),
    [2, 18, 20],
  )
})

test('a constant needs no home', () => {
  assert.equal(homes('l', [block([warnConstant], done)]).size, 0)
})

const warnConstant: Instruction = { op: 'error', message: num(0), span }

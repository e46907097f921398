import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assembler, AssemblerError, R0, R1, R2, R3, R6, R10 } from './assembler.ts'
import { disassemble } from './disassemble.ts'
import { Helper } from './helper.ts'

function listing(write: (a: Assembler) => unknown, options = {}): string[] {
  const a = new Assembler(options)
  write(a)
  const { bytes } = a.finish()
  return disassemble(bytes).trimEnd().split('\n')
}

test('assembler: jumps go forward and backward to their labels', () => {
  assert.deepEqual(
    listing(a =>
      a
        .label('again')
        .branchImmediate('eq', R1, 0, 'out')
        .aluImmediate('sub', R1, 1)
        .jump('again')
        .label('out')
        .exit(),
    ),
    ['0: if r1 == 0x0 goto pc+2', '1: r1 -= 1', '2: goto pc-3', '3: exit'],
  )
})

test('assembler: a load of 64 bits counts as two in every distance', () => {
  assert.deepEqual(
    listing(a =>
      a
        .branchImmediate('eq', R1, 0, 'out')
        .loadConstant(R1, 1n << 40n)
        .label('out')
        .exit(),
    ),
    ['0: if r1 == 0x0 goto pc+2', '1: r1 = 0x10000000000', '3: exit'],
  )
})

test('assembler: what nothing leads to is left out', () => {
  const a = new Assembler()
  a.place(1).jump('on').label('dead').place(2).loadMap(R1, 7).loadPoint(R2).jump('dead')
  a.label('on').place(3).loadMap(R3, 8).branchImmediate('eq', R3, 0, 'end').exit()
  const position = a.position
  a.label('end').exit()
  const done = a.finish()
  assert.deepEqual(
    disassemble(done.bytes)
      .trimEnd()
      .split('\n')
      .map(line => line.trim()),
    ['0: goto pc+0', '1: r3 = map[8]', '3: if r3 == 0x0 goto pc+1', '4: exit', '5: exit'],
  )
  assert.deepEqual(done.mapReferences, [{ instruction: 1, map: 8 }])
  assert.deepEqual(done.pointReferences, [])
  assert.deepEqual(done.lines, [
    { instruction: 0, place: 1 },
    { instruction: 1, place: 3 },
  ])
  assert.equal(done.moved(position), 5)
  assert.deepEqual([...done.labels.keys()], ['on', 'end'])
})

test('assembler: a constant that fits takes one instruction', () => {
  assert.deepEqual(
    listing(a =>
      a.loadConstant(R1, -1n).loadConstant(R2, 0xffffffffffffffffn).loadConstant(R3, 0x80000000n),
    ),
    ['0: r1 = -1', '1: r2 = -1', '2: r3 = 0x80000000'],
  )
})

test('assembler: subprograms are called and called back by label', () => {
  assert.deepEqual(
    listing(a => a.loadFunction(R2, 'body').callSubprogram('body').exit().label('body').exit()),
    ['0: r2 = subprog[pc+3]', '2: call pc+1', '3: exit', '4: exit'],
  )
})

test('assembler: maps and the point are recorded by instruction', () => {
  const a = new Assembler()
  a.mov(R6, R1).loadMap(R1, 2).loadPoint(R2).loadMapValue(R3, 0, 16).exit()
  const { mapReferences, pointReferences, bytes } = a.finish()
  assert.deepEqual(mapReferences, [
    { instruction: 1, map: 2 },
    { instruction: 5, map: 0 },
  ])
  assert.deepEqual(pointReferences, [3])
  assert.equal(
    disassemble(bytes, { maps: ['control', 'ring', 'counts'], points: pointReferences }),
    [
      '0: r6 = r1',
      '1: r1 = map[counts]',
      '3: r2 = point',
      '5: r3 = map[control][0]+16',
      '7: exit',
      '',
    ].join('\n'),
  )
})

test('assembler: places are recorded once for each run, and not behind the end', () => {
  const a = new Assembler()
  a.place(4).place(5).mov(R0, R1).place(5).mov(R0, R1).place(6).exit().place(7)
  assert.deepEqual(a.finish().lines, [
    { instruction: 0, place: 5 },
    { instruction: 2, place: 6 },
  ])
})

test('assembler: a place that is given up for the one before leaves no trace', () => {
  const a = new Assembler()
  a.place(1).mov(R0, R1).place(2).place(1).exit()
  assert.deepEqual(a.finish().lines, [{ instruction: 0, place: 1 }])
})

test('assembler: fresh labels differ', () => {
  const a = new Assembler()
  assert.notEqual(a.fresh('loop'), a.fresh('loop'))
})

const refused: [name: string, write: (a: Assembler) => unknown, message: RegExp][] = [
  ['a label that is nowhere', a => a.jump('away').finish(), /label away is not defined/],
  ['a label defined twice', a => a.label('x').label('x'), /label x is defined twice/],
  [
    'an immediate of more than 32 bits',
    a => a.movImmediate(R1, 2 ** 31),
    /2147483648 does not fit/,
  ],
  ['an offset of more than 16 bits', a => a.load(8, R0, R10, 40_000), /offset 40000/],
  ['a branch too far', a => far(a.branchImmediate('eq', R1, 0, 'out')), /label out is 40000 instr/],
  [
    'a jump too far',
    a => far(a.branchImmediate('eq', R1, 0, 'away').jump('out').label('away')),
    /label out is 40000 instructions away/,
  ],
]
for (const [name, write, message] of refused) {
  test(`assembler: ${name} is refused`, () => {
    assert.throws(
      () => write(new Assembler()),
      (error: unknown) => error instanceof AssemblerError && message.test(error.message),
    )
  })
}

test('assembler: a jump too far is a long one where that is allowed', () => {
  const lines = listing(
    a => far(a.branchImmediate('eq', R1, 0, 'away').jump('out').label('away')),
    { longJumps: true },
  )
  assert.equal(lines[1]?.trim(), '1: gotol pc+40000')
})

function far(a: Assembler): unknown {
  for (let i = 0; i < 40_000; i++) a.mov(R0, R1)
  return a.label('out').call(Helper.ktime_get_ns).exit().finish()
}

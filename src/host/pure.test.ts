import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PureName, UNREADABLE } from '../ir/ir.ts'
import { type PureContext, PureError, pureValue } from './pure.ts'
import type { Value } from './store.ts'

/** Functions of 0x100 bytes from 0x1000 on. */
const NAMES = ['ip_output', 'ip_rcv', 'bpf_prog_1']
const context: PureContext = {
  symbols: {
    find: address => {
      const name = NAMES[Number((address - 0x1000n) / 0x100n)]
      if (address < 0x1000n || name === undefined) return undefined
      return {
        name,
        offset: address & 0xffn,
        size: 0x100n,
        ...(name === 'ip_rcv' ? { module: 'm' } : {}),
      }
    },
  },
  points: {
    text: point => `point ${point}`,
    function: point => `function ${point}`,
    isReturn: point => point === 1,
    address: () => 0x1000n,
  },
  zone: () => ({ offset: 9 * 3600, name: 'JST' }),
}

const cases: [name: PureName, args: Value[], value: Value][] = [
  ['strlen', ['abc'], 3n],
  ['substr', ['abcdef', 2n, 3n], 'cde'],
  ['substr', ['abc', 1n, 100n], 'bc'],
  ['substr', ['abc', 3n, 1n], ''],
  ['substr', ['abc', -1n, 1n], ''],
  ['substr', ['abc', 0n, -1n], ''],
  ['quoted', ['a"b', 0x10n], '"a\\"b"'],
  ['quoted', [UNREADABLE, 0x10n], '0x10'],
  ['choose', [0n, 'yes', 'no'], 'no'],
  ['choose', [-1n, 'yes', 'no'], 'yes'],
  ['enum-name', [2n, 1n, 'one', 2n, 'two', 2n, 'also'], 'two'],
  ['enum-name', [3n, 1n, 'one', 2n, 'two'], ''],
  ['ctime', [0n], 'Thu Jan  1 00:00:00 1970'],
  ['tz-ctime', [1505034800n], 'Sun Sep 10 18:13:20 2017 JST'],
  ['symname', [0x1010n], 'ip_output'],
  ['symname', [-1n], '0xffffffffffffffff'],
  ['symdata', [0x1110n], 'ip_rcv+0x10/0x100 [m]'],
  ['symdata', [0n], '0x0'],
  ['point-text', [4n], 'point 4'],
  ['point-function', [4n], 'function 4'],
  ['pad', [3n], '   '],
  ['pad', [-3n], ''],
]
for (const [name, args, value] of cases) {
  test(`pure: ${name}(${args.join(', ')}) is '${value}'`, () => {
    assert.equal(pureValue(name, args, context), value)
  })
}

test('pure: ctime has no text for a time that 32 bits do not hold', () => {
  assert.throws(() => pureValue('ctime', [2n ** 31n], context), PureError)
})

function stack(...frames: bigint[]): string {
  return Buffer.from(new BigUint64Array(frames).buffer).toString('latin1')
}

test('pure: a backtrace starts at the function and leaves the probe itself out', () => {
  const frames = stack(0x1210n, 0x1005n, 0x1108n, 0x9000n)
  assert.equal(
    pureValue('backtrace-lines', [frames, 0n, 0x1000n], context),
    ' 0x1000 : ip_output+0x0/0x100 [kernel]\n 0x1108 : ip_rcv+0x8/0x100 [m]\n 0x9000\n',
  )
})

test('pure: without an address the leading frames of the machinery go', () => {
  assert.equal(
    pureValue('backtrace-lines', [stack(0x8000n, 0x1210n, 0x1108n), 0n, 0n], context),
    ' 0x1108 : ip_rcv+0x8/0x100 [m]\n',
  )
})

test('pure: at a return the backtrace says from where and to where', () => {
  assert.equal(
    pureValue('backtrace-lines', [stack(0x1108n, 0x1150n), 1n, 0x1108n], context),
    'Returning from:  0x1000 : ip_output+0x0/0x100 [kernel]\n' +
      'Returning to  :  0x1108 : ip_rcv+0x8/0x100 [m]\n' +
      ' 0x1150 : ip_rcv+0x50/0x100 [m]\n',
  )
})

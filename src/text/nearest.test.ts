import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const functions = ['ip_output', 'ip6_output', 'ip_rcv', 'ip_local_out', 'tcp_v4_rcv', 'execname']

const cases: [name: string, wanted: string, candidates: string[], found: string[]][] = [
  ['two letters in the wrong order are near', 'ip_rvc', functions, ['ip_rcv']],
  ['also in a short name', 'fro', ['for', 'free'], ['for']],
  ['the fewest edits come first', 'ip_outputt', functions, ['ip_output', 'ip6_output']],
  ['a difference of case is no difference', 'ExecName', functions, ['execname']],
  ['the same case wins a tie', 'Foo', ['foo', 'Foo'], ['Foo', 'foo']],
  ['the start of a name is near', 'ip_out', functions, ['ip_output']],
  ['a part of a name is near', 'output', functions, ['ip_output', 'ip6_output']],
  ['what is nothing like it is not offered', 'kmalloc', functions, []],
  ['one letter is not near every short name', 'x', ['a', 'ab', 'abc'], []],
  ['no candidates give no names', 'x', [], []],
]
for (const [name, wanted, candidates, found] of cases) {
  test(`nearest: ${name}`, () => assert.deepEqual(nearest(wanted, candidates, 5), found))
}

test('nearest: no more names than asked for', () => {
  assert.deepEqual(nearest('abcd', ['abce', 'abcf', 'abcg'], 2), ['abce', 'abcf'])
})

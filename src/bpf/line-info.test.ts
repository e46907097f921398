import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BtfWriter } from './btf-writer.ts'
import { programDebugInfo } from './line-info.ts'

function words(bytes: Uint8Array): number[] {
  return [...new Uint32Array(bytes.slice().buffer)]
}

test('btf: header, types and strings stand one after the other', () => {
  const btf = new BtfWriter()
  const int = btf.int('int', 4, { signed: true })
  btf.func('f', btf.functionPrototype(int, [{ name: 'int', type: btf.pointer(0) }]), 'global')
  // 24 bytes of header; 12 bytes a type and 4 more an int, 8 a parameter; one string of each.
  const header = '9feb0100 18000000 00000000 3c000000 3c000000 07000000'
  const types = [
    '01000000 00000001 04000000 20000001',
    '00000000 00000002 00000000',
    '00000000 0100000d 01000000 01000000 02000000',
    '05000000 0100000c 03000000',
  ].join('')
  const strings = Buffer.from('\0int\0f\0', 'latin1').toString('hex')
  assert.equal(
    Buffer.from(btf.finish()).toString('hex'),
    `${header}${types}${strings}`.replaceAll(' ', ''),
  )
})

const main = { name: 'main', instruction: 0, parameters: 1, static: false }

test('line-info: every function has a record, in order of the code', () => {
  const callback = { name: 'body', instruction: 12, parameters: 2, static: true }
  const { functionInfo } = programDebugInfo([callback, main], [])
  const [first, mainType, second, bodyType] = words(functionInfo)
  assert.deepEqual([first, second], [0, 12])
  assert.notEqual(mainType, bodyType)
})

test('line-info: line and column share a word', () => {
  const line = { instruction: 0, file: 't.stp', text: 'x++', line: 3, column: 5 }
  const { lineInfo, btf } = programDebugInfo([main], [line])
  const [instruction, file, text, where] = words(lineInfo)
  assert.deepEqual([instruction, where], [0, (3 << 10) | 5])
  const strings = Buffer.from(
    btf.subarray(24 + new DataView(btf.slice().buffer).getUint32(12, true)),
  )
  assert.deepEqual(
    [file, text].map(at => strings.toString('utf8', at, strings.indexOf(0, at))),
    ['t.stp', 'x++'],
  )
})

test('line-info: a line or column too large for its bits is cut to the largest', () => {
  const line = { instruction: 0, file: 'f', text: '', line: 5_000_000, column: 5_000 }
  assert.equal(words(programDebugInfo([main], [line]).lineInfo)[3], 0xffffffff)
})

test('line-info: a function that starts without a line takes the one that holds there', () => {
  const callback = { name: 'body', instruction: 5, parameters: 2, static: true }
  const line = { instruction: 2, file: 'f', text: '', line: 9, column: 1 }
  const { lineInfo } = programDebugInfo([main, callback], [line])
  const records = words(lineInfo)
  assert.deepEqual([records[0], records[4], records[8]], [0, 2, 5])
  assert.deepEqual([records[3], records[11]], [(9 << 10) | 1, (9 << 10) | 1])
})

test('line-info: a program without lines has no records', () => {
  assert.equal(programDebugInfo([main], []).lineInfo.length, 0)
})

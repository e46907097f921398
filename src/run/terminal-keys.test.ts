import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FakeKernel, fakeKernel } from '../sys/fake-kernel.ts'
import { takeKeys } from './terminal-keys.ts'

const TCGETS = 0x5401
const ISIG = 0o1
const ICANON = 0o2
const ECHO = 0o10
const LOCAL_FLAGS = 12

/** A terminal with the local flags, and each that is set later. */
function terminal(flags: number): { kernel: FakeKernel; set: number[] } {
  const set: number[] = []
  const kernel = fakeKernel(({ numbers: [, request, at] }, _live, memory) => {
    const mode = Buffer.from(memory(BigInt(at ?? 0)).buffer)
    if (Number(request) === TCGETS) mode.writeUInt32LE(flags, LOCAL_FLAGS)
    else set.push(mode.readUInt32LE(LOCAL_FLAGS))
    return 0
  })
  return { kernel, set }
}

test('keys: lines and echo are off till they are given back; signals stay', () => {
  const { kernel, set } = terminal(ISIG | ICANON | ECHO | 0x8000)
  takeKeys(kernel, 0)?.close()
  assert.deepEqual(set, [ISIG | 0x8000, ISIG | ICANON | ECHO | 0x8000])
})

test('keys: after ^Z they are taken again, and not once they were given back', () => {
  const { kernel, set } = terminal(ICANON)
  const keys = takeKeys(kernel, 0)
  process.emit('SIGCONT')
  keys?.close()
  process.emit('SIGCONT')
  assert.deepEqual(set, [0, 0, ICANON])
})

test('keys: an end of the process gives them back', () => {
  const { kernel, set } = terminal(ICANON)
  const before = process.listeners('exit')
  const keys = takeKeys(kernel, 0)
  const [own] = process.listeners('exit').filter(l => !before.includes(l))
  own?.call(process, 0)
  assert.deepEqual(set, [0, ICANON])
  keys?.close()
  assert.deepEqual(process.listeners('exit'), before)
})

test('keys: what is no terminal is left alone', () => {
  const kernel = fakeKernel(() => -25)
  assert.equal(takeKeys(kernel, 0), undefined)
  assert.equal(kernel.calls.length, 1)
})

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { HostHandler } from '../image.ts'
import { fakeKernel } from '../sys/fake-kernel.ts'
import { fakeImage } from './fake-image.ts'
import { followInput } from './typed-input.ts'

const units = { c: 'char', l: 'line' } as const

/** Handlers by a letter each; what they get, by the number of the handler. */
function follow(letters: readonly ('c' | 'l')[], stopAt = '') {
  const { handlers } = fakeImage(
    letters.map(letter => ({ when: { kind: 'input', unit: units[letter] }, instructions: [] })),
  )
  const stream = new PassThrough()
  const got: string[] = []
  const run = (handler: HostHandler, text: string): void => {
    got.push(`${handler.id}:${text}`)
    if (text === stopAt) watch.close()
  }
  const watch = followInput({ stream, kernel: fakeKernel(), handlers, most: 8, run })
  return { stream, got }
}

test('input: each byte is a character, and a line goes with its newline', async () => {
  const { stream, got } = follow(['l', 'c'])
  stream.write('a\n')
  stream.write(Buffer.from([0xe9]))
  await turn()
  assert.deepEqual(got, ['1:a', '1:\n', '0:a\n', '1:\xe9'])
})

test('input: handlers of the same kind run in their order', async () => {
  const { stream, got } = follow(['l', 'l'])
  stream.write('a\nb\n')
  await turn()
  assert.deepEqual(got, ['0:a\n', '1:a\n', '0:b\n', '1:b\n'])
})

test('input: the end gives the last line, once', async () => {
  const { stream, got } = follow(['l'])
  stream.end('a\nb')
  await turn()
  await turn()
  assert.deepEqual(got, ['0:a\n', '0:b'])
})

test('input: nothing runs once it is closed, also of what had come', async () => {
  const { stream, got } = follow(['c', 'c', 'l'], 'q')
  stream.write('aqb\n')
  await turn()
  assert.deepEqual(got, ['0:a', '1:a', '0:q'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Errno } from '../sys/errno.ts'
import { type Answer, fakeKernel } from '../sys/fake-kernel.ts'
import { sendFrame } from './send.ts'

const UP = 1
const SOCKET = 7

/** A device that is up, and takes what it is sent. */
const willing: Answer = ({ name, bytes }, _live, _memory) => {
  if (name === 'socket') return SOCKET
  return name === 'send' ? bytes.length : 0
}

const refusals: [name: string, answer: Answer, message: RegExp][] = [
  [
    'no permission',
    call => (call.name === 'socket' ? -Errno.EPERM : 0),
    /^raw frames: sending them needs root, or the capability CAP_NET_RAW$/,
  ],
  [
    'a device that is not there',
    call => (call.name === 'ioctl' ? -Errno.ENODEV : SOCKET),
    /^network device eth7: there is none of this name/,
  ],
  ['a device that is down', willing, /^network device eth7: it is down \(ip link set eth7 up\)$/],
  [
    'a frame that the kernel does not take',
    (call, live, memory) => {
      if (call.name === 'send') return -Errno.EINVAL
      if (call.name === 'ioctl') memory(BigInt(call.numbers[2] ?? 0)).fill(UP, 16, 17)
      return willing(call, live, memory)
    },
    /^send\(eth7, frame of 2 bytes\): invalid argument \(EINVAL\)$/,
  ],
]
for (const [name, answer, message] of refusals) {
  test(`traffic: ${name} is told in words, and the socket is closed`, () => {
    const kernel = fakeKernel(answer)
    assert.throws(
      () => sendFrame(kernel, 'eth7', new Uint8Array(2)),
      (error: unknown) => error instanceof Error && message.test(error.message),
    )
    assert.deepEqual(kernel.closed, name === 'no permission' ? [] : [SOCKET])
  })
}

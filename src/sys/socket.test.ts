import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeKernel } from './fake-kernel.ts'
import {
  AF_PACKET,
  ETH_P_ALL,
  interfaceIndex,
  ipv4Address,
  ipv6Address,
  linkAddress,
  networkOrder,
  openSocket,
  SOCK_RAW,
} from './socket.ts'

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

test('socket: addresses are laid out as the kernel has them', () => {
  assert.equal(hex(linkAddress(3, 0x0800)), `1100080003000000${'00'.repeat(12)}`)
  assert.equal(
    hex(ipv4Address(Uint8Array.of(127, 0, 0, 1), 53)),
    `020000357f000001${'00'.repeat(8)}`,
  )
  const local = new Uint8Array(16)
  local[15] = 1
  assert.equal(hex(ipv6Address(local, 53, 2)), `0a00003500000000${'00'.repeat(15)}0102000000`)
})

test('socket: a packet socket is opened close-on-exec, its protocol in network order', () => {
  const kernel = fakeKernel()
  openSocket(kernel, AF_PACKET, SOCK_RAW, networkOrder(ETH_P_ALL))
  assert.deepEqual(kernel.calls[0]?.numbers, [17, 0x80003, 0x0300])
})

test('socket: the index of a device is what the kernel writes behind its name', () => {
  const kernel = fakeKernel((call, _live, memory) => {
    const ifreq = memory(BigInt(call.numbers[2] ?? 0))
    assert.equal(Buffer.from(ifreq.subarray(0, 5)).toString(), 'eth0\0')
    ifreq[16] = 4
    return 0
  })
  assert.equal(interfaceIndex(kernel, 3, 'eth0'), 4)
})

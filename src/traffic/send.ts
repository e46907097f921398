import { Errno } from '../sys/errno.ts'
import { checked, SyscallError, UnsupportedError } from '../sys/error.ts'
import type { Kernel } from '../sys/kernel.ts'
import {
  AF_PACKET,
  deviceFlags,
  ETH_P_ALL,
  IFF_UP,
  interfaceIndex,
  linkAddress,
  networkOrder,
  openSocket,
  SOCK_RAW,
} from '../sys/socket.ts'

/** IEEE 802 EtherType for local experiments: no protocol handler takes the frame. */
const ETH_P_LOCAL_EXPERIMENTAL = 0x88b5

/**
 * Sends one frame through an AF_PACKET socket bound to a device (packet(7)), and gives the bytes
 * sent. Without a frame of the caller's, a broadcast one of the smallest size that says klew.
 *
 * @throws UnsupportedError where there is no such device, it is down, or permission lacks;
 *   SyscallError where the kernel does not take the frame.
 */
export function sendFrame(kernel: Kernel, device: string, frame?: Uint8Array): number {
  const fd = orElse(
    () => openSocket(kernel, AF_PACKET, SOCK_RAW, networkOrder(ETH_P_ALL)),
    Errno.EPERM,
    new UnsupportedError('raw frames', 'sending them needs root, or the capability CAP_NET_RAW'),
  )
  try {
    const index = orElse(
      () => interfaceIndex(kernel, fd, device),
      Errno.ENODEV,
      new UnsupportedError(`network device ${device}`, 'there is none of this name (ip link)'),
    )
    checked(`bind(${device})`, kernel.bind(fd, linkAddress(index, ETH_P_ALL)))
    if ((deviceFlags(kernel, fd, device) & IFF_UP) === 0) {
      throw new UnsupportedError(
        `network device ${device}`,
        `it is down (ip link set ${device} up)`,
      )
    }
    const data = frame ?? greeting()
    return checked(`send(${device}, frame of ${data.length} bytes)`, kernel.send(fd, data, 0))
  } finally {
    kernel.close(fd)
  }
}

/** What an errno means here, in place of the call's own words. */
function orElse<T>(call: () => T, errno: number, meaning: Error): T {
  try {
    return call()
  } catch (error) {
    throw error instanceof SyscallError && error.errno === errno ? meaning : error
  }
}

const SMALLEST_FRAME = 60

function greeting(): Uint8Array {
  const frame = Buffer.alloc(SMALLEST_FRAME)
  frame.fill(0xff, 0, 6)
  frame.writeUInt16BE(ETH_P_LOCAL_EXPERIMENTAL, 12)
  frame.write('klew', 14, 'latin1')
  return frame
}

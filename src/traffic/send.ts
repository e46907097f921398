import { checked, SyscallError } from '../sys/error.ts'
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

const ENETDOWN = 100

/** IEEE 802 EtherType for local experiments: no protocol handler takes the frame. */
const ETH_P_LOCAL_EXPERIMENTAL = 0x88b5

/**
 * Sends one frame through an AF_PACKET socket bound to a device (packet(7)), and gives the bytes
 * sent. Without a frame of the caller's, a broadcast one of the smallest size that says klew.
 */
export function sendFrame(kernel: Kernel, device: string, frame?: Uint8Array): number {
  const fd = openSocket(kernel, AF_PACKET, SOCK_RAW, networkOrder(ETH_P_ALL))
  try {
    const address = linkAddress(interfaceIndex(kernel, fd, device), ETH_P_ALL)
    checked(`bind(${device})`, kernel.bind(fd, address))
    if ((deviceFlags(kernel, fd, device) & IFF_UP) === 0) {
      throw new SyscallError(`send(${device})`, ENETDOWN)
    }
    return checked(`send(${device})`, kernel.send(fd, frame ?? greeting(), 0))
  } finally {
    kernel.close(fd)
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

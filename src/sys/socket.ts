import { Attribute } from './attribute.ts'
import { checked } from './error.ts'
import type { Kernel } from './kernel.ts'

// Sockets that send and receive single frames and datagrams. Constants of include/linux/socket.h,
// uapi/linux/in.h, if_ether.h, if_packet.h and sockios.h.

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_PACKET = 17
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0x800
export const SOCK_CLOEXEC = 0x80000
export const IPPROTO_ICMP = 1
export const IPPROTO_UDP = 17
export const IPPROTO_ICMPV6 = 58
export const IPPROTO_RAW = 255
export const ETH_P_ALL = 0x0003
export const ETH_P_IP = 0x0800
export const ETH_P_IPV6 = 0x86dd
export const SOL_SOCKET = 1
export const SO_BINDTODEVICE = 25
export const SO_MARK = 36
export const MSG_DONTWAIT = 0x40

export const IFF_UP = 1

const SIOCGIFFLAGS = 0x8913
const SIOCGIFINDEX = 0x8933
const IFNAMSIZ = 16
const IFREQ_SIZE = 40

/** Opens a socket that programs we start do not inherit; the caller owns the descriptor. */
export function openSocket(kernel: Kernel, domain: number, type: number, protocol: number): number {
  const result = kernel.socket(domain, type | SOCK_CLOEXEC, protocol)
  return checked(`socket(${domain}, ${type}, ${protocol})`, result)
}

/** As AF_PACKET wants a protocol in socket(2): in network order. */
export function networkOrder(protocol: number): number {
  return ((protocol & 0xff) << 8) | (protocol >> 8)
}

/** struct sockaddr_ll: a device to bind to, or to send through. */
export function linkAddress(interfaceIndex: number, protocol: number): Uint8Array {
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(protocol, 2)
  address.writeInt32LE(interfaceIndex, 4)
  return address
}

/** struct sockaddr_in; `address` is 4 bytes in network order. */
export function ipv4Address(address: Uint8Array, port: number): Uint8Array {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(AF_INET, 0)
  bytes.writeUInt16BE(port, 2)
  bytes.set(address.subarray(0, 4), 4)
  return bytes
}

/** struct sockaddr_in6; `address` is 16 bytes. `scope` is the device of a link-local address. */
export function ipv6Address(address: Uint8Array, port: number, scope = 0): Uint8Array {
  const bytes = Buffer.alloc(28)
  bytes.writeUInt16LE(AF_INET6, 0)
  bytes.writeUInt16BE(port, 2)
  bytes.set(address.subarray(0, 16), 8)
  bytes.writeUInt32LE(scope, 24)
  return bytes
}

/** The index of a network device by name; `fd` is any socket of the network namespace asked. */
export function interfaceIndex(kernel: Kernel, fd: number, device: string): number {
  return askDevice(kernel, fd, device, SIOCGIFINDEX, 'SIOCGIFINDEX').readU32(IFNAMSIZ)
}

/** IFF_* of a network device (uapi/linux/if.h). */
export function deviceFlags(kernel: Kernel, fd: number, device: string): number {
  return askDevice(kernel, fd, device, SIOCGIFFLAGS, 'SIOCGIFFLAGS').readU32(IFNAMSIZ) & 0xffff
}

/** struct ifreq: a name of 16 bytes, then a union that the kernel answers in. */
function askDevice(
  kernel: Kernel,
  fd: number,
  device: string,
  request: number,
  name: string,
): Attribute {
  const ifreq = new Attribute(kernel, IFREQ_SIZE).text(0, device, IFNAMSIZ)
  const result = kernel.ioctl(fd, request, kernel.address(ifreq.bytes))
  checked(`ioctl(${name}, ${device})`, result)
  return ifreq
}

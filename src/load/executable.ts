import { closeSync, fstatSync, openSync } from 'node:fs'
import { UnsupportedError } from '../sys/error.ts'
import { readText } from './facts-files.ts'

/**
 * What tells an executable from others in the kernel: the inode's number and the device of its
 * file system. What stat(2) says may be others where file systems lie on each other.
 */
export function executable(path: string): { readonly inode: bigint; readonly device: bigint } {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    throw new UnsupportedError(`process(${JSON.stringify(path)})`, WANTED)
  }
  try {
    const stat = fstatSync(fd, { bigint: true })
    const told = readText(`/proc/self/fdinfo/${fd}`) ?? ''
    // Since Linux 5.14.
    const inode = /^ino:\s*(\d+)$/m.exec(told)?.[1]
    const mount = /^mnt_id:\s*(\d+)$/m.exec(told)?.[1] ?? ''
    return {
      inode: inode === undefined ? stat.ino : BigInt(inode),
      device: mountDevice(mount) ?? deviceNumber(stat.dev >> 8n, stat.dev & 0xffn),
    }
  } finally {
    closeSync(fd)
  }
}

const WANTED = 'there is no such file to be read; give the full path of a program'

/** `36 35 98:0 / /mnt rw - ext4 /dev/root rw`: the third is the device. */
function mountDevice(mount: string): bigint | undefined {
  const mounts = readText('/proc/self/mountinfo') ?? ''
  const found = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) `, 'm').exec(mounts)
  if (mount === '' || found === null) return undefined
  return deviceNumber(BigInt(found[1] ?? 0), BigInt(found[2] ?? 0))
}

/** MKDEV of include/linux/kdev_t.h. */
function deviceNumber(major: bigint, minor: bigint): bigint {
  return (major << 20n) | minor
}

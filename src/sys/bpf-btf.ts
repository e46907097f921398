import { Attribute, textOf } from './attribute.ts'
import { objectInfo } from './bpf.ts'
import { Errno } from './errno.ts'
import { checked, VerifierError } from './error.ts'
import type { Kernel } from './kernel.ts'

// bpf(2): type information. Offsets are those of include/uapi/linux/bpf.h.

// enum bpf_cmd
const BPF_BTF_LOAD = 18
const BPF_BTF_GET_FD_BY_ID = 19
const BPF_BTF_GET_NEXT_ID = 23

const LOG_BYTES = 64 * 1024

/**
 * Gives the kernel a program's BTF and returns its descriptor, which the caller owns.
 *
 * @throws VerifierError with the kernel's log where it does not like the types.
 */
export function btfLoad(kernel: Kernel, btf: Uint8Array): number {
  const log = new Uint8Array(LOG_BYTES)
  const result = loadAttribute(kernel, btf).pointer(8, log).u32(20, log.length).u32(24, 1)
  const fd = result.bpf(BPF_BTF_LOAD)
  if (fd < 0 && log[0] !== 0) throw new VerifierError('BTF', -fd, textOf(log))
  return checked('bpf(BPF_BTF_LOAD)', fd)
}

/** The descriptor, or the negated errno. */
export function tryBtfLoad(kernel: Kernel, btf: Uint8Array): number {
  return loadAttribute(kernel, btf).bpf(BPF_BTF_LOAD)
}

function loadAttribute(kernel: Kernel, btf: Uint8Array): Attribute {
  return new Attribute(kernel, 32).pointer(0, btf).u32(16, btf.length)
}

/** A descriptor of the BTF with that id, which the caller owns. */
export function btfGetFdById(kernel: Kernel, id: number): number {
  return checked(`bpf(BPF_BTF_GET_FD_BY_ID, ${id})`, tryBtfGetFdById(kernel, id))
}

function tryBtfGetFdById(kernel: Kernel, id: number): number {
  return new Attribute(kernel, 12).u32(0, id).bpf(BPF_BTF_GET_FD_BY_ID)
}

/** The id after `id`, of all BTF in the kernel; undefined after the last. Start at 0. */
export function btfNextId(kernel: Kernel, id: number): number | undefined {
  const attr = new Attribute(kernel, 12).u32(0, id)
  const result = attr.bpf(BPF_BTF_GET_NEXT_ID)
  if (result === -Errno.ENOENT) return undefined
  checked('bpf(BPF_BTF_GET_NEXT_ID)', result)
  return attr.readU32(4)
}

export interface BtfInfo {
  readonly id: number
  /** `vmlinux` or a module's name; empty for a program's. */
  readonly name: string
  readonly sizeBytes: number
  /** Of the kernel or a module, not of a program. */
  readonly kernel: boolean
}

const NAME_BYTES = 64

export function btfInfo(kernel: Kernel, fd: number): BtfInfo {
  const name = new Uint8Array(NAME_BYTES)
  const info = new Attribute(kernel, 32).pointer(16, name).u32(24, NAME_BYTES)
  objectInfo(kernel, fd, info.bytes)
  return {
    id: info.readU32(12),
    name: textOf(name),
    sizeBytes: info.readU32(8),
    kernel: info.readU32(28) !== 0,
  }
}

/** The BTF itself: for a module, only what it adds to vmlinux. */
export function btfBytes(kernel: Kernel, fd: number): Uint8Array {
  const bytes = new Uint8Array(btfInfo(kernel, fd).sizeBytes)
  const info = new Attribute(kernel, 32).pointer(0, bytes).u32(8, bytes.length)
  objectInfo(kernel, fd, info.bytes)
  return bytes
}

/**
 * A descriptor of the BTF of `vmlinux` or of a loaded module, which the caller owns; undefined
 * where there is none. Kernels before 5.11 have none for modules.
 */
export function openKernelBtf(kernel: Kernel, name: string): number | undefined {
  for (let id = btfNextId(kernel, 0); id !== undefined; id = btfNextId(kernel, id)) {
    const fd = tryBtfGetFdById(kernel, id)
    // Gone since its id was given.
    if (fd === -Errno.ENOENT) continue
    checked(`bpf(BPF_BTF_GET_FD_BY_ID, ${id})`, fd)
    if (isKernelBtf(kernel, fd, name)) return fd
    kernel.close(fd)
  }
  return undefined
}

function isKernelBtf(kernel: Kernel, fd: number, name: string): boolean {
  try {
    const info = btfInfo(kernel, fd)
    return info.kernel && info.name === name
  } catch (error) {
    kernel.close(fd)
    throw error
  }
}

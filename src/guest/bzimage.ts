import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { GuestError } from './error.ts'

/** What is packed inside a bzImage: the kernel as an ELF file. */
export interface Payload {
  readonly packing: 'gzip' | 'xz' | 'zstd' | 'lz4'
  readonly bytes: Buffer
}

// Documentation/arch/x86/boot.rst: offsets in the setup header.
const SETUP_SECTS = 0x1f1
const MAGIC = 0x202
const PAYLOAD_OFFSET = 0x248
const PAYLOAD_LENGTH = 0x24c
const HEADER_END = 0x250
const SECTOR = 512

const PACKINGS: readonly [magic: number, packing: Payload['packing']][] = [
  [0xfd377a58, 'xz'],
  [0x28b52ffd, 'zstd'],
  [0x02214c18, 'lz4'],
]

/** Where the packed kernel stands in a bzImage; undefined when this is none, or packed otherwise. */
export function findPayload(image: Buffer): Payload | undefined {
  if (image.length < HEADER_END || image.toString('latin1', MAGIC, MAGIC + 4) !== 'HdrS') {
    return undefined
  }
  const sectors = image.readUInt8(SETUP_SECTS) || 4
  const start = (sectors + 1) * SECTOR + image.readUInt32LE(PAYLOAD_OFFSET)
  const end = start + image.readUInt32LE(PAYLOAD_LENGTH)
  if (end > image.length || end - start < 8) return undefined
  // The last four bytes are the unpacked length, put there by the kernel's build.
  const bytes = image.subarray(start, end - 4)
  if (bytes.readUInt16BE(0) === 0x1f8b) return { packing: 'gzip', bytes }
  const packing = PACKINGS.find(([magic]) => magic === bytes.readUInt32BE(0))?.[1]
  return packing === undefined ? undefined : { packing, bytes }
}

/**
 * The kernel's ELF file, when it has the entry that QEMU can jump to directly (PVH); undefined
 * when there is none, and then the bzImage itself is to be booted, which unpacks itself in the
 * guest: 5 s more without hardware virtualisation.
 */
export function unpackKernel(image: Buffer): Buffer | undefined {
  const payload = findPayload(image)
  if (payload === undefined || payload.packing === 'lz4') return undefined
  const kernel = unpack(payload.packing, payload.bytes)
  return isElf(kernel) && hasPvhEntry(kernel) ? kernel : undefined
}

/** Unpacks a file by the tool of its packing. */
export function unpack(packing: 'gzip' | 'xz' | 'zstd', bytes: Buffer): Buffer {
  if (packing === 'gzip') return gunzipSync(bytes)
  const args = packing === 'xz' ? ['-dc'] : ['-qdc']
  const run = spawnSync(packing, args, { input: bytes, maxBuffer: UNPACKED_MAX })
  if (run.error !== undefined || run.status !== 0) {
    const why = run.error?.message ?? run.stderr.toString().trim()
    throw new GuestError(`${packing} cannot unpack a part of the kernel: ${why}`)
  }
  return run.stdout
}

const UNPACKED_MAX = 512 * 1024 * 1024

export function isElf(bytes: Buffer): boolean {
  return bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46
}

/** XEN_ELFNOTE_PHYS32_ENTRY: note type 18 of owner "Xen". */
const PVH_NOTE = Buffer.from('\x12\0\0\0Xen\0', 'latin1')

function hasPvhEntry(kernel: Buffer): boolean {
  return kernel.includes(PVH_NOTE)
}

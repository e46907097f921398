import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { findPayload, unpackKernel } from './bzimage.ts'

const SETUP_SECTORS = 3

/** A bzImage with nothing but its setup header and what is packed in it. */
function bzImage(packed: Buffer): Buffer {
  const payloadOffset = 16
  const image = Buffer.alloc((SETUP_SECTORS + 1) * 512 + payloadOffset)
  image.writeUInt8(SETUP_SECTORS, 0x1f1)
  image.write('HdrS', 0x202, 'latin1')
  image.writeUInt32LE(payloadOffset, 0x248)
  image.writeUInt32LE(packed.length + 4, 0x24c)
  const length = Buffer.from('size')
  return Buffer.concat([image, packed, length, Buffer.from('what follows')])
}

/** A file that starts as ELF, with a note of the given type. */
function kernel(noteType: number): Buffer {
  const elf = Buffer.alloc(100)
  elf.write('\x7fELF', 0, 'latin1')
  elf.writeUInt32LE(noteType, 80)
  elf.write('Xen\0', 84, 'latin1')
  return elf
}

test('the packed kernel is found, without the length that follows it', () => {
  const packed = gzipSync('a kernel')
  assert.deepEqual(findPayload(bzImage(packed)), { packing: 'gzip', bytes: packed })
})

const packings: [name: string, magic: string, packing: string | undefined][] = [
  ['xz', 'fd377a585a000000', 'xz'],
  ['zstd', '28b52ffd00000000', 'zstd'],
  ['lz4', '02214c1800000000', 'lz4'],
  ['what has no known packing is not found', '0102030405060708', undefined],
]
for (const [name, magic, packing] of packings) {
  test(`packing: ${name}`, () => {
    assert.equal(findPayload(bzImage(Buffer.from(magic, 'hex')))?.packing, packing)
  })
}

test('what is no bzImage, or ends early, has no packed kernel', () => {
  assert.equal(findPayload(Buffer.from('short')), undefined)
  assert.equal(findPayload(Buffer.alloc(4096)), undefined)
  assert.equal(findPayload(bzImage(gzipSync('a kernel')).subarray(0, 2070)), undefined)
})

test('a kernel is unpacked when QEMU can enter it directly, and only then', () => {
  const pvhEntry = kernel(18)
  assert.deepEqual(unpackKernel(bzImage(gzipSync(pvhEntry))), pvhEntry)
  assert.equal(unpackKernel(bzImage(gzipSync(kernel(17)))), undefined)
})

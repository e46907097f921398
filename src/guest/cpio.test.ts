import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpio, DIRECTORY, PLAIN_FILE } from './cpio.ts'

test('an archive without entries is a trailer', () => {
  const zeros = '00000000'
  const header = `070701${zeros}${zeros}${zeros}${zeros}00000001${zeros.repeat(6)}0000000b${zeros}`
  assert.equal(cpio([]).toString('latin1'), `${header}TRAILER!!!\0\0\0\0`)
})

test('an entry is a header, its name and its bytes, each padded to four', () => {
  const archive = cpio([
    { path: 'bin', mode: DIRECTORY },
    { path: 'bin/a', mode: PLAIN_FILE, data: Buffer.from('hello') },
  ])
  assert.equal(archive.length % 4, 0)
  const second = 116
  assert.equal(archive.toString('latin1', 110, second), 'bin\0\0\0')
  assert.equal(archive.toString('latin1', second, second + 6), '070701')
  const fields = Array.from({ length: 13 }, (_, n) => {
    const at = second + 6 + n * 8
    return Number.parseInt(archive.toString('latin1', at, at + 8), 16)
  })
  assert.deepEqual(fields, [2, 0o100644, 0, 0, 1, 0, 5, 0, 0, 0, 0, 6, 0])
  assert.equal(archive.toString('latin1', second + 110, second + 124), 'bin/a\0hello\0\0\0')
})

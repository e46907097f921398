import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UnsupportedError } from '../sys/error.ts'
import { makeFoldersOf, openFolder } from './session-folder.ts'

const top = mkdtempSync(join(tmpdir(), 'session-folder-'))
after(() => rmSync(top, { recursive: true }))

test('folder: others can get through it, whatever the umask', () => {
  const before = process.umask(0o077)
  const folder = openFolder({ base: join(top, 'umask/klew'), name: 'one' })
  makeFoldersOf(join(folder.path, 'a/b/file'))
  process.umask(before)
  for (const path of ['', 'one', 'one/a', 'one/a/b']) {
    assert.equal(statSync(join(top, 'umask/klew', path)).mode & 0o777, 0o755, path)
  }
  folder.remove()
  assert.deepEqual(readdirSync(join(top, 'umask/klew')), [])
})

test('folder: a name is one session’s at a time', () => {
  const base = join(top, 'names')
  const first = openFolder({ base, name: 'one' })
  const again = () => openFolder({ base, name: 'one' })
  assert.throws(again, new RegExp(`process ${process.pid} serves some by the same name`))
  assert.deepEqual(readdirSync(base).sort(), ['.one', 'one'])
  first.remove()
  again().remove()
})

test('folder: what a killed session left goes, and what a living one has stays', () => {
  const base = join(top, 'left')
  const living = openFolder({ base, name: 'living' })
  const { pid } = spawnSync('true')
  for (const [name, owner] of [
    ['ended', `${pid} 123`],
    // The number of a process that runs, and was another's before.
    ['reused', `${process.pid} 1`],
  ] as const) {
    mkdirSync(join(base, name, 'sub'), { recursive: true })
    mkdirSync(join(base, `.${name}`))
    writeFileSync(join(base, `.${name}`, 'owner'), owner)
  }
  const next = openFolder({ base, name: 'ended' })
  assert.deepEqual(readdirSync(base).sort(), ['.ended', '.living', 'ended', 'living'])
  assert.equal(existsSync(join(next.path, 'sub')), false)
  next.remove()
  living.remove()
})

test('folder: what cannot be made is said', () => {
  writeFileSync(join(top, 'file'), '')
  const under = () => openFolder({ base: join(top, 'file/klew'), name: 'one' })
  assert.throws(
    under,
    new UnsupportedError('files of procfs probes', `${top}/file/klew cannot be made (ENOTDIR)`),
  )
})

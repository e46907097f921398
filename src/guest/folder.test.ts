import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolders } from './folder.ts'

test('guest: folders are made down to the last, and those that are there stay', () => {
  const top = mkdtempSync(join(tmpdir(), 'klew-folder-'))
  try {
    makeFolders(join(top, 'a/b/c'))
    makeFolders(join(top, 'a/b/c'))
    assert.ok(existsSync(join(top, 'a/b/c')))
  } finally {
    rmSync(top, { recursive: true })
  }
})

test('guest: where no folder can be made, that is an error at once', () => {
  assert.throws(() => makeFolders('/proc/klew/none'), /ENOENT/)
})

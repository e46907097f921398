import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { natives } from './table.ts'

const tapset = join(import.meta.dirname, '../../../../tapset')

test('natives: what the library declares as native is lowered here, and nothing else', () => {
  const declared = new Set<string>()
  for (const file of readdirSync(tapset, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.stp')) continue
    const text = readFileSync(join(tapset, file), 'utf8')
    for (const [, name] of text.matchAll(/^function (\w+)[^{]*%\{\s*native\s*%\}/gm)) {
      if (name !== undefined) declared.add(name)
    }
  }
  assert.deepEqual(Object.keys(natives).toSorted(), [...declared].toSorted())
})

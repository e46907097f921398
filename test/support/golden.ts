import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The texts that outputs are held to. `npm run golden` writes them anew; the diff is the review. */
const GOLDEN = new URL('../golden/', import.meta.url)

/** Compares a text with `test/golden/FILE`; under KLEW_UPDATE_GOLDEN=1 writes it there instead. */
export function matchGolden(file: string, actual: string): void {
  const path = fileURLToPath(new URL(file, GOLDEN))
  const known = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const { KLEW_UPDATE_GOLDEN } = process.env
  if (KLEW_UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true })
    if (known !== actual) writeFileSync(path, actual)
    return
  }
  assert.ok(known !== undefined, `test/golden/${file} is missing; npm run golden writes it`)
  assert.equal(actual, known, `differs from test/golden/${file}; npm run golden takes it over`)
}

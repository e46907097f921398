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

/**
 * Compares what stands in a file of the project between the lines `<!-- NAME … -->` and
 * `<!-- end of NAME -->` with a text; under KLEW_UPDATE_GOLDEN=1 writes it there instead.
 */
export function matchSection(file: string, name: string, actual: string): void {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const whole = readFileSync(path, 'utf8')
  const section = new RegExp(`(<!-- ${name}\\b[^>]*-->\\n)([^]*?)(<!-- end of ${name} -->\\n)`)
  const known = section.exec(whole)?.[2]
  assert.ok(known !== undefined, `${file} has no section '${name}'`)
  const { KLEW_UPDATE_GOLDEN } = process.env
  if (KLEW_UPDATE_GOLDEN === '1') {
    if (known === actual) return
    writeFileSync(
      path,
      whole.replace(section, (_, start, _old, end) => start + actual + end),
    )
    return
  }
  assert.equal(actual, known, `differs from ${file}; npm run golden takes it over`)
}

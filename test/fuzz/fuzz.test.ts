import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { Random } from '../support/ir-random.ts'
import { type Trouble, tryMutants } from './mutants.ts'
import { mutate, piecesOf } from './mutate.ts'
import { tryTexts } from './texts.ts'

const COUNT = 200
const TEXTS = 3000
const SEED = 20_240_601

const skip = existsSync('/sys/kernel/btf/vmlinux')
  ? false
  : 'the kernel does not describe its types'

test('parse and check: no changed script makes them throw or hang', { skip }, t => {
  t.diagnostic(`npm run fuzz -- 10000 ${SEED} does more`)
  assert.deepEqual(shown(tryMutants(COUNT, new Random(SEED))), [])
})

test('texts: what is read prints as the same, laid out twice is laid out once', () => {
  assert.deepEqual(shown(tryTexts(TEXTS, new Random(SEED))), [])
})

function shown(trouble: readonly Trouble[]): readonly string[] {
  return trouble.slice(0, 3).map(({ name, what, text }) => `${name}: ${what}\n${text}`)
}

test('mutate: the pieces of a text make that text, and a seed changes it one way', () => {
  const text = 'probe begin { # why\n  printf("%d\\n", $1 + @count(x)) }\n'
  const pieces = piecesOf(text)
  assert.equal(pieces.join(''), text)
  assert.ok(pieces.length > 12)
  const once = mutate(pieces, new Random(7))
  assert.equal(mutate(pieces, new Random(7)), once)
  assert.notEqual(once, text)
})

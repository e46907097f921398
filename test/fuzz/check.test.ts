import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { Random } from '../support/ir-random.ts'
import { tryMutants } from './mutants.ts'
import { mutate, piecesOf } from './mutate.ts'

const COUNT = 300
const SEED = 20_240_601

const skip = existsSync('/sys/kernel/btf/vmlinux')
  ? false
  : 'the kernel does not describe its types'

test('parse and check: no changed script makes them throw or hang', { skip }, t => {
  t.diagnostic(`npx tsx test/fuzz/check.ts ${COUNT} ${SEED}`)
  const { trouble } = tryMutants(COUNT, SEED)
  const shown = trouble.slice(0, 3).map(({ name, what, text }) => `${name}: ${what}\n${text}`)
  assert.deepEqual(shown, [], `${trouble.length} of ${COUNT}, seed ${SEED}`)
})

test('mutate: the pieces of a text make that text, and a seed changes it one way', () => {
  const text = 'probe begin { # why\n  printf("%d\\n", $1 + @count(x)) }\n'
  const pieces = piecesOf(text)
  assert.equal(pieces.join(''), text)
  assert.ok(pieces.length > 12)
  const once = mutate(pieces, new Random(7))
  assert.equal(mutate(pieces, new Random(7)), once)
  assert.notEqual(once, text)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Facts } from '../../src/kernel/facts.ts'
import { readFacts } from '../../src/load/facts.ts'
import { runInKernel, runOutside } from '../support/both-sides.ts'
import { lacking } from '../support/kernel-run.ts'
import { needs } from '../support/needs.ts'
import { tapset } from '../support/tapset.ts'

// What the types of the kernel say about values: in the kernel, and where klew itself runs.

const library = tapset()

const kinds: [name: string, facts: (facts: Facts) => Facts][] = [
  ['all that this kernel has', facts => facts],
  ['what Linux 6.1 has', facts => lacking(facts, 'may-goto', 'atomic-fetch', 'cpu-v4')],
]

const same: [name: string, body: string, prints: string][] = [
  [
    'a struct that cannot be read prints ERROR, and the handler goes on',
    'println(@cast(0, "list_head")$, " ", @cast(8, "new_utsname")->sysname$); s = @cast(16, "list_head")$$; println(s)',
    'ERROR 0x8\nERROR\n',
  ],
  [
    'the text of a struct is compared, joined, and a key',
    'for (i = 0; i < 2; i++) { s = @cast(i, "list_head")$; if (s == "ERROR") a[s . "!"]++ } println(a["ERROR!"], strlen(s))',
    '25\n',
  ],
  [
    'the names of an enum, and nothing for what has none',
    'for (i = -1; i < 3; i++) { n = @enumname("pid_type", i); print("[", @enumname("pid_type", i), "]"); a[n]++ } println(a[""], a["PIDTYPE_TGID"], n == "PIDTYPE_PGID")',
    '[][PIDTYPE_PID][PIDTYPE_TGID][PIDTYPE_PGID]111\n',
  ],
]
for (const [name, limit] of kinds) {
  test(`values by their types, in the kernel and out of it, with ${name}`, async t => {
    const kernel = needs(t, '6.1')
    if (kernel === undefined) return
    const both = { facts: limit(readFacts(kernel)), library }
    for (const [what, body, prints] of same) {
      await t.test(what, () => {
        const script = { before: 'global a', body }
        const inside = runInKernel(kernel, script, both)
        assert.equal(inside.printed, prints)
        assert.deepEqual(inside, runOutside(script, both))
      })
    }
  })
}

// The code of a function is memory like any other, and what is there another way to read.
const alike: [name: string, pretty: string, plain: string][] = [
  [
    'numbers',
    '@cast(at, "list_head")$',
    'sprintf("{.next=%p, .prev=%p}", kernel_long(at), kernel_long(at + 8))',
  ],
  [
    'numbers of an inner struct',
    '@cast(at, "hlist_head")$$',
    'sprintf("{.first=%p}", kernel_long(at))',
  ],
  ['a string in quotes', '@cast(at, "new_utsname")->sysname$', 'string_quoted(kernel_string(at))'],
]
test('a struct prints what is in memory', async t => {
  const kernel = needs(t, '6.1')
  if (kernel === undefined) return
  const facts = readFacts(kernel)
  const address = facts.symbols().functions('schedule')[0]?.address ?? 0n
  if (address === 0n) {
    t.skip('the kernel hides its addresses')
    return
  }
  for (const [name, pretty, plain] of alike) {
    await t.test(name, () => {
      const body = `at = ${address}; println(${pretty}); println(${plain})`
      const { printed } = runInKernel(kernel, { before: '', body }, { facts, library })
      const [first, second, ...rest] = printed.split('\n')
      assert.ok(first !== undefined && first.length > 2 && first !== 'ERROR', printed)
      assert.equal(first, second)
      assert.deepEqual(rest, [''])
    })
  }
})

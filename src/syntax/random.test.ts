import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomFile } from '../../test/support/random-tree.ts'
import { render } from '../text/render.ts'
import { Source } from '../text/source.ts'
import type { ScriptFile } from './ast.ts'
import { parse } from './parser.ts'
import { printFile } from './print.ts'

// fast-check prints the seed of a failure; this one makes a run repeatable.
const SEED = 20_240_601

/** The tree without its places. */
function bare(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) => {
      if (key === 'span' || key.endsWith('Span')) return undefined
      return typeof value === 'bigint' ? `${value}n` : value
    }),
  )
}

test('print: what is printed reads back as the same tree', () => {
  fc.assert(
    fc.property(randomFile, (file: ScriptFile) => {
      const text = printFile(file)
      const read = parse(new Source('t.stp', text), { arguments: [], guru: true })
      assert.deepEqual(
        // Trees made at random return also where scripts must not.
        read.diagnostics.filter(d => d.code !== 'return-in-probe').map(d => render(d)),
        [],
        text,
      )
      assert.deepEqual(bare(read.file.items), bare(file.items), text)
    }),
    { seed: SEED, numRuns: 500 },
  )
})

// Pieces of the language in any order find more than letters do.
const pieces = fc.constantFrom(
  ...['probe ', 'begin', ' {', '}', '(', ')', '[', ']', 'if (', 'else ', 'foreach (', ' in ', '@1'],
  ...['$x', '->', '$$', '$1', '@count(', '@cast(', '"a', '"', '%(', '%?', '%:', '%)', '%{', '%}'],
  ...['@define ', '@a', '/*', '*/', '#', '\n', ';', ',', '=', '+=', '*', '-', '!', '?', '.', ':'],
  ...[
    'global ',
    'function ',
    'private ',
    'try ',
    'catch ',
    'delete ',
    'return ',
    'next',
    'printf(',
  ],
  ...['x', '1', '0x', "'", '\\', '\0', 'é', '\ud800', '&', '++', '<<<', '=~', 'limit '],
)
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(pieces, { maxLength: 60 }).map(list => list.join('')),
)

test('parse: no text makes it throw, and every message can be shown', () => {
  fc.assert(
    fc.property(texts, text => {
      const source = new Source('t.stp', text)
      const { file, diagnostics } = parse(source, { arguments: ['x y', '"'] })
      printFile(file)
      for (const d of diagnostics) {
        assert.ok(d.span.start >= 0 && d.span.end >= d.span.start && d.span.end <= text.length)
        render(d)
      }
    }),
    { seed: SEED, numRuns: 5000 },
  )
})

test('parse: what is cut off anywhere is reported without a throw', () => {
  const text = [
    '#!/usr/bin/stap',
    'global a%[5], b = "x" @define m(x) %( @x + 1 %)',
    'probe mine = kernel.{function("f"),trace("t")}.return ? if (b) { n = @m($y->z[1]$) }, { }',
    'function f:long(x:string):2 { try { return x =~ "a" } catch (e) { delete a[1, *] } }',
    'probe end { foreach (v = [k+, l] in a[*, 1] limit 5) if (k) { printf("%d\\n", v) } else next }',
  ].join('\n')
  assert.deepEqual(parse(new Source('t.stp', text), { arguments: [] }).diagnostics, [])
  for (let end = 0; end <= text.length; end++) {
    const { diagnostics } = parse(new Source('t.stp', text.slice(0, end)), { arguments: [] })
    assert.ok(diagnostics.length <= 2, `${diagnostics.map(d => render(d)).join('\n')}\nat ${end}`)
  }
})

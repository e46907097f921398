import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { fakeFacts } from '../../test/support/fake-facts.ts'
import { check } from '../sema/check.ts'
import { parse } from '../syntax/parser.ts'
import { Source } from '../text/source.ts'
import { unsupported } from './unsupported.ts'

const cases: [name: string, script: string, expected: string[]][] = [
  ['a plain script', 'probe begin { println(1) }', []],
  [
    'an argument that is stored in',
    'probe kernel.function("ip_output") { $skb = 1 }',
    ['1:38 unwritable-in-kernel: an argument of a function cannot be changed'],
  ],
  [
    'a result that is stored in',
    'probe kernel.function("ip_output").return { $return = 1 }',
    ['1:45 unwritable-in-kernel: what a function returns cannot be changed'],
  ],
  [
    'a field that is stored in',
    'probe kernel.function("ip_output") { $skb->len = 1; println($skb->len) }',
    ['1:38 unwritable-in-kernel: memory of the kernel cannot be changed'],
  ],
  [
    'embedded C, once a place',
    'function f:long () %{ STAP_RETURN(1); %} probe begin { println(f()); %{ x(); %} }',
    ['1:10 not-supported: embedded C is not', '1:70 not-supported: embedded C is not'],
  ],
]
for (const [name, script, expected] of cases) {
  test(`not translated: ${name}`, () => {
    const parsed = parse(new Source('t.stp', script), { arguments: [], guru: true })
    const { program, diagnostics } = check([parsed.file], emptyLibrary, fakeFacts(), {
      guru: true,
    })
    assert.ok(program, diagnostics.map(d => d.text).join())
    const found = unsupported(program).map(d => {
      const { line, column } = d.span.source.position(d.span.start)
      return `${line}:${column} ${d.code}: ${d.text}`
    })
    assert.equal(found.length, expected.length, found.join('\n'))
    found.forEach((text, n) => {
      assert.ok(text.startsWith(expected[n] ?? '?'), text)
    })
  })
}

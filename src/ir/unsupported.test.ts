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
    'a counter, which fires nothing',
    'probe perf.type(1).config(0).counter("c") { println(1) }',
    ['1:7 not-supported: the counter of perf.type(1).config(0).sample(0).counter("c") is not'],
  ],
  [
    'files and what is typed',
    'probe procfs("a").read { $value = "x" } probe input.line { print(line) }',
    [],
  ],
  [
    'a file that is read and written',
    'probe procfs("a").read { $value = "x" } probe procfs("b").write, procfs("a").write { print($value) }',
    ['1:66 not-supported: procfs("a").write, whose file is also read, is not'],
  ],
  [
    'a verdict that only a rule of netfilter gives',
    'probe netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4") { $verdict = 1; $verdict = 3 }',
    ['1:77 unwritable-in-kernel: the verdict 3 cannot be given'],
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

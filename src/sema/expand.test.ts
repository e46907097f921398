import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { parse } from '../syntax/parser.ts'
import { Source } from '../text/source.ts'
import type { Library } from './library.ts'

function handlers(script: string, library?: Library): string[] {
  const { program, diagnostics } = checkText(script, library === undefined ? {} : { library })
  assert.deepEqual(diagnostics.map(diagnosticText), [])
  return program?.probes.map(probeText) ?? []
}

test('expand: an alias puts its statements around the body, with the same locals', () => {
  const script = `probe tick = timer.s(1) { n = 1 }
probe tick += timer.s(2) { print(n + 2) }
probe tick { n++ }`
  assert.deepEqual(handlers(script), [
    'timer.s(1) { { n:long = 1 }; { n:long++ } }',
    'timer.s(2) { { n:long++ }; { print"%d"((n:long + 2)) } }',
  ])
})

test('expand: an alias of an alias stands around it', () => {
  const script = `probe inner = begin { a = 1 }
probe outer = inner { b = a + 1 }
probe outer { print(b) }`
  assert.deepEqual(handlers(script), [
    'begin { { a:long = 1 }; { b:long = (a:long + 1) }; { print"%d"(b:long) } }',
  ])
})

test('expand: what stands behind the name of an alias goes to its points', () => {
  const script = `probe tcp.receive = kernel.function("tcp_v4_rcv") { size = $skb->len }
probe tcp.receive.return { print($return) }`
  assert.deepEqual(handlers(script), [
    'kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954").return { {  }; { print"%d"(result:-4) } }',
  ])
})

test('expand: an assignment that nobody reads need not exist in this kernel', () => {
  const script = `probe x = kernel.function("tcp_v4_rcv") { a = $nope; b = a + 1; len = $skb->len }
probe x { print(len) }`
  assert.deepEqual(handlers(script).length, 1)
})

test('expand: wildcards match the names of aliases', () => {
  const script = `probe net.in = kernel.function("tcp_v4_rcv") { name = "in" }
probe net.out = kernel.function("ip_output") { name = "out" }
probe net.* { print(name) }`
  assert.deepEqual(handlers(script), [
    'kernel.function("tcp_v4_rcv@net/ipv4/tcp_ipv4.c:1954") { { name:string = "in" }; { print"%s"(name:string) } }',
    'kernel.function("ip_output@net/ipv4/ip_output.c:422") { { name:string = "out" }; { print"%s"(name:string) } }',
  ])
})

test('expand: conditions of an alias and of the probe hold together', () => {
  const script = `global a, b
probe x = timer.s(1) if (a) {}
probe x if (b) { a = 1; b = 1 }`
  assert.match(handlers(script)[0] ?? '', /^timer\.s\(1\) if \(@b:long && @a:long\) /)
})

test('expand: an alias that stands for itself is reported', () => {
  const { diagnostics } = checkText('probe x = y {}\nprobe y = x {}\nprobe x {}')
  assert.deepEqual(diagnostics.map(diagnosticText), [
    "2:11 alias-loop: the probe alias 'x' stands for itself",
  ])
})

test('expand: aliases of the library see the names of their own file', () => {
  const source = new Source(
    'net.stp',
    `private global count = 5
private function twice(n) { return n * 2 }
probe net.rx = kernel.trace("net:net_dev_queue") { length = twice(count) }`,
  )
  const library: Library = {
    ...emptyLibrary,
    aliasSources: first => (first === 'net' ? [{ source }] : []),
  }
  assert.deepEqual(parse(source, { arguments: [], library: true }).diagnostics, [])
  assert.deepEqual(handlers('global count\nprobe net.rx { count = length }', library), [
    'kernel.trace("net:net_dev_queue") { { length:long = twice(@count:long):long }; { @count:long = length:long } }',
  ])
})

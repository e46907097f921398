import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkText, diagnosticText } from '../../test/support/check.ts'
import { probeText } from '../../test/support/checked-text.ts'
import { emptyLibrary } from '../../test/support/empty-library.ts'
import { expandText, pointTexts } from '../../test/support/points.ts'
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
  const script = `probe segment.in = kernel.function("tcp_v4_rcv") { size = $skb->len }
probe segment.in.return { print($return) }`
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

const DEEP = `probe q.t = begin(1) {}
probe q.r.t = begin(2) {}
probe q.r.s.t = begin(3) {}
probe qq.t = begin(4) {}
probe q.t += begin(5) {}
`
const wildcards: [points: string, texts: string[]][] = [
  ['q.*', ['begin(1)', 'begin(5)']],
  ['*.t', ['begin(1)', 'begin(5)', 'begin(4)']],
  ['q*.t', ['begin(1)', 'begin(5)', 'begin(4)']],
  ['q.*.t', ['begin(2)']],
  ['q.**', ['begin(1)', 'begin(5)', 'begin(2)', 'begin(3)']],
  ['q.**.t', ['begin(2)', 'begin(3)']],
  ['**.s.t', ['begin(3)']],
  ['q.**t', ['begin(1)', 'begin(5)', 'begin(2)', 'begin(3)']],
  ['q**s**', ['begin(3)']],
  ['q.{t,r.t}', ['begin(1)', 'begin(5)', 'begin(2)']],
  ['beg*', ['begin']],
  ['t*.{s(5),ms(5)}', ['timer.s(5)', 'timer.ms(5)']],
  ['timer.*s(5000000)', ['timer.us(5000000)', 'timer.ms(5000000)', 'timer.ns(5000000)']],
  [
    'kernel.f*("ip_output").*',
    ['.call', '.return'].map(s => `kernel.function("ip_output@net/ipv4/ip_output.c:422")${s}`),
  ],
]
for (const [points, texts] of wildcards) {
  test(`expand: ${points}`, () => {
    const expanded = expandText(`${DEEP}probe ${points} {}`)
    assert.deepEqual(expanded.diagnostics.map(diagnosticText), [])
    assert.deepEqual([...pointTexts(expanded)].sort(), [...texts].sort())
  })
}

const OUTPUT = 'kernel.function("ip_output@net/ipv4/ip_output.c:422")'
const lists: [name: string, script: string, texts: string[]][] = [
  [
    'an alias and what it stands for may share a name',
    'probe begin = end {}\nprobe begin {}',
    ['end', 'begin'],
  ],
  [
    'a longer name goes before an alias that takes the rest along',
    'probe x = kernel.function("ip_output") {}\nprobe x.return = begin {}\nprobe x.return {}',
    ['begin'],
  ],
  [
    'two suffixes go to the points of an alias, and of its aliases',
    'probe y = x {}\nprobe x = kernel.function("ip_output") {}\nprobe y.return.maxactive(3) {}',
    [`${OUTPUT}.return.maxactive(3)`],
  ],
  [
    'a suffix may follow what the alias has behind its own point',
    'probe x = kernel.function("ip_output").return {}\nprobe x.maxactive(10) {}',
    [`${OUTPUT}.return.maxactive(10)`],
  ],
  [
    'an optional point of an alias need not take a suffix',
    'probe x = kernel.function("ip_output"), begin? {}\nprobe x.call {}',
    [`${OUTPUT}.call`],
  ],
  [
    'an alias of a wildcard that does not take a suffix is left out',
    'probe x.a = begin {}\nprobe x.b = kernel.function("ip_output") {}\nprobe x.*.call {}',
    [`${OUTPUT}.call`],
  ],
  [
    'a sufficient alias ends the list where it stands for something',
    'probe x = kernel.function("ip_output") {}\nprobe x!, begin {}',
    [OUTPUT],
  ],
  [
    'a sufficient alias that stands for nothing does not end the list',
    'probe x = kernel.function("nope") {}\nprobe x!, begin {}',
    ['begin'],
  ],
  [
    'a sufficient point in an alias ends its list alone',
    'probe x = kernel.function("ip_output")!, begin {}\nprobe x, end {}',
    [OUTPUT, 'end'],
  ],
  [
    'an unknown point may be optional, too',
    'probe foo?, kernel.function("ip_output").bar?, end {}',
    ['end'],
  ],
  [
    'a name of a family may have aliases under it',
    'probe kernel.foo = begin {}\nprobe timer.foo = end {}\nprobe kernel.*, timer.foo {}',
    ['begin', 'end'],
  ],
]
for (const [name, script, texts] of lists) {
  test(`expand: ${name}`, () => {
    const expanded = expandText(script)
    assert.deepEqual(expanded.diagnostics.map(diagnosticText), [])
    assert.deepEqual(pointTexts(expanded), texts)
  })
}

test('expand: the text of input.char is in a variable', () => {
  assert.match(
    handlers('probe input.char { print(char) }')[0] ?? '',
    /^input\.char \{ \{ char:string = .* \}; \{ print"%s"\(char:string\) \} \}$/,
  )
})

test('expand: oneshot ends the session when it is done', () => {
  assert.match(
    handlers('probe oneshot { print(1) }')[0] ?? '',
    /^oneshot \{ \{ exit\(\).* \}; \{ print/,
  )
})

test('expand: an alias of the library goes before the built-in point of its name', () => {
  const source = new Source('one.stp', 'probe oneshot += begin { exit() }')
  const library: Library = {
    ...emptyLibrary,
    aliasSources: first => (first === 'oneshot' ? [{ source }] : []),
  }
  assert.deepEqual(pointTexts(expandText('probe oneshot {}', { library })), ['begin'])
})

test('expand: in a file for one program, process is that program', () => {
  const source = new Source(
    'PATH/usr/bin/x.stp',
    'probe x.start = process.begin, process("y").end {}',
  )
  const library: Library = {
    ...emptyLibrary,
    aliasSources: first => (first === 'x' ? [{ source, process: '/usr/bin/x' }] : []),
  }
  assert.deepEqual(pointTexts(expandText('probe x.start {}', { library })), [
    'process("/usr/bin/x").begin',
    'process("y").end',
  ])
})

test('expand: wildcards in the first name ask the library for all that fit', () => {
  const asked: string[] = []
  const library: Library = {
    ...emptyLibrary,
    aliasSources: first => {
      asked.push(first)
      return []
    },
  }
  expandText('probe tcp*.recv {} probe **.recv {} probe tcp.** {}', { library })
  assert.deepEqual(asked, ['tcp*', '*', 'tcp'])
})

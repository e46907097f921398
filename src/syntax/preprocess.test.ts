import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Source } from '../text/source.ts'
import type { Environment } from './condition.ts'
import { parse } from './parser.ts'
import { printFile } from './print.ts'

const environment: Environment = {
  kernelRelease: () => '6.1.192-amd64',
  arch: 'x86_64',
  config: name =>
    new Map([
      ['CONFIG_NET', 'y'],
      ['CONFIG_HZ', '250'],
      ['CONFIG_CC', '"gcc 12"'],
    ]).get(name),
  guru: false,
}

function read(text: string): { printed: string; codes: string[] } {
  const options = { arguments: ['dig'], library: true, environment }
  const { file, diagnostics } = parse(new Source('t.stp', text), options)
  return { printed: printFile(file), codes: diagnostics.map(d => d.code) }
}

const conditions: [test: string, holds: boolean][] = [
  ['kernel_v == "6.1.192"', true],
  ['kernel_v >= "5.10"', true],
  ['kernel_v < "6.1.20"', false],
  ['kernel_v == "6.*"', true],
  ['kernel_vr == "6.1.192-amd64"', true],
  ['systemtap_v >= "2.6"', true],
  ['arch == "x86_64" || arch == "arm64"', true],
  ['arch != "x86*"', false],
  ['runtime == "kernel"', true],
  ['systemtap_privilege == "stapdev"', true],
  ['guru_mode == 0', true],
  ['CONFIG_NET == "y" && CONFIG_HZ > 100', true],
  ['CONFIG_HZ == "2?0"', true],
  ['CONFIG_CC == "gcc*"', true],
  ['CONFIG_NOPE == ""', true],
  ['CONFIG_NET == CONFIG_NOPE', false],
  ['1 < 2 && 2 < 1 || 3 == 3', true],
  ['@1 == "dig"', true],
  ['$# > 1', false],
]
for (const [condition, holds] of conditions) {
  test(`preprocess: ${condition} ${holds ? 'holds' : 'does not hold'}`, () => {
    const { printed, codes } = read(`global %( ${condition} %? yes %: no %)`)
    assert.deepEqual(codes, [])
    assert.equal(printed, `global ${holds ? 'yes' : 'no'}\n`)
  })
}

const texts: [name: string, text: string, printed: string][] = [
  ['what is not chosen is gone', '%( 1 == 2 %? global a %) global b', 'global b\n'],
  ['conditionals nest', 'global %( 1 == 1 %? %( 1 == 2 %? a %: b %) %: c %)', 'global b\n'],
  ['a missing argument may be skipped', 'global %( $# == 1 %? a %: $2 %)', 'global a\n'],
  ['a macro', '@define n %( 5 %)\nglobal a = @n', 'global a = 5\n'],
  [
    'a macro with parameters',
    '@define two(a, b) %( @b, @a %)\nglobal @two(x, y)',
    'global y\nglobal x\n',
  ],
  ['a macro in a macro', '@define a %( 5 %) @define b %( @a %)\nglobal x = @b', 'global x = 5\n'],
  ['a macro in its own argument', '@define id(a) %( @a %)\nglobal @id(@id(x))', 'global x\n'],
  [
    'commas in brackets do not divide',
    '@define id(a) %( @a %)\nprobe a { @id(f(1, 2)) }',
    'probe a {\n  f(1, 2)\n}\n',
  ],
  [
    'a macro without parameters leaves parentheses alone',
    '@define f %( g %)\nprobe a { @f(1) }',
    'probe a {\n  g(1)\n}\n',
  ],
  [
    'a macro of every script',
    'probe a { @choose_defined($a, 0) }',
    'probe a {\n  @defined($a) ? $a : 0\n}\n',
  ],
]
for (const [name, text, printed] of texts) {
  test(`preprocess: ${name}`, () => assert.deepEqual(read(text), { printed, codes: [] }))
}

const mistakes: [name: string, text: string, codes: string[]][] = [
  ['a conditional without end', '%( 1 == 1 %? global a', ['unclosed-conditional']],
  ['a bracket alone', 'global a %)', ['stray-conditional']],
  ['a test of something unknown', '%( kernel == "6" %? global a %)', ['unknown-condition']],
  ['a test that is none', '%( kernel_v %? global a %)', ['condition-syntax']],
  ['a test of the wrong kind', '%( kernel_v > 6 %? global a %)', ['condition-operands']],
  ['an order of words', '%( arch > "a" %? global a %)', ['condition-operator']],
  ['a modulo without a space', 'probe a { x = 5 %(y) }', ['unclosed-conditional']],
  ['a macro that is no definition', '@define x 5', ['macro-syntax']],
  ['a macro that uses itself', '@define x %( @x %)\nglobal @x', ['macro-recursion']],
  ['too few operands', '@define x(a, b) %( @a %)\nglobal y\nglobal @x(c)', ['macro-arguments']],
]
for (const [name, text, codes] of mistakes) {
  test(`preprocess: ${name} is reported`, () => {
    assert.deepEqual(read(text).codes, codes)
  })
}

test('preprocess: without a kernel at hand, what depends on it is refused', () => {
  const source = new Source('t.stp', '%( kernel_v > "5" %? global a %)')
  const { diagnostics } = parse(source, { arguments: [] })
  assert.deepEqual(
    diagnostics.map(d => d.code),
    ['condition-unknown'],
  )
})

test('preprocess: macros that multiply without end are refused', () => {
  const bomb = '@define two(a) %( @a @a %)\n@define none %( %)\nprobe a { '
  for (const leaf of ['x', '@none']) {
    const text = `${bomb}${'@two('.repeat(40)}${leaf}${')'.repeat(40)} }`
    assert.ok(read(text).codes.length <= 2)
  }
})

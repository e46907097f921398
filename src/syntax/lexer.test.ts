import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Source } from '../text/source.ts'
import { lex } from './lexer.ts'

function words(text: string, commandLine: string[] = []): string[] {
  const { tokens } = lex(new Source('t.stp', text), commandLine)
  return tokens.slice(0, -1).map(t => `${t.kind}:${t.text}`)
}

const cases: [name: string, text: string, tokens: string[]][] = [
  ['an empty file has no tokens', '', []],
  [
    'the longest operator wins',
    'a<<<b>>>c',
    [...['name:a', 'operator:<<<', 'name:b', 'operator:>>>', 'name:c']],
  ],
  [
    'operators of two characters',
    '.= =~ !~ -> :: <<= >>=',
    [...['.=', '=~', '!~', '->', '::', '<<=', '>>='].map(o => `operator:${o}`)],
  ],
  ['a target variable is one name', '$skb->len', ['name:$skb', 'operator:->', 'name:len']],
  ['dollars behind a name belong to it', '$$vars$$', ['name:$$vars$$']],
  [
    'dollars behind a bracket stand alone',
    '$a[1]$',
    [...['name:$a', 'operator:[', 'number:1', 'operator:]', 'name:$']],
  ],
  ['keywords are told apart', 'probe exit', ['keyword:probe', 'name:exit']],
  [
    'comments of all kinds are space',
    '1 # x\n2 // y\n3 /* z\n*/ 4',
    [...['number:1', 'number:2', 'number:3', 'number:4']],
  ],
  ['a first line for the shell is a comment', '#!/usr/bin/stap\nx', ['name:x']],
  ['escapes are read', '"\\t\\x41\\101\\q\\"\\\\"', ['string:\tAA' + 'q"\\']],
  ['an octal escape has three digits at most', '"\\0011"', ['string:\x011']],
  ['text beyond ASCII becomes bytes', '"é"', ['string:\xc3\xa9']],
  ['an escaped letter beyond 16 bits is whole', '"\\😀"', ['string:\xf0\x9f\x98\x80']],
  ['a number takes letters along, to be refused as a whole', '0x1g', ['number:0x1g']],
  [
    'embedded code is one token',
    'a %{ return 1; %} b',
    [...['name:a', 'embedded: return 1; ', 'name:b']],
  ],
  ['foreign letters are one stray thing', 'x 日本語 y', ['name:x', 'stray:日本語', 'name:y']],
  ['a literal as in C is one stray thing', "'a' x", ["stray:'a'", 'name:x']],
  ['an apostrophe and a control character', "n'\x01", ['name:n', "stray:'", 'stray:\x01']],
  ['a name may hold dollars', 'a$b$1', ['name:a$b$1']],
  ['NUL ends the script', 'a\0\0\n', ['name:a']],
  [
    'brackets of conditionals',
    '%( 1 %? 2 %: 3 %)',
    [
      ...['operator:%(', 'number:1', 'operator:%?', 'number:2', 'operator:%:', 'number:3'],
      'operator:%)',
    ],
  ],
  [
    'modulo before a space',
    'a % (b)',
    [...['name:a', 'operator:%', 'operator:(', 'name:b', 'operator:)']],
  ],
]
for (const [name, text, tokens] of cases) {
  test(`lex: ${name}`, () => assert.deepEqual(words(text), tokens))
}

const pasted: [name: string, text: string, tokens: string[]][] = [
  ['$1 is the characters of the argument', '$1', ['name:foo', 'operator:->', 'name:bar']],
  ['@1 is a string of them', '@1', ['string:foo->bar']],
  ['an argument runs together with what follows', '$2_total', ['name:x_total']],
  ['an argument is pasted only where a token starts', 'foo$2', ['name:foo$2']],
  ['the number of arguments', '$# @#', ['number:3', 'string:3']],
  ['what is missing is marked', '$4 @5', ['missing:$4', 'missing:@5']],
  ['bytes of an argument', '@3', ['string:\xc3\xa9']],
]
for (const [name, text, tokens] of pasted) {
  test(`lex: ${name}`, () => assert.deepEqual(words(text, ['foo->bar', 'x', 'é']), tokens))
}

test('lex: pasted tokens stand where the argument is written', () => {
  const { tokens, usedArguments } = lex(new Source('t.stp', 'a $1 b'), ['x + y'])
  assert.deepEqual(
    tokens.map(t => [t.start, t.end]),
    [...[[0, 1]], [2, 4], [2, 4], [2, 4], [5, 6], [6, 6]],
  )
  assert.deepEqual([...usedArguments], [1])
})

const mistakes: [name: string, text: string, found: string[]][] = [
  ['a string ends at the line', 'x = "oops\ny', ['unterminated-string 4-9']],
  ['a string may end with the file', '"oops\\', ['unterminated-string 0-6']],
  ['a comment without end', 'a /* b', ['unterminated-comment 2-4']],
  ['embedded code without end', '%{ b', ['unterminated-embedded-code 0-2']],
  ['a string does not go on behind NUL', '"a\0"', ['unterminated-string 0-2', 'nul-byte 2-3']],
  ['a comment does not go on behind NUL', '/* \0 */', ['unterminated-comment 0-2']],
  ['what stands behind NUL is not lost in silence', 'a \0 b', ['nul-byte 2-3']],
]
for (const [name, text, found] of mistakes) {
  test(`lex: ${name} is reported`, () => {
    const { diagnostics } = lex(new Source('t.stp', text), [])
    assert.deepEqual(
      diagnostics.map(d => `${d.code} ${d.span.start}-${d.span.end}`),
      found,
    )
  })
}

test('lex: an argument that pastes another one is refused', () => {
  const { diagnostics } = lex(new Source('t.stp', '$1'), ['$2', 'x'])
  assert.deepEqual(
    diagnostics.map(d => d.code),
    ['nested-argument'],
  )
})

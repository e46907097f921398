import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exactName, exactNames, filePattern, globPattern, isGlob, literalPrefix } from './glob.ts'
import { editDistance, nearest } from './near.ts'

const globs: [glob: string, text: string, matches: boolean][] = [
  ['tcp_*', 'tcp_sendmsg', true],
  ['tcp_*', 'udp_sendmsg', false],
  ['tcp_*', 'my_tcp_x', false],
  ['*', '', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['net/*.c', 'net/ipv4/ip_output.c', true],
  ['[ab]c', 'bc', true],
  ['[!ab]c', 'bc', false],
  ['[!ab]c', 'cc', true],
  ['[a-c]x', 'bx', true],
  ['[c-a]x', 'bx', false],
  ['[]]x', ']x', true],
  ['[!]]x', 'ax', true],
  ['[', '[', true],
  ['[abc', '[abc', true],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['a.b', 'axb', false],
  ['a+(b)', 'a+(b)', true],
  ['[\\]x', '\\x', true],
  ['a*b*c*d', 'a1b2c3d', true],
  ['a*b*c*d', 'abcbd', true],
  ['a*b*c*d', 'acbd', false],
  ['*a?c*[xy]*', '..abc-y-', true],
  ['a**b**', 'a-b', true],
  ['**\\**x*', 'a*bx', true],
  ['**\\**x*', 'abx', false],
  ['*ab*ab*', 'xabx', false],
]
for (const [glob, text, matches] of globs) {
  test(`glob: '${glob}' ${matches ? 'matches' : 'does not match'} '${text}'`, () => {
    assert.equal(globPattern(glob).test(text), matches)
  })
}

const files: [glob: string, path: string, matches: boolean][] = [
  ['ip_output.c', 'net/ipv4/ip_output.c', true],
  ['net/ipv4/ip_output.c', 'net/ipv4/ip_output.c', true],
  ['ipv4/*.c', 'net/ipv4/ip_output.c', true],
  ['output.c', 'net/ipv4/ip_output.c', false],
  ['net/*', 'net/ipv4/ip_output.c', true],
  ['ipv4', 'net/ipv4/ip_output.c', false],
]
for (const [glob, path, matches] of files) {
  test(`file glob: '${glob}' ${matches ? 'matches' : 'does not match'} ${path}`, () => {
    assert.equal(filePattern(glob).test(path), matches)
  })
}

test('glob: a name is told from a pattern', () => {
  assert.deepEqual(['ip_rcv', 'ip_*', 'a?', '[ab]'].map(isGlob), [false, true, true, true])
})

test('glob: what a pattern says of the names it matches is used to find them sooner', () => {
  assert.equal(literalPrefix(globPattern('tcp_*')), 'tcp_')
  assert.equal(literalPrefix(/^ab?c/), 'a')
  assert.equal(literalPrefix(/^ab|cd/), '')
  assert.equal(literalPrefix(/^ab/i), '')
  assert.equal(literalPrefix(/ab/), '')
  assert.equal(exactName(globPattern('tcp_v4_rcv')), 'tcp_v4_rcv')
  assert.equal(exactName(globPattern('tcp_*')), undefined)
  assert.deepEqual(exactNames(/^(?:ip_rcv|ip_output)$/), ['ip_rcv', 'ip_output'])
  assert.deepEqual(exactNames(/^ip_rcv$/), ['ip_rcv'])
  for (const pattern of [/^(?:ip_rcv|ip_.*)$/, /^ip_rcv|ip_output$/, /^(?:ip_rcv|tcp)$/i]) {
    assert.equal(exactNames(pattern), undefined, pattern.source)
  }
})

test('near: distance counts edits, and gives up beyond the most', () => {
  assert.equal(editDistance('kitten', 'sitting', 5), 3)
  assert.equal(editDistance('abc', 'abc', 2), 0)
  assert.ok(editDistance('abcdef', 'uvwxyz', 2) > 2)
})

test('near: best first, the one that begins alike before others', () => {
  const names = ['tcp_rcv', 'udp_recv', 'tcp_recv', 'tcp_recvx', 'other']
  assert.deepEqual(nearest('tcp_recv', names, 3), ['tcp_recvx', 'tcp_rcv', 'udp_recv'])
  assert.deepEqual(nearest('zzzzzz', names, 3), [])
})

test('glob: many stars do not make a pattern slow', () => {
  const started = process.cpuUsage().user
  assert.equal(globPattern(`${'*a'.repeat(40)}b`).test('a'.repeat(5000)), false)
  assert.ok(process.cpuUsage(undefined).user - started < 2_000_000)
})

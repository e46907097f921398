import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conversionsOf, type Format, parseFormat } from './format.ts'

/** Literals as they are, conversions as `<flag width.precision conversion>`. */
function spell(format: Format): string {
  return format
    .map(p =>
      p.kind === 'literal'
        ? p.text
        : `<${p.flag}${p.width ?? ''}${p.precision === undefined ? '' : `.${p.precision}`}${p.conversion}>`,
    )
    .join('|')
}

const good: [name: string, text: string, pieces: string][] = [
  ['a text without conversions is one literal', 'hello\n', 'hello\n'],
  ['an empty text has no pieces', '', ''],
  ['%% is part of the literal around it', '100%% of %d', '100% of |<d>'],
  ['a lone % at the end is a percent sign', '50%', '50%'],
  ['a width and a precision', '%15s|%5.3d', '<15s>|||<5.3d>'],
  ['stars for both', '%*.*x', '<*.*x>'],
  ['zero as the flag', '%02x:%02X', '<02x>|:|<02X>'],
  ['each of the other flags', '%+d% d%-5s%#o', '<+d>|< d>|<-5s>|<#o>'],
  ['i is d', '%i', '<d>'],
  ['one l is accepted and means nothing', '%ld %5lu', '<d>| |<5u>'],
  ['memory', '%4.8m%M', '<4.8m>|<M>'],
  ['the rest of the letters', '%p%c%b', '<p>|<c>|<b>'],
]
for (const [name, text, pieces] of good) {
  test(`parseFormat: ${name}`, () => {
    const result = parseFormat(text)
    assert.ok('format' in result)
    assert.equal(spell(result.format), pieces)
  })
}

const bad: [name: string, text: string, start: number, end: number][] = [
  ['two flags', 'a%-#5xb', 1, 4],
  ['two ls', '%lld', 0, 3],
  ['h', '%hd', 0, 2],
  ['floating point', '%5.2f', 0, 5],
  ['n', '%n', 0, 2],
  ['nothing behind the width', 'x%5', 1, 3],
  ['a width beyond any buffer', '%99999d', 0, 7],
]
for (const [name, text, start, end] of bad) {
  test(`parseFormat: ${name} is refused, with its place`, () => {
    const result = parseFormat(text)
    assert.ok('error' in result)
    assert.deepEqual([result.start, result.end], [start, end])
  })
}

test('conversionsOf: a star takes a long before the value, m and M take addresses', () => {
  const result = parseFormat('%d %s %*.*s %8m %M %p %%')
  assert.ok('format' in result)
  assert.deepEqual(conversionsOf(result.format), [
    ...['long', 'string', 'long', 'long', 'string', 'address', 'address', 'long'],
  ])
})

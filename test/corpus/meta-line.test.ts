import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAIN_START, type Start, startOf, words } from './meta-line.ts'

const lines: readonly (readonly [string, Partial<Start> | undefined])[] = [
  ['stap -p4 a.stp', {}],
  ['stap -gp4 a.stp', { guru: true }],
  ['stap -wp4 a.stp x', { arguments: ['x'] }],
  ['stap -DMAXACTION=10000 -g a.stp -x $$', { guru: true }],
  ['stap -p4 a.stp 0x08 0x01 100 -T 1', { arguments: ['0x08', '0x01', '100'] }],
  [
    `stap -p4 a.stp 'kernel.function("*@fs/proc*.c")'`,
    { arguments: ['kernel.function("*@fs/proc*.c")'] },
  ],
  [`stap -p4 a.stp -c "ping -c 1 host || true"`, {}],
  ['stap a.stp -c ls || echo other', {}],
  ['stap -p4 -Itapset/ a.stp', { folders: ['tapset/'] }],
  ['stap --skip-badvars -g a.stp -T 1', { guru: true, suppressBadVars: true }],
  ['stap --all-modules -p4 a.stp 0x`grep name /proc/kallsyms`', { arguments: ['0x'] }],
  [`P=$D stap -g -c 'python3 a.stp 35' a.stp python3`, { guru: true, arguments: ['python3'] }],
  ['./other -c 1', undefined],
]

for (const [line, expected] of lines) {
  test(`the line '${line}' says how to start its script`, () => {
    const start = startOf(line, 'a.stp')
    assert.deepEqual(start, expected === undefined ? undefined : { ...PLAIN_START, ...expected })
  })
}

test('words are parted as by a shell', () => {
  assert.deepEqual(words(`a 'b c' "d \\"e" f\\ g $$ x\`date\`y`), [
    'a',
    'b c',
    'd "e',
    'f g',
    '1',
    'xy',
  ])
})

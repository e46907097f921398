import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { strftime } from './strftime.ts'

test('strftime: a name without % is itself', () => {
  assert.equal(strftime('/a/b.log', new Date()), '/a/b.log')
})

test('strftime: the parts of a time', () => {
  const date = new Date(2026, 1, 3, 4, 5, 6)
  assert.equal(strftime('%Y-%m-%d_%H.%M.%S', date), '2026-02-03_04.05.06')
  assert.equal(strftime('%F %T %j %y %e', date), '2026-02-03 04:05:06 034 26  3')
  assert.equal(strftime('%s', date), String(date.getTime() / 1000))
  assert.equal(strftime('100%% %Q %', date), '100% %Q %')
})

// The C library is the judge, through date(1).
test('strftime: as the C library has it, over the ends of years and weeks', () => {
  const format =
    '%a %A %b %B %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %p %P %R %S %u %U %V %w %W %y %Y %z'
  const days = [
    [2024, 11, 29, 23, 59],
    [2024, 11, 30, 0, 0],
    [2026, 0, 1, 12, 30],
    [2027, 0, 3, 13, 5],
    [2028, 1, 29, 1, 1],
  ] as const
  for (const [year, month, day, hour, minute] of days) {
    const date = new Date(year, month, day, hour, minute, 7)
    const seconds = date.getTime() / 1000
    const { stdout } = spawnSync('date', ['-d', `@${seconds}`, `+${format}`], {
      env: { ...process.env, LC_ALL: 'C' },
      encoding: 'utf8',
    })
    assert.equal(strftime(format, date), stdout.trimEnd())
  }
})

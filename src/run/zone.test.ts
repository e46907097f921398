import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { readZone } from './zone.ts'

const summer = new Date(Date.UTC(2024, 6, 1))

test('zone: a POSIX TZ says name and offset itself', () => {
  assert.deepEqual(readZone(summer, 'JST-9'), { name: 'JST', offset: 9 * 3600 })
  assert.deepEqual(readZone(summer, 'EST5'), { name: 'EST', offset: -5 * 3600 })
  assert.deepEqual(readZone(summer, 'IST-5:30'), { name: 'IST', offset: 19_800 })
})

/** A date that says it is so many minutes east of Greenwich. */
function dateAt(minutesEast: number, utc: number): Date {
  const date = new Date(utc)
  date.getTimezoneOffset = () => -minutesEast
  return date
}

const cases: [zone: string, minutes: number, utc: number, name: string][] = [
  ['Asia/Tokyo', 540, Date.UTC(2017, 8, 10), 'JST'],
  ['Europe/Berlin', 120, Date.UTC(2024, 6, 1), 'CEST'],
  ['Europe/Berlin', 60, Date.UTC(2044, 0, 1), 'CET'],
  ['UTC', 0, Date.UTC(2024, 0, 1), 'UTC'],
  ['No/Such', 330, Date.UTC(2024, 0, 1), '+0530'],
]
for (const [zone, minutes, utc, name] of cases) {
  test(`zone: ${zone} at ${minutes} minutes is ${name}`, t => {
    if (!existsSync('/usr/share/zoneinfo/UTC')) return t.skip('needs the zone files')
    assert.deepEqual(readZone(dateAt(minutes, utc), zone), { name, offset: minutes * 60 })
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTimers } from './timers.ts'

const MS = 1_000_000n

async function counted(
  periodNs: bigint,
  forMs: number,
  work: (count: number) => void = () => {},
): Promise<{ count: number; missed: bigint }> {
  let count = 0
  const spec = { periodNs, randomizeNs: 0n, fire: () => work(++count) }
  const timers = startTimers([spec], process.hrtime.bigint)
  const start = process.hrtime.bigint()
  while (process.hrtime.bigint() - start < BigInt(forMs) * MS) {
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  timers.close()
  return { count, missed: timers.missed()[0] ?? 0n }
}

test('timers: a period below a millisecond runs as often as it says, or tells what it left out', async () => {
  const { count, missed } = await counted(MS / 5n, 100)
  const all = count + Number(missed)
  assert.ok(all >= 400 && all <= 600, `${all} runs`)
})

test('timers: one that was held up drops what it missed instead of a burst', async () => {
  const busy = (count: number): void => {
    const start = process.hrtime.bigint()
    if (count === 1) while (process.hrtime.bigint() - start < 200n * MS);
  }
  const { count, missed } = await counted(10n * MS, 250, busy)
  assert.ok(missed >= 15n, `${missed} missed`)
  assert.ok(count <= 10, `${count} runs`)
})

test('timers: none fires after close', async () => {
  let count = 0
  const timers = startTimers(
    [
      {
        periodNs: MS,
        randomizeNs: MS,
        fire: () => {
          count++
          timers.close()
        },
      },
    ],
    process.hrtime.bigint,
  )
  await new Promise(resolve => setTimeout(resolve, 30))
  assert.equal(count, 1)
})

import { expect, it } from 'vitest'
import { Spread } from '../../src/sync/spread.ts'

function start() {
  const clock = { now: 0 }
  const spread = new Spread(() => clock.now)
  return {
    clock,
    spread,
    delays: (n: number) => Array.from({ length: n }, (_, i) => spread.delayOf(`person ${i}`)),
  }
}

it('[R1] a few who are told to start again may do so at once', () => {
  expect(new Set(start().delays(100))).toEqual(new Set([0]))
})

it('[R1] [T54] of ten thousand told at once hardly more than an eighth come at any moment, the last after ten seconds', () => {
  const counts = new Map<number, number>()
  for (const delay of start().delays(10_000)) counts.set(delay, (counts.get(delay) ?? 0) + 1)
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(1250)
  expect(Math.max(...counts.keys())).toBe(10_000)
})

it('[R1] one person who asks and asks puts nobody off, and hears the same each time', () => {
  const { spread } = start()
  for (let i = 0; i < 1000; i++) expect(spread.delayOf('eager')).toBe(0)
  expect(spread.delayOf('somebody else')).toBe(0)
})

it('[R1] once the many have come the next may at once again', () => {
  const { clock, spread, delays } = start()
  delays(500)
  expect(spread.delayOf('late')).toBeGreaterThan(0)
  clock.now = 10_001
  expect(spread.delayOf('late')).toBe(0)
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bucket, LIMITS } from '../../../src/messaging/easemob/limits.ts'

describe('[T103] a bucket', () => {
  it('never lets more through than the limit, in any span of its length', () => {
    const limit = fc.record({ count: fc.integer({ min: 5, max: 300 }), perMs: fc.constantFrom(1000, 60_000) })
    const tries = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 300,
    })
    fc.assert(
      fc.property(limit, tries, (shape, steps) => {
        const bucket = new Bucket({ of: 'calls', ...shape }, 0)
        const taken: { at: number; cost: number }[] = []
        let now = 0
        for (const [pause, size] of steps) {
          now += pause
          const cost = Math.min(size, Math.floor(bucket.capacity))
          if (bucket.waitFor(cost, 0, now) > 0) continue
          bucket.take(cost, now)
          taken.push({ at: now, cost })
        }
        for (const { at } of taken) {
          const span = taken.filter((t) => t.at >= at && t.at < at + shape.perMs)
          expect(span.reduce((sum, t) => sum + t.cost, 0)).toBeLessThanOrEqual(shape.count)
        }
      }),
    )
  })

  it('says how long to wait, and is right', () => {
    const bucket = new Bucket({ of: 'calls', count: 200, perMs: 1000 }, 0)
    expect(bucket.waitFor(40, 0, 0)).toBe(0)
    bucket.take(40, 0)
    const wait = bucket.waitFor(20, 0, 0)
    expect(wait).toBe(125)
    expect(bucket.waitFor(20, 0, wait - 1)).toBe(1)
    expect(bucket.waitFor(20, 0, wait)).toBe(0)
  })

  it('with a reserve it lets go only what leaves it, and a time that goes back takes nothing', () => {
    const bucket = new Bucket({ of: 'calls', count: 20, perMs: 1000 }, 1000)
    expect(bucket.waitFor(2, 2, 1000)).toBe(0)
    bucket.take(1, 1000)
    expect(bucket.waitFor(2, 2, 1000)).toBeGreaterThan(0)
    expect(bucket.waitFor(2, 2, 0)).toBeGreaterThan(0)
    expect(bucket.waitFor(3, 0, 0)).toBe(0)
  })

  it('every limit leaves room for the largest call of its family', () => {
    const largest = { people: 600, rooms: 3 }
    for (const [family, limits] of Object.entries(LIMITS))
      for (const limit of limits) {
        const cost = limit.of === 'calls' ? 1 : family === 'people' ? largest.people : largest.rooms
        expect(new Bucket(limit, 0).capacity, family).toBeGreaterThanOrEqual(cost)
      }
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Due } from '../../src/server/due.ts'

it('[P4] gives each thing out once, never later than a step after it was due', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.record({ at: fc.nat(500), wait: fc.nat(40) }), { minLength: 1 }),
      (step, things) => {
        const due = new Due<number>(step, 0)
        const taken = new Map<number, number>()
        let now = 0
        const take = () => {
          for (const i of due.take(now)) {
            expect(taken.has(i)).toBe(false)
            taken.set(i, now)
          }
        }
        const added = things.map(({ at, wait }, i) => {
          due.add(i, at)
          const addedAt = now
          for (const end = now + wait; now < end; now++) take()
          return Math.max(at, addedAt)
        })
        for (const end = now + 600; now < end; now++) take()
        for (const [i, at] of added.entries()) {
          expect(taken.get(i)).toBeGreaterThan(at - step)
          expect(taken.get(i)).toBeLessThanOrEqual(at + step)
        }
      },
    ),
  )
})

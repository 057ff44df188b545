import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Buckets } from '../../web/sdk/buckets.ts'
import { Census, LONG } from '../../web/sdk/census.ts'
import type { StaffRow } from '../../web/sdk/contract.ts'
import { FirstPeople } from '../../web/sdk/first-people.ts'
import { Tree } from '../../web/sdk/tree.ts'
import { department, membership, person } from './rows.ts'
import { stepBetween } from './step-between.ts'
import { copyOf } from './store-contract.ts'

describe('the first people of long departments', () => {
  const crowd = fc.array(
    fc.record({
      isThere: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
      // d2 is never there.
      places: fc.constantFrom([0], [0], [1], [0, 1], [0, 2], []),
      name: fc.nat(5),
      sortKey: fc.constantFrom('', 'a', 'b'),
    }),
    { minLength: LONG * 4, maxLength: LONG * 4 },
  )

  it('are those of the rows after any steps, and every list that is another is named', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(crowd, fc.nat(LONG + 4), fc.subarray(['d0', 'd1'])), { minLength: 2 }),
        (steps) => {
          let staff: StaffRow[] = []
          let departments = [department('d0'), department('d1')]
          const start = copyOf('v0', departments, staff)
          const buckets = Buckets.of(start)
          const census = Census.of(start)
          const first = FirstPeople.of(start, census)
          const kept = new Map<string, readonly StaffRow[]>()
          for (const [n, [people, changing, there]] of steps.entries()) {
            const from = copyOf(`v${n}`, departments, staff)
            // Now many change, now one of those who come first or next, now departments.
            const next = people.map(({ name, places, sortKey }, i) =>
              person(`p${i}`, {
                revision: `r${n}`,
                name: `n${name}`,
                memberships: places.map((d) => ({ ...membership(`d${d}`), sortKey })),
              }),
            )
            if (n % 3 === 2) departments = there.map((id) => department(id))
            else if (n % 3 === 1) {
              const wanted = Tree.of(from).members('d0')[changing]?.id
              staff = staff.map((row) => next.find(({ id }) => id === wanted && id === row.id) ?? row)
            } else staff = next.filter((_, i) => people[i]?.isThere)
            const to = copyOf(`v${n + 1}`, departments, staff)
            const step = stepBetween(from, to)
            const before = new Map(
              [...step.staff.keys()].flatMap((id) => buckets.person(id) ?? []).map((row) => [row.id, row]),
            )
            buckets.take(step)
            census.take(step, before, () => buckets.rows)
            for (const [id, rows] of first.take(step, before, census, buckets))
              if (rows) kept.set(id, rows)
              else kept.delete(id)
            const tree = Tree.of(to)
            for (const id of ['d0', 'd1', 'd2'])
              expect(kept.get(id) ?? null).toEqual(
                tree.count(id, false) > LONG ? tree.members(id).slice(0, LONG) : null,
              )
            const fresh = FirstPeople.of(to, Census.of(to)).all
            expect(fresh).toEqual(kept)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Entry } from '../../src/model/entry.ts'
import type { Delta } from '../../web/sdk/contract.ts'
import type { Copy } from '../../web/sdk/copy.ts'
import { planStep } from '../../web/sdk/step.ts'
import { applyEdit, edit } from '../support/histories.ts'
import { at, catchUp, expectTrue, snapshot, start, versionOf } from '../support/sync-world.ts'

/** An edit, or a delivery of one of the deltas that are on their way; what is kept on its way comes again. */
const event = fc.record({ edit, isEdit: fc.boolean(), which: fc.nat(), isKept: fc.boolean() })

type Outcome = 'step' | 'known' | 'refetched'

it('[T51] [D7] [I2] [I3] deltas that come late, twice and in any order leave a copy true at its cursor, which never goes back', async () => {
  const seen = new Set<Outcome>()
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), fc.nat(11), async (events, who) => {
      const { company, history, sync } = start()
      const id = company.of('staff')[who]?.id ?? ''
      const entriesAt = new Map<number, readonly Entry[]>([[history.version, company.list]])
      const copy = await snapshot(sync, id)
      let told = copy.cursor
      const onTheWay: Delta[] = []

      const take = async (delta: Delta): Promise<Outcome> => {
        const plan = planStep(copy, delta)
        switch (plan.kind) {
          case 'step':
            copy.commit(plan.step)
            return 'step'
          case 'known':
            return 'known'
          case 'gap':
            await refetch(copy)
            return 'refetched'
          case 'unfit':
          case 'disagreement':
            throw new Error(JSON.stringify(plan))
        }
      }
      const refetch = async (to: Copy) => {
        const pages = await catchUp(sync, to, id, 3, false)
        if (!Array.isArray(pages)) throw new Error(`[I5] an unasked resync: ${pages.reason}`)
      }

      for (const { edit: step, isEdit, which, isKept } of events) {
        if (isEdit) {
          const version = applyEdit(company, step)
          if (!version) continue
          history.append(version)
          entriesAt.set(version.version, company.list)
          const delta = await sync.changesSince(at(id), told, 5000, false)
          if (delta.kind === 'Resync') throw new Error(`[I5] an unasked resync: ${delta.reason}`)
          told = delta.to
          onTheWay.push(delta)
        } else if (onTheWay.length > 0) {
          const at = which % onTheWay.length
          const [delta] = isKept ? onTheWay.slice(at, at + 1) : onTheWay.splice(at, 1)
          if (!delta) continue
          const before = versionOf(copy.cursor)
          seen.add(await take(delta))
          const now = versionOf(copy.cursor)
          expect(now).toBeGreaterThanOrEqual(before)
          expectTrue(copy, entriesAt.get(now) ?? [], id)
        }
      }
      await refetch(copy)
      expectTrue(copy, company.list, id)
    }),
    { numRuns: 60 },
  )
  expect(seen).toEqual(new Set(['step', 'known', 'refetched']))
}, 120_000)

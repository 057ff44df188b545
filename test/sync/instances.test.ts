import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compose, diffViews } from '../../src/sync/delta.ts'
import type { SnapshotPage } from '../../src/sync/results.ts'
import { Sync } from '../../src/sync/sync.ts'
import { rewind } from '../../src/model/state.ts'
import { applyEdit, edits, newCompany, type Company } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'

function instance(company: Company, rowsAtOnce = 0): { history: MemoryHistory; sync: Sync } {
  const history = new MemoryHistory()
  history.append(...company.versions)
  const pace = { rowsAtOnce, sliceMs: 0, blockRows: 2 }
  return { history, sync: new Sync({ replica: history, secret: 'a secret of the tests, long enough', pace }) }
}

async function page(sync: Sync, staffId: string, first: number, after: string | null): Promise<SnapshotPage> {
  const result = await sync.snapshot(staffId, first, after)
  if (result.kind === 'Resync') throw new Error(result.reason)
  return result
}

const idsOf = ({ departments, staff }: SnapshotPage) => [...departments, ...staff].map((row) => row.id)

describe('pages of a snapshot', () => {
  it('[S1] [I9] are the same on an instance that has followed every edit and on one that has just started', async () => {
    await fc.assert(
      fc.asyncProperty(
        edits(30),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(11),
        async (steps, first, person) => {
          const company = newCompany()
          const old = instance(company, 1000)
          const id = company.of('staff')[person]?.id ?? ''
          await page(old.sync, id, first, null)
          for (const step of steps) {
            const version = applyEdit(company, step)
            if (version) old.history.append(version)
            if (step.c % 2 === 0) await page(old.sync, id, first, null)
          }
          const young = instance(company)
          const instances = [old.sync, young.sync]
          const whole = await page(young.sync, id, 10_000, null)
          const told: string[] = []
          for (let after: string | null = null, n = person; ; n++) {
            const next: SnapshotPage = await page(instances[n % 2] ?? old.sync, id, first, after)
            expect([next.version, next.digest]).toEqual([whole.version, whole.digest])
            told.push(...idsOf(next))
            if (!next.hasNextPage) break
            after = next.endCursor
          }
          expect(told).toEqual(idsOf(whole))
        },
      ),
      { numRuns: 100 },
    )
  }, 60_000)

  it('[S1] [S2] are of their own version, whatever is known of the same people at others', async () => {
    const company = newCompany()
    const one = instance(company)
    const other = instance(company)
    const id = company.of('staff')[0]?.id ?? ''
    const rename = (name: string) => {
      const person = company.of('staff')[3]
      if (person) company.put({ ...person, name })
      const version = company.commit()
      if (version) for (const { history } of [one, other]) history.append(version)
    }
    await page(other.sync, id, 3, null)
    rename('Somebody')
    const first = await page(one.sync, id, 3, null)
    rename('Somebody else')
    const second = await page(other.sync, id, 100, first.endCursor)
    expect(second.digest).toBe(first.digest)
    expect(JSON.stringify([first.staff, second.staff])).toContain('"Somebody"')
  })
})

it('[D1] one difference after another, composed, is the difference of their ends', () => {
  fc.assert(
    fc.property(edits(30), fc.nat(30), fc.nat(11), (steps, cut, person) => {
      const company = newCompany()
      const { history, sync } = instance(company)
      const id = company.of('staff')[person]?.id ?? ''
      for (const step of steps) {
        const version = applyEdit(company, step)
        if (version) history.append(version)
      }
      const after = 1 + Math.min(cut, company.versions.length - 1)
      const audience = sync.views.audienceOf(id)
      const since = (version: number) => company.versions.slice(version).flatMap((v) => v.changes)
      const at = (version: number) => sync.views.over(audience, rewind(history.state, since(version)))
      const [oldest, between, newest] = [at(1), at(after), sync.views.atHead(audience)]
      const first =
        diffViews(
          oldest,
          between,
          company.versions.slice(1, after).flatMap((v) => v.changes),
        ) ?? []
      const second = diffViews(between, newest, since(after)) ?? []
      const byId = (changes: readonly { id: string }[]) => [...changes].sort((a, b) => (a.id < b.id ? -1 : 1))
      expect(byId(compose(first, second))).toEqual(byId(diffViews(oldest, newest, since(1)) ?? []))
    }),
    { numRuns: 200 },
  )
}, 60_000)

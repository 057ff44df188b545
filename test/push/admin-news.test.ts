import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Administration } from '../../src/access/administration.ts'
import { Authority } from '../../src/access/authority.ts'
import type { Ability } from '../../src/model/entry.ts'
import { AdminNews } from '../../src/push/admin-news.ts'
import { applyEdit, edits, newCompany, type Company } from '../support/histories.ts'
import { MemoryHistory } from '../support/memory-history.ts'

const ABILITIES: readonly ((branchId: string) => readonly Ability[])[] = [
  () => [{ name: '*', scope: 'ORGANISATION', departmentId: null, fields: ['*'] }],
  (departmentId) => [{ name: 'staff.read', scope: 'SUBTREE', departmentId, fields: ['title'] }],
  () => [],
]

/** Somebody with some abilities in a company, with word of what they administer. */
function followed(ability: (typeof ABILITIES)[number]) {
  const company: Company = newCompany()
  const [branch, role] = [company.of('department').at(-1), company.of('role')[0]]
  const me = company.of('staff').find((s) => s.status === 'ACTIVE')
  if (!branch || !role || !me) throw new Error('Nobody is there')
  company.put({ ...role, abilities: [...ability(branch.id)] })
  company.put({ ...me, roleIds: [role.id] })
  company.commit()
  const history = new MemoryHistory()
  history.append(...company.versions)
  const stop = new AbortController()
  const news = new AdminNews({ replica: history, signal: stop.signal })
  return { company, history, stop, feed: news.open(me.id), meId: me.id }
}

/** All that the administration shows of departments and people. */
function shown({ state }: MemoryHistory, meId: string): string {
  const admin = new Administration(new Authority(state, meId))
  const rows = [
    ...[...state.all('department')].map(({ id }) => admin.department(id)),
    ...[...state.all('staff')].map(({ id }) => admin.staff(id)),
    ...admin.types(),
    ...admin.fields(),
    ...admin.roles(),
    ...admin.rules(),
  ]
  return JSON.stringify(rows.flatMap((row) => (row ? [JSON.stringify(row)] : [])).sort())
}

describe('[V10] [T24] word of what an administration shows', () => {
  it('comes at once, whenever a row of it is another one, and never where every row is the same', async () => {
    await fc.assert(
      fc.asyncProperty(edits(15), fc.constantFrom(...ABILITIES), async (steps, ability) => {
        const { company, history, feed, meId } = followed(ability)
        expect((await feed.next()).value).toBe(true)
        for (const step of steps) {
          const before = shown(history, meId)
          const authority = new Authority(history.state, meId).text
          const version = applyEdit(company, step)
          if (!version) continue
          history.append(version)
          const isChanged = shown(history, meId) !== before
          const isOther = new Authority(history.state, meId).text !== authority
          const told = feed.isTold
          expect(told).toBe(isChanged || isOther)
          if (told) await feed.next()
        }
        await feed.return()
      }),
      { numRuns: 60 },
    )
  })

  it('waits as one, and ends with the server', async () => {
    const { company, history, feed, stop } = followed(() => ABILITIES[0]?.('') ?? [])
    await feed.next()
    for (const entry of company.of('staff').slice(0, 3)) {
      company.put({ ...entry, title: 'another' })
      const version = company.commit()
      if (version) history.append(version)
    }
    expect((await feed.next()).value).toBe(true)
    expect(feed.isTold).toBe(false)
    const next = feed.next()
    stop.abort()
    expect((await next).done).toBe(true)
  })
})
